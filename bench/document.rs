//! A large organization, as a document for `import_config`.

use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const ROLES: u32 = 1_000;
pub const GROUPS: u32 = 1_000;
pub const RULES: usize = 1_000;
pub const OFFICES: u32 = 50;

/// User 1 has the top role; the next two a half each below him; the next twenty a middle role each, with
/// some fifty roles below it. All others have one of these last, but the last, who is an administrator.
pub const HEADS: u32 = 23;

/// Every fifth office is closed. Heads sit in the first, which are open.
pub const fn office(user: u32) -> u32 {
    if user <= HEADS {
        user % 4
    } else {
        (user - 1) % OFFICES
    }
}

pub const fn is_closed(office: u32) -> bool {
    office % 5 == 4
}

fn parent_role(role: u32) -> Option<String> {
    let parent = match role {
        0 => return None,
        1..3 => 0,
        3..HEADS => 1 + (role - 3) % 2,
        _ => 3 + (role - HEADS) / 49 % 20,
    };
    Some(format!("R{parent}"))
}

fn role_of(user: u32) -> u32 {
    match user - 1 {
        head @ 0..HEADS => head,
        other => HEADS + other % (ROLES - HEADS),
    }
}

/// The same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) % u64::from(limit)) as u32
    }

    /// Any but a head's.
    fn role(&mut self) -> String {
        format!("role:R{}", HEADS + self.below(ROLES - HEADS))
    }

    fn role_or_group(&mut self) -> String {
        match self.below(2) {
            0 => self.role(),
            _ => format!("group:G{}", self.below(GROUPS)),
        }
    }
}

pub fn document(users: u32) -> Value {
    let mut chance = Chance(1);
    let offices = (0..OFFICES).map(|n| {
        let parent = n.checked_sub(1).map(|n| format!("O{}", n / 7));
        json!({"name": format!("O{n}"), "parent": parent, "security": is_closed(n)})
    });
    let roles = (0..ROLES)
        .map(|n| json!({"name": format!("R{n}"), "parent": parent_role(n), "profiles": []}));
    let people = (1..=users).map(|n| {
        let is_administrator = n == users;
        let role = (!is_administrator).then(|| format!("R{}", role_of(n)));
        let rights: &[&str] = if is_administrator {
            &["administrator"]
        } else {
            &[]
        };
        json!({"key": n.to_string(), "name": format!("user {n}"), "role": role, "active": true,
            "office": format!("O{}", office(n)), "rights": rights, "db_role": null})
    });
    let groups = (0..GROUPS).map(|n| {
        let mut members: BTreeSet<String> = (0..40)
            .map(|_| format!("user:{}", 1 + chance.below(users)))
            .collect();
        members.insert(chance.role());
        if n >= GROUPS / 2 {
            members.insert(format!("group:G{}", chance.below(GROUPS / 2)));
        }
        json!({"key": format!("g{n}"), "name": format!("G{n}"), "office": null, "members": members})
    });
    let groups: Vec<Value> = groups.collect();
    let mut pairs = BTreeSet::new();
    while pairs.len() < RULES {
        let (from, to) = (chance.role_or_group(), chance.role_or_group());
        if from != to {
            pairs.insert((from, to));
        }
    }
    let rules = pairs.iter().enumerate().map(|(n, (from, to))| {
        json!({"module": "Leads", "owned_by": from, "shared_with": to, "access": "read_only",
            "superiors": n % 10 == 0, "related": {}})
    });
    json!({
        "version": 1,
        "offices": offices.collect::<Vec<_>>(),
        "roles": roles.collect::<Vec<_>>(),
        "users": people.collect::<Vec<_>>(),
        "groups": groups,
        "rules": rules.collect::<Vec<_>>(),
    })
}
