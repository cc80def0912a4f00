//! What is told: of each user, how many records they gain and lose; and of all together.

use std::collections::HashSet;

/// For each of the actions whether a user comes to be able to do it, or no longer is.
pub(super) type AccessChange = [Option<bool>; 3];

/// How many records of `module` a user gains and loses, to see, to edit and to delete.
#[derive(Debug)]
pub struct Preview {
    /// None in the total.
    pub module: Option<String>,
    pub user_key: Option<String>,
    pub user_name: String,
    /// To see, to edit, to delete.
    pub counts: [Count; 3],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub gained: i64,
    pub lost: i64,
}

impl Preview {
    /// Counts records with which somebody may do other things before and after.
    pub(super) fn add(&mut self, change: &AccessChange, count: i64) {
        for (counts, gains) in self.counts.iter_mut().zip(change) {
            match gains {
                Some(true) => counts.gained += count,
                Some(false) => counts.lost += count,
                None => {}
            }
        }
    }

    pub(super) fn says_something(&self) -> bool {
        self.counts.iter().any(|count| *count != Count::default())
    }
}

/// All rows added up, where there are any: a record counts for each user.
pub fn total(rows: &[Preview]) -> Option<Preview> {
    let users: HashSet<&Option<String>> = rows.iter().map(|row| &row.user_key).collect();
    let modules: HashSet<&Option<String>> = rows.iter().map(|row| &row.module).collect();
    let counted = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    };
    let mut total = Preview {
        module: None,
        user_key: None,
        user_name: format!(
            "{} in {}",
            counted(users.len(), "user"),
            counted(modules.len(), "module")
        ),
        counts: Default::default(),
    };
    for row in rows {
        for (sum, count) in total.counts.iter_mut().zip(&row.counts) {
            sum.gained += count.gained;
            sum.lost += count.lost;
        }
    }
    (!rows.is_empty()).then_some(total)
}
