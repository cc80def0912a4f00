//! For how many servers a commit waits, as `synchronous_standby_names` says it: `FIRST 2 (a, b)`, `2 (a, b)`, `a, b`.

/// Of names without a number, for one of them.
pub fn waited_for(setting: &str) -> usize {
    let setting = setting.trim();
    if setting.is_empty() {
        return 0;
    }
    let mut number = setting;
    for word in ["first", "any"] {
        let is_word = setting
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word));
        if is_word {
            number = setting[word.len()..].trim_start();
        }
    }
    let digits = number.len()
        - number
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    match number[digits..].trim_start().starts_with('(') {
        true => number[..digits].parse().unwrap_or(1),
        false => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::waited_for;

    #[test]
    fn is_the_number_before_the_names() {
        for (setting, number) in [
            ("", 0),
            ("  ", 0),
            ("a", 1),
            ("a, b", 1),
            ("first", 1),
            ("*", 1),
            ("2 (a, b)", 2),
            ("FIRST 3 (a, b, c)", 3),
            ("any 12(a,b)", 12),
            ("2a, b", 1),
        ] {
            assert_eq!(waited_for(setting), number, "{setting}");
        }
    }
}
