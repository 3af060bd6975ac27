//! Six words that two people read to each other to know that they speak of the same request.
//!
//! Owns the list and nothing else: 256 short words, six of them are 48 bits of a hash, enough that nobody can make a second
//! request that reads the same while two people wait.

const CONTEXT: &str = "moot 2026 six words v1";

/// The words for something that is named by a hash.
pub(crate) fn six_words(id: &[u8; 32]) -> String {
    let hash = blake3::derive_key(CONTEXT, id);
    let words: Vec<&str> = hash[..6]
        .iter()
        .filter_map(|byte| WORDS.get(usize::from(*byte)).copied())
        .collect();
    words.join(" ")
}

/// Plain words that sound different from each other.
const WORDS: [&str; 256] = [
    "acorn", "actor", "alarm", "album", "alley", "amber", "anchor", "angle", "ankle", "apple",
    "apron", "arch", "arrow", "atlas", "attic", "autumn", "badge", "bagel", "baker", "bamboo",
    "banjo", "barrel", "basil", "basket", "beach", "beetle", "bell", "bench", "berry", "bicycle",
    "bishop", "blanket", "blossom", "bottle", "branch", "bread", "brick", "bridge", "broom",
    "bucket", "butter", "button", "cabin", "cactus", "camel", "candle", "canoe", "canvas",
    "carpet", "carrot", "castle", "cedar", "chalk", "cherry", "chess", "chimney", "cinema",
    "circle", "citrus", "clock", "cloud", "clover", "cobra", "coffee", "comet", "compass",
    "copper", "coral", "cotton", "cousin", "crab", "cradle", "crane", "cricket", "crown",
    "crystal", "cup", "curtain", "daisy", "dance", "desert", "diamond", "dinner", "doctor",
    "dolphin", "domino", "donkey", "dragon", "drawer", "drum", "eagle", "earth", "easel", "echo",
    "elbow", "ember", "engine", "envelope", "fabric", "falcon", "farmer", "feather", "fence",
    "fern", "ferry", "fiddle", "finger", "flag", "flute", "forest", "fossil", "fountain", "fox",
    "galaxy", "garden", "garlic", "gate", "ginger", "giraffe", "glacier", "glove", "goat", "grape",
    "guitar", "hammer", "harbour", "harvest", "hazel", "hedge", "helmet", "heron", "honey",
    "horizon", "horse", "island", "ivory", "jacket", "jasmine", "jelly", "jigsaw", "jungle",
    "kettle", "kitchen", "kite", "ladder", "lagoon", "lantern", "laundry", "lemon", "letter",
    "lily", "lion", "lizard", "lobster", "magnet", "mango", "maple", "marble", "market", "meadow",
    "melon", "mirror", "mitten", "monkey", "moon", "morning", "mosaic", "moss", "mountain",
    "museum", "mustard", "napkin", "needle", "nest", "nutmeg", "oasis", "ocean", "olive", "onion",
    "orange", "orchid", "otter", "oven", "owl", "oyster", "paddle", "palace", "panda", "paper",
    "parrot", "peach", "peanut", "pebble", "pencil", "pepper", "piano", "pigeon", "pillow",
    "pirate", "planet", "plum", "pocket", "poem", "pony", "potato", "puzzle", "quilt", "rabbit",
    "radio", "railway", "rainbow", "raven", "ribbon", "river", "robin", "rocket", "saddle",
    "salmon", "sandal", "scarf", "school", "shadow", "shell", "silver", "sister", "sleigh",
    "spider", "spoon", "spring", "squirrel", "station", "stone", "storm", "sugar", "summer",
    "sunset", "table", "teapot", "temple", "thunder", "ticket", "tiger", "timber", "tomato",
    "torch", "tower", "tractor", "tulip", "tunnel", "turtle", "umbrella", "valley", "velvet",
    "violin", "walnut", "willow",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_stands_once() {
        assert_eq!(WORDS.iter().collect::<BTreeSet<_>>().len(), WORDS.len());
    }

    #[test]
    fn the_words_of_a_request_never_change() {
        assert_eq!(six_words(&[7; 32]).split(' ').count(), 6);
        assert_eq!(six_words(&[7; 32]), six_words(&[7; 32]));
        assert_ne!(six_words(&[7; 32]), six_words(&[8; 32]));
    }
}
