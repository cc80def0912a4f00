//! Roles as a tree with the numbers of their users, groups and offices beside it, and rules between what they name.

use crate::core::diagram::modules::Concerned;
use crate::core::diagram::picture::{Arrow, ArrowKind, Frame, Looks, NamedBox, Picture};
use crate::core::diagram::text::counted;
use crate::core::document::{Document, GroupEntry, RuleEntry, StagedRule, section};
use crate::core::overview::active_users;
use crate::core::principal::Principal;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many members a group names in its box.
const MEMBERS: usize = 4;

/// Where a role, a group or an office stands in the document.
struct RolePlaces<'a> {
    roles: HashMap<&'a str, usize>,
    groups: HashMap<&'a str, usize>,
}

impl<'a> RolePlaces<'a> {
    fn new(document: &'a Document) -> RolePlaces<'a> {
        fn places<'a, T>(
            section: &'a [T],
            name: impl Fn(&'a T) -> &'a String,
        ) -> HashMap<&'a str, usize> {
            let places = section.iter().enumerate();
            places.map(|(at, one)| (name(one).as_str(), at)).collect()
        }
        RolePlaces {
            roles: places(section(&document.roles), |role| &role.name),
            groups: places(section(&document.groups), |group| &group.name),
        }
    }

    /// The box of a side of a rule.
    fn id(&self, party: &Principal) -> Option<String> {
        let (letter, places) = match party {
            Principal::Group(_) => ("g", &self.groups),
            _ => ("r", &self.roles),
        };
        let at = places.get(party.name())?;
        Some(format!("{letter}{at}"))
    }
}

/// `is_narrowed`: only what rules name, with the roles above that.
pub fn draw(document: &Document, is_narrowed: bool, shown: &Concerned, picture: &mut Picture) {
    let places = RolePlaces::new(document);
    let rules: Vec<&RuleEntry> = shown.rules(document).collect();
    let named = named_by(document, &places, &rules);
    let is_shown = |id: &String| !is_narrowed || named.contains(id);
    draw_roles(document, &places, is_shown, picture);
    let groups = section(&document.groups).iter().enumerate();
    picture.frames.push(Frame {
        name: "groups",
        title: "Groups",
        boxes: groups
            .map(|(at, group)| group_box(at, group))
            .filter(|one| is_shown(&one.id))
            .collect(),
    });
    if !is_narrowed {
        draw_offices(document, picture);
    }
    draw_rules(&places, &rules, shown, picture);
}

/// The boxes that rules name, and those of the roles above them.
fn named_by(document: &Document, places: &RolePlaces, rules: &[&RuleEntry]) -> HashSet<String> {
    let roles = section(&document.roles);
    let mut named = HashSet::new();
    for party in rules
        .iter()
        .flat_map(|rule| rule.owned_by.iter().chain([&rule.shared_with]))
    {
        named.extend(places.id(party));
        if let Principal::Role(name) | Principal::RoleAndSubordinates(name) = party {
            let mut above = roles.get(
                places
                    .roles
                    .get(name.as_str())
                    .copied()
                    .unwrap_or(usize::MAX),
            );
            while let Some(role) = above {
                let parent = role
                    .parent
                    .as_deref()
                    .and_then(|name| places.roles.get(name));
                above = parent.and_then(|&at| roles.get(at));
                // What is there already has those above it.
                if !parent.is_none_or(|at| named.insert(format!("r{at}"))) {
                    break;
                }
            }
        }
    }
    named
}

fn draw_roles(
    document: &Document,
    places: &RolePlaces,
    is_shown: impl Fn(&String) -> bool,
    picture: &mut Picture,
) {
    let active = active_users(document);
    let mut hidden: HashMap<usize, i64> = HashMap::new();
    let mut boxes = Vec::new();
    for (at, role) in section(&document.roles).iter().enumerate() {
        let id = format!("r{at}");
        let above = role
            .parent
            .as_deref()
            .and_then(|parent| places.roles.get(parent));
        if !is_shown(&id) {
            if let Some(&above) = above {
                *hidden.entry(above).or_default() += 1;
            }
            continue;
        }
        let users = active.get(role.name.as_str()).copied().unwrap_or_default();
        let mut lines = vec![match users {
            0 => "nobody".to_owned(),
            users => counted(users, "user"),
        }];
        if !role.profiles.is_empty() {
            lines.push(format!("profile {}", role.profiles.join(", ")));
        }
        boxes.push((
            at,
            NamedBox {
                id: id.clone(),
                looks: Looks::Role,
                title: role.name.clone(),
                lines,
            },
        ));
        picture.arrows.extend(above.map(|above| Arrow {
            from: format!("r{above}"),
            to: id,
            kind: ArrowKind::Above,
            lines: Vec::new(),
        }));
    }
    let boxes = boxes.into_iter().map(|(at, mut one)| {
        if let Some(&roles) = hidden.get(&at) {
            one.lines
                .push(format!("and {} below", counted(roles, "role")));
        }
        one
    });
    picture.frames.push(Frame {
        name: "roles",
        title: "Roles",
        boxes: boxes.collect(),
    });
}

/// Single users as a number, everything else by name.
fn group_box(at: usize, group: &GroupEntry) -> NamedBox {
    let is_user = |member: &&Principal| matches!(member, Principal::User(_));
    let users = group.members.iter().filter(is_user).count() as i64;
    let mut lines: Vec<String> = (users > 0)
        .then(|| counted(users, "user"))
        .into_iter()
        .collect();
    let others = group.members.iter().filter(|member| !is_user(member));
    let others: Vec<String> = others
        .map(|member| match member {
            Principal::RoleAndSubordinates(name) => format!("{name} and below"),
            Principal::Group(name) => format!("group {name}"),
            Principal::Role(name) | Principal::User(name) => name.clone(),
        })
        .collect();
    lines.extend(others.iter().take(MEMBERS).cloned());
    if others.len() > MEMBERS {
        lines.push(format!("and {} more", others.len() - MEMBERS));
    }
    if lines.is_empty() {
        lines.push("nobody".to_owned());
    }
    NamedBox {
        id: format!("g{at}"),
        looks: Looks::Group,
        title: group.name.clone(),
        lines,
    }
}

fn draw_offices(document: &Document, picture: &mut Picture) {
    let offices = section(&document.offices);
    let places: HashMap<&str, usize> = offices
        .iter()
        .enumerate()
        .map(|(at, office)| (office.name.as_str(), at))
        .collect();
    let mut users: HashMap<&str, i64> = HashMap::new();
    for user in section(&document.users).iter().filter(|user| user.active) {
        if let Some(office) = user.office.as_deref() {
            *users.entry(office).or_default() += 1;
        }
    }
    let mut boxes = Vec::new();
    for (at, office) in offices.iter().enumerate() {
        let (looks, closed) = match office.security {
            true => (Looks::ClosedOffice, Some("closed".to_owned())),
            false => (Looks::Office, None),
        };
        let mut lines: Vec<String> = closed.into_iter().collect();
        lines.extend(
            users
                .get(office.name.as_str())
                .map(|&users| counted(users, "user")),
        );
        let id = format!("o{at}");
        let above = office
            .parent
            .as_deref()
            .and_then(|parent| places.get(parent));
        picture.arrows.extend(above.map(|above| Arrow {
            from: format!("o{above}"),
            to: id.clone(),
            kind: ArrowKind::Above,
            lines: Vec::new(),
        }));
        boxes.push(NamedBox {
            id,
            looks,
            title: office.name.clone(),
            lines,
        });
    }
    picture.frames.push(Frame {
        name: "offices",
        title: "Offices",
        boxes,
    });
}

/// The two ends of an arrow, and whether it is staged.
type Ends = (String, String, bool);

/// One arrow for all rules between two boxes, and one for those that are staged: modules of which rules say
/// the same stand together.
fn draw_rules(places: &RolePlaces, rules: &[&RuleEntry], shown: &Concerned, picture: &mut Picture) {
    let mut arrows: BTreeMap<Ends, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for rule in rules {
        // Whoever owns the records, they come from no box.
        let from = rule.owned_by.as_ref().unwrap_or(&rule.shared_with);
        let ends = places.id(from).zip(places.id(&rule.shared_with));
        let Some((from, to)) = ends else { continue };
        let says = arrows.entry((from, to, rule.staged.is_some())).or_default();
        says.entry(what_it_says(rule, shown))
            .or_default()
            .push(&rule.module);
    }
    let arrows = arrows
        .into_iter()
        .map(|((from, to, is_staged), says)| Arrow {
            from,
            to,
            kind: match is_staged {
                true => ArrowKind::StagedRule,
                false => ArrowKind::Rule,
            },
            lines: says
                .into_iter()
                .map(|(says, modules)| format!("{}: {says}", modules.join(", ")))
                .collect(),
        });
    picture.arrows.extend(arrows);
}

/// In the words of the overview, without the module.
fn what_it_says(rule: &RuleEntry, shown: &Concerned) -> String {
    let mut says = rule.access.title().to_owned();
    let to_be = rule.to_be();
    match (&rule.staged, &to_be) {
        (Some(StagedRule::Added), _) => says.push_str(", to be added"),
        (Some(StagedRule::Dropped), _) => says.push_str(", to be dropped"),
        (Some(StagedRule::Changed(_)), Some((access, ..))) if *access != rule.access => {
            says = format!("{says}, to become {}", access.title());
        }
        _ => {}
    }
    let related = to_be.map_or(&rule.related, |(_, related, _)| related);
    for (child, level) in related.iter().filter(|(child, _)| shown.has(child)) {
        says = format!("{says}, their {child}: {}", level.title());
    }
    if let Some(criteria) = rule.criteria_to_be() {
        let text: String = criteria.to_text().chars().take(100).collect();
        says = format!("{says}, where {text}");
    }
    if rule.owned_by.is_none() {
        says.push_str(", whoever owns it");
    }
    if let Some(Principal::RoleAndSubordinates(_)) = rule.owned_by {
        says.push_str(", of it and below");
    }
    if let Principal::RoleAndSubordinates(_) = rule.shared_with {
        says.push_str(", for it and below");
    }
    if rule.superiors {
        says.push_str(", and for those above");
    }
    if let Some(until) = to_be.map_or(rule.until, |(.., until)| until) {
        says = format!("{says}, until {until}");
    }
    says
}
