//! Text that anybody may have typed, before it is written by the rules of a language.

/// The most that a box or an arrow says in one line, in characters.
const LINE: usize = 36;

/// Without what has no picture of its own: control characters, line breaks, and what turns the direction of the
/// text around it.
pub fn visible(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() || turns(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The lines of a text: broken between words, and where there is none in so many characters, within one.
pub fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in visible(text).split(' ').filter(|word| !word.is_empty()) {
        let mut letters: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + letters.len() > LINE {
            lines.push(String::new());
            length = 0;
        }
        while letters.len() > LINE {
            let rest = letters.split_off(LINE);
            add(&mut lines, &letters, &mut length);
            lines.push(String::new());
            length = 0;
            letters = rest;
        }
        add(&mut lines, &letters, &mut length);
    }
    lines
}

fn add(lines: &mut [String], letters: &[char], length: &mut usize) {
    if let Some(line) = lines.last_mut() {
        if *length > 0 {
            line.push(' ');
            *length += 1;
        }
        line.extend(letters);
        *length += letters.len();
    }
}

/// `1 user`, `2 users`.
pub fn counted(number: i64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}
