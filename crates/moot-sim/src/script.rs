//! What people do in a world, drawn from its seed, and what they were promised.
//!
//! Owns who is in the notebook, tickets, and every marker that an acknowledged command wrote. Each marker is one line that
//! nobody else writes, so that it can be looked for anywhere later.

mod deeds;

use std::collections::{BTreeMap, BTreeSet};

use moot_engine::reply::Status;
use moot_engine::{Command, CommandError, ErrorKind, Reply};

use crate::dice::Dice;
use crate::memory_store::MemoryStore;
use crate::world::{Crash, MarkerFate, Weather, World};

/// How long an invite is good: a year, the longest there is. Clocks that are off by more refuse it.
const INVITE_MS: u64 = YEAR_MS;

const YEAR_MS: u64 = 365 * 24 * 3_600_000;

/// How far most clocks may be off, either way.
const SKEW_MS: u64 = YEAR_MS / 4;

/// How far some clocks may be off, either way.
const SKEW_FAR_MS: u64 = 5 * YEAR_MS;

/// What sort of world it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many homes there are at first.
    pub nodes: usize,
    /// How many things people do.
    pub deeds: u64,
    /// What goes wrong by itself.
    pub weather: Weather,
    /// Whether the network falls apart now and then.
    pub parts: Parts,
    /// What happens to a home besides.
    pub mishap: Mishap,
}

/// Whether the network falls apart now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Everybody always reaches everybody.
    Never,
    /// Groups are apart for a while, again and again.
    Often,
}

/// What happens to a home once in the life of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    None,
    /// It is copied to another machine, and both go on.
    Copied,
    /// It is set back to an earlier state of the disk.
    SetBack(MarkerFate),
}

/// Where a home stands with the notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has nothing to do with it.
    Out,
    /// It asks to be let in.
    Asking,
    /// It belongs to it.
    In,
    /// Its person has left.
    Left,
}

/// Who was promised something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// The home that wrote it.
    by: usize,
    /// How many deeds were done before.
    at: u64,
}

/// What people do, and what they were promised.
pub struct Script {
    plan: Plan,
    standing: Vec<Standing>,
    /// Tickets, and who made them when.
    tickets: Vec<(String, Mark)>,
    /// Markers that must be somewhere.
    promised: BTreeMap<String, Mark>,
    /// What each path held when it was last imported, line by line.
    imports: Vec<(&'static str, String)>,
    numbers: u64,
    done: u64,
    /// The home that the mishap was drawn for.
    struck: Option<usize>,
    backup: Option<(usize, u64, MemoryStore)>,
    /// Commands that somebody answered with a refusal, by its words, for whoever reads a failure.
    refused: BTreeSet<String>,
}

impl Script {
    /// A script for a new world, with its homes.
    pub fn new(plan: Plan, world: &mut World) -> Self {
        for node in 0..plan.nodes {
            let skew_ms = draw_skew(&mut world.dice, node);
            world.add_node(skew_ms);
        }
        Self {
            standing: vec![Standing::Out; plan.nodes],
            plan,
            tickets: Vec::new(),
            promised: BTreeMap::new(),
            imports: Vec::new(),
            numbers: 0,
            done: 0,
            struck: None,
            backup: None,
            refused: BTreeSet::new(),
        }
    }

    /// Where each home stands.
    pub fn standing(&self) -> &[Standing] {
        &self.standing
    }

    /// The lines that must be in some note of every member.
    pub fn promised(&self) -> impl Iterator<Item = &String> {
        self.promised.keys()
    }

    /// What was refused, in words.
    pub fn refused(&self) -> &BTreeSet<String> {
        &self.refused
    }

    /// Plays everything; the world is left as it stands then.
    pub fn play(&mut self, world: &mut World) {
        self.found(world);
        world.weather = self.plan.weather.clone();
        while self.done < self.plan.deeds {
            self.done += 1;
            let pause_ms = if world.dice.percent(70) {
                world.dice.below(2_000)
            } else {
                world.dice.below(40_000)
            };
            world.run_for(pause_ms);
            self.notice_who_is_in(world);
            self.befall(world);
            self.somebody_acts(world);
        }
    }

    /// Sees who was let in meanwhile.
    pub fn notice_who_is_in(&mut self, world: &mut World) {
        for node in 0..self.standing.len() {
            if self.standing[node] != Standing::Asking || !world.is_up(node) {
                continue;
            }
            match self.status(world, node) {
                Some(status) if status.joining.is_none() => self.standing[node] = Standing::In,
                // A member refused, and the home forgot about the notebook.
                None if world.is_up(node) => self.standing[node] = Standing::Out,
                _ => {}
            }
        }
    }

    /// How a home says that it stands; none where it is down or belongs to nothing.
    fn status(&mut self, world: &mut World, node: usize) -> Option<Status> {
        match world.get(node, Command::Status) {
            Some(Ok(Reply::Status(status))) => Some(*status),
            Some(Err(error)) if error.kind == ErrorKind::NotFound => None,
            Some(Err(error)) => self.refusal(node, "status", &error),
            Some(Ok(other)) => panic!("node {node} answers a status with {other:?}"),
            None => None,
        }
    }

    /// A refusal that may be. Anything that tells of damage or a fault of the program may not.
    fn refusal<T>(&mut self, node: usize, what: &str, error: &CommandError) -> Option<T> {
        let broken_store = error.message.starts_with("nothing was saved");
        let may_be = match error.kind {
            ErrorKind::Refused | ErrorKind::Unreachable => true,
            ErrorKind::Usage
            | ErrorKind::NotFound
            | ErrorKind::Ambiguous
            | ErrorKind::Damaged
            | ErrorKind::Failed => false,
        };
        assert!(
            may_be || broken_store,
            "node {node} refuses {what}: {error:?}"
        );
        self.refused.insert(error.message.clone());
        None
    }

    fn found(&mut self, world: &mut World) {
        let init = Command::Init {
            person: name(0),
            notebook: "Garden".to_owned(),
            purpose: Some("grow food together".to_owned()),
        };
        match world.get(0, init) {
            Some(Ok(Reply::Entered(_))) => self.standing[0] = Standing::In,
            other => panic!("no notebook was founded: {other:?}"),
        }
        self.invite(world, 0);
    }

    // What befalls the world.

    fn befall(&mut self, world: &mut World) {
        if self.plan.parts == Parts::Often && world.dice.percent(12) {
            if world.dice.percent(40) {
                world.heal();
            } else {
                let islands = (0..world.node_count())
                    .map(|_| world.dice.below(2))
                    .collect();
                world.part(islands);
            }
        }
        let stormy = self.plan.weather.crash_per_mille > 0;
        if stormy && world.dice.percent(4) {
            let node = self.draw_node(world);
            let how = if world.dice.percent(50) {
                Crash::Killed
            } else {
                Crash::PowerCut
            };
            world.crash(node, how);
        }
        if world.dice.percent(30) {
            let node = self.draw_node(world);
            world.start(node);
        }
        self.mishap(world);
    }

    /// From half of the script on, once.
    fn mishap(&mut self, world: &mut World) {
        if self.done < self.plan.deeds / 2 {
            return;
        }
        if let Some((_, since, _)) = &self.backup {
            let is_old = self.done >= since + self.plan.deeds / 6;
            if let (true, Mishap::SetBack(marker)) = (is_old, self.plan.mishap) {
                self.set_back(world, marker);
            }
            return;
        }
        if self.plan.mishap == Mishap::None || self.struck.is_some() {
            return;
        }
        // Whoever is let in by a home that then forgets it, and has met nobody else, is let in by nobody any more: they join
        // again. So nobody stands at the door from here until the home is set back.
        if self.standing.contains(&Standing::Asking) {
            return;
        }
        let Some(node) = self.draw_acquainted(world) else {
            return;
        };
        self.struck = Some(node);
        if self.plan.mishap == Mishap::Copied {
            world.copy_home(node);
            self.standing.push(Standing::In);
        } else {
            self.backup = Some((node, self.done, world.backup(node)));
        }
    }

    fn set_back(&mut self, world: &mut World, marker: MarkerFate) {
        let Some((node, since, backup)) = self.backup.take() else {
            return;
        };
        world.restore(node, backup, marker);
        // What only this disk had is gone with it, whatever was promised; a ticket of that time may open no door.
        let is_kept = |mark: &Mark| mark.by != node || mark.at < since;
        self.promised.retain(|_, mark| is_kept(mark));
        self.tickets.retain(|(_, mark)| is_kept(mark));
    }

    /// A member who knows of another: a home that knew nobody when it was copied or kept has no way to find the others.
    fn draw_acquainted(&mut self, world: &mut World) -> Option<usize> {
        let node = self.draw_member(world)?;
        let Some(Ok(Reply::People(people))) = world.get(node, Command::People) else {
            return None;
        };
        (people.len() > 1).then_some(node)
    }

    fn draw_node(&self, world: &mut World) -> usize {
        usize::try_from(world.dice.below(world.node_count() as u64)).unwrap_or(0)
    }

    fn draw_member(&self, world: &mut World) -> Option<usize> {
        let members: Vec<usize> = (0..self.standing.len())
            .filter(|node| self.standing[*node] == Standing::In && world.is_up(*node))
            .collect();
        world.dice.pick(&members).copied()
    }

    fn next_mark(&mut self) -> String {
        self.numbers += 1;
        format!("mark-{}-end", self.numbers)
    }

    fn promise(&mut self, node: usize, mark: String) {
        let at = self.done;
        self.promised.insert(mark, Mark { by: node, at });
    }
}

fn draw_skew(dice: &mut Dice, node: usize) -> i64 {
    let most_ms = if dice.percent(70) {
        SKEW_MS
    } else {
        SKEW_FAR_MS
    };
    let far = i64::try_from(dice.below(most_ms)).unwrap_or(0);
    match node % 3 {
        0 => 0,
        1 => far,
        _ => -far,
    }
}

fn name(node: usize) -> String {
    ["Ana", "Ben", "Cleo", "Dai", "Efua", "Finn"]
        .get(node)
        .map_or_else(|| format!("Person {node}"), |name| (*name).to_owned())
}
