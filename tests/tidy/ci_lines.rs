//! Owns: reading the command lines of a recipe of the justfile, and those of the script that CI runs.
//! Both must be the same, so that what passes at home passes there.

/// The comment in the script after which its lines are those of the recipe.
pub(crate) const MARKER: &str =
    "# From here on, the same lines as the recipe `ci` of the justfile.";

/// The lines of the recipe `name`, without indentation and comments.
pub(crate) fn recipe_lines<'a>(justfile: &'a str, name: &str) -> Vec<&'a str> {
    let header = format!("{name}:");
    let body = justfile
        .lines()
        .skip_while(|line| line.trim_end() != header)
        .skip(1);
    body.take_while(|line| line.is_empty() || line.starts_with(char::is_whitespace))
        .map(str::trim)
        .filter(|line| is_command(line))
        .collect()
}

/// The lines of the script after [`MARKER`], without comments; none where the marker is missing.
pub(crate) fn script_lines(script: &str) -> Vec<&str> {
    script
        .lines()
        .skip_while(|line| line.trim_end() != MARKER)
        .skip(1)
        .map(str::trim)
        .filter(|line| is_command(line))
        .collect()
}

fn is_command(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_ends_where_the_indentation_ends() {
        let justfile =
            "test:\n    a\n\n# all of it\nci:\n    # first\n    b\n    c --d\n\nother:\n    e\n";
        assert_eq!(recipe_lines(justfile, "ci"), vec!["b", "c --d"]);
        assert_eq!(recipe_lines(justfile, "none"), Vec::<&str>::new());
    }

    #[test]
    fn the_script_counts_from_its_marker() {
        let script = format!("set -e\ninstall\n{MARKER}\n\nb\n# why\nc --d\n");
        assert_eq!(script_lines(&script), vec!["b", "c --d"]);
        assert_eq!(script_lines("b\n"), Vec::<&str>::new());
    }
}
