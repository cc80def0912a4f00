//! Offices, roles and groups as a table says them.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::source_things::{Sought, Thing};
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Result, Sqlstate};
use crate::sources::broken::{dangling, wrong_row};
use crate::sources::dependents;
use crate::sources::engine::{Engine, Pairs, Problem};
use crate::sources::parents;
use crate::sources::rows::value_of;
use crate::sources::scope::{Scope, read_scope};
use crate::sources::wishes::{Wish, must_be_free, wishes};
use std::collections::{HashMap, HashSet};

/// What becomes of the things that are there.
#[derive(Default)]
struct Fates {
    drop: Vec<Thing>,
    alter: Vec<(Thing, Thing)>,
    create: Vec<Thing>,
}

pub fn reconcile(
    engine: &mut Engine,
    source: &TableSource,
    scope: &Scope,
    pairs: &Pairs,
) -> Result<Vec<Problem>> {
    let (mut wishes, mut problems) = wishes(source, read_scope(source, scope)?);
    let offices = offices_of(engine, source, &wishes)?;
    let fates = decide(
        engine,
        source,
        scope,
        pairs,
        &mut wishes,
        &mut problems,
        &offices,
    )?;
    let moved = carry_out(engine, source, fates)?;
    if source.kind != SourceKind::Groups {
        problems.extend(parents::reconcile(engine, source, wishes, moved)?);
    }
    Ok(problems)
}

/// The offices that groups name.
fn offices_of(
    engine: &Engine,
    source: &TableSource,
    wishes: &[Wish],
) -> Result<HashMap<String, i32>> {
    let named =
        |wish: &'_ Wish| value_of(source, &wish.entry, SourcePart::Office).map(str::to_owned);
    let named: Vec<String> = wishes.iter().filter_map(named).collect();
    parents::numbers(engine, SourceKind::Offices, &named)
}

fn decide(
    engine: &Engine,
    source: &TableSource,
    scope: &Scope,
    pairs: &Pairs,
    wishes: &mut Vec<Wish>,
    problems: &mut Vec<Problem>,
    offices: &HashMap<String, i32>,
) -> Result<Fates> {
    let units: Vec<&str> = wishes.iter().map(|wish| wish.unit.as_str()).collect();
    let names: Vec<&str> = wishes.iter().map(|wish| wish.name.as_str()).collect();
    let looked_at: Vec<&str> = match scope {
        Scope::All => units.clone(),
        Scope::Units(all) => all.iter().map(String::as_str).collect(),
    };
    // The keys that rows had before are looked for, too: what has one of them may only be called otherwise.
    let old = pairs.iter().map(|(old, _)| old.as_str());
    let sought: Vec<&str> = looked_at.iter().copied().chain(old).collect();
    let by_key = source.has(SourcePart::Key);
    let all_names: Vec<&str> = match by_key {
        true => names,
        false => sought.iter().copied().chain(names).collect(),
    };
    let present = engine.change.things(
        source.kind,
        Sought {
            keys: by_key.then_some(&sought[..]),
            names: Some(&all_names),
            source: matches!(scope, Scope::All).then_some(source.id),
        },
    )?;
    let mut matching = Matching::new(source, &present, scope);
    matching.by_renames(pairs, &units);
    let mut fates = Fates::default();
    let mut matched = Vec::new();
    for (at, wish) in wishes.iter().enumerate() {
        match matching.find(wish) {
            Ok(before) => matched.push((at, before)),
            Err(error) => problems.push(Problem {
                unit: wish.unit.clone(),
                error,
            }),
        }
    }
    fates.drop = matching.left_over(wishes, problems);
    place(
        source, wishes, matched, &matching, offices, &mut fates, problems,
    );
    let wrong: HashSet<&str> = problems.iter().map(|one| one.unit.as_str()).collect();
    wishes.retain(|wish| !wrong.contains(wish.unit.as_str()));
    Ok(fates)
}

/// What is to be made, and what to be changed: names that others have are refused.
fn place(
    source: &TableSource,
    wishes: &[Wish],
    matched: Vec<(usize, Option<&Thing>)>,
    matching: &Matching,
    offices: &HashMap<String, i32>,
    fates: &mut Fates,
    problems: &mut Vec<Problem>,
) {
    let mut fine = Vec::new();
    for (at, before) in matched {
        match wanted(source, &wishes[at], before, offices) {
            Ok(wanted) => fine.push((at, before, wanted)),
            Err(error) => problems.push(Problem {
                unit: wishes[at].unit.clone(),
                error,
            }),
        }
    }
    let dropped: HashSet<i32> = fates.drop.iter().map(|thing| thing.id).collect();
    // What is refused keeps its name, so that others may be refused for it.
    loop {
        let names: Vec<_> = fine
            .iter()
            .map(|(at, before, _)| (*before, wishes[*at].name.as_str()))
            .collect();
        let taken = matching.taken_names(&names, &dropped);
        if taken.is_empty() {
            break;
        }
        for n in taken.into_iter().rev() {
            let wish = &wishes[fine.remove(n).0];
            let what = format!("another {} is called \"{}\"", source.kind.one(), wish.name);
            let part = SourcePart::Name;
            problems.push(Problem {
                unit: wish.unit.clone(),
                error: wrong_row(source, Sqlstate::Exists, part, &wish.unit, what),
            });
        }
    }
    for (_, before, wanted) in fine {
        match before {
            None => fates.create.push(wanted),
            Some(before) if wanted != *before => fates.alter.push((before.clone(), wanted)),
            Some(_) => {}
        }
    }
}

/// What a thing is to be; what is above it comes later.
fn wanted(
    source: &TableSource,
    wish: &Wish,
    before: Option<&Thing>,
    offices: &HashMap<String, i32>,
) -> Result<Thing> {
    let office = value_of(source, &wish.entry, SourcePart::Office);
    let found = office.map(|office| {
        offices
            .get(office)
            .copied()
            .ok_or_else(|| dangling(source, SourcePart::Office, &wish.unit, "office", office))
    });
    Ok(Thing {
        id: before.map_or(0, |thing| thing.id),
        key: source.has(SourcePart::Key).then(|| wish.unit.clone()),
        name: wish.name.clone(),
        above: before.and_then(|thing| thing.above),
        office: match source.has(SourcePart::Office) {
            true => found.transpose()?,
            false => before.and_then(|thing| thing.office),
        },
        active: true,
        source: Some(source.id),
    })
}

/// Which thing is meant by a row.
struct Matching<'p> {
    source: &'p TableSource,
    scope: &'p Scope,
    present: &'p [Thing],
    by_unit: HashMap<&'p str, &'p Thing>,
    by_name: HashMap<&'p str, &'p Thing>,
    /// What a row is that was called otherwise.
    renamed: HashMap<String, &'p Thing>,
    taken: HashSet<i32>,
}

impl<'p> Matching<'p> {
    fn new(source: &'p TableSource, present: &'p [Thing], scope: &'p Scope) -> Matching<'p> {
        let unit = |thing: &'p Thing| match source.has(SourcePart::Key) {
            true => thing.key.as_deref(),
            false => Some(thing.name.as_str()),
        };
        let units = present
            .iter()
            .filter_map(|thing| Some((unit(thing)?, thing)));
        Matching {
            source,
            scope,
            present,
            by_unit: units.collect(),
            by_name: present
                .iter()
                .map(|thing| (thing.name.as_str(), thing))
                .collect(),
            renamed: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// A row that has another key now than before is the same thing, where nothing else has either.
    fn by_renames(&mut self, pairs: &Pairs, units: &[&str]) {
        for (old, new) in pairs {
            let is_gone = !units.contains(&old.as_str());
            let is_new = units.contains(&new.as_str()) && !self.by_unit.contains_key(new.as_str());
            if let (true, true, Some(thing)) = (is_gone, is_new, self.by_unit.get(old.as_str()))
                && thing.source == Some(self.source.id)
                && self.taken.insert(thing.id)
            {
                self.renamed.insert(new.clone(), thing);
            }
        }
    }

    fn find(&mut self, wish: &Wish) -> Result<Option<&'p Thing>> {
        let unit = wish.unit.as_str();
        let adopted = || {
            let found = self.by_name.get(wish.name.as_str()).copied();
            let is_tree = self.source.kind != SourceKind::Groups;
            found.filter(|thing| is_tree && thing.source.is_none() && thing.key.is_none())
        };
        let found = match self.renamed.get(unit) {
            Some(thing) => Some(*thing),
            None => self.by_unit.get(unit).copied().or_else(adopted),
        };
        if let Some(thing) = found {
            self.taken.insert(thing.id);
            must_be_free(self.source, unit, thing.source)?;
        }
        Ok(found)
    }

    /// Which of these things, each with the name that it is to have, would have that of another. Of several
    /// that want one name, whichever has it already keeps it.
    fn taken_names(&self, names: &[(Option<&Thing>, &str)], dropped: &HashSet<i32>) -> Vec<usize> {
        let has_it = |&(before, name): &(Option<&Thing>, &str)| {
            before.is_some_and(|thing| thing.name == name)
        };
        let mut claims: HashMap<&str, usize> = HashMap::new();
        for (n, one) in names.iter().enumerate() {
            if has_it(one) || !claims.contains_key(one.1) {
                claims.insert(one.1, n);
            }
        }
        let leaving: HashSet<i32> = names
            .iter()
            .filter_map(|&(before, name)| before.filter(|thing| thing.name != name))
            .map(|thing| thing.id)
            .collect();
        let is_taken = |&n: &usize| {
            let (before, name) = names[n];
            let holder = self.by_name.get(name).filter(|holder| {
                before.is_none_or(|own| own.id != holder.id)
                    && !dropped.contains(&holder.id)
                    && !leaving.contains(&holder.id)
            });
            claims[name] != n || holder.is_some()
        };
        (0..names.len()).filter(is_taken).collect()
    }

    /// What the source held and says no more.
    fn left_over(&self, wishes: &[Wish], problems: &[Problem]) -> Vec<Thing> {
        let by_key = self.source.has(SourcePart::Key);
        let said: HashSet<&str> = wishes
            .iter()
            .map(|wish| wish.unit.as_str())
            .chain(problems.iter().map(|problem| problem.unit.as_str()))
            .collect();
        let is_left = |thing: &&Thing| {
            let unit = match by_key {
                true => thing.key.as_deref().unwrap_or_default(),
                false => thing.name.as_str(),
            };
            thing.source == Some(self.source.id)
                && self.scope.has(unit)
                && !self.taken.contains(&thing.id)
                && !said.contains(unit)
        };
        self.present.iter().filter(is_left).cloned().collect()
    }
}

/// Returns the offices or roles that lost what was above them.
fn carry_out(engine: &mut Engine, source: &TableSource, fates: Fates) -> Result<Vec<String>> {
    let kind = source.kind;
    let moved = match fates.drop.is_empty() {
        true => Vec::new(),
        false => dependents::drop(engine, source, &fates.drop)?,
    };
    let to_be: HashMap<&str, i32> = fates
        .alter
        .iter()
        .map(|(_, after)| (after.name.as_str(), after.id))
        .chain(fates.create.iter().map(|thing| (thing.name.as_str(), 0)))
        .collect();
    let aside = fates.alter.iter().filter(|(before, after)| {
        before.name != after.name
            && to_be
                .get(before.name.as_str())
                .is_some_and(|&id| id != before.id)
    });
    let aside: Vec<i32> = aside.map(|(before, _)| before.id).collect();
    let by_key = source.has(SourcePart::Key);
    let is_renamed = |(before, after): &&(Thing, Thing)| match by_key {
        true => before.key.is_some() && before.key != after.key,
        false => before.name != after.name,
    };
    let renamed = fates.alter.iter().filter(is_renamed);
    let renamed = dependents::Renamed::note(engine, kind, renamed.map(|(before, _)| before))?;
    engine.change.set_names_aside(kind, &aside)?;
    let altered: Vec<Thing> = fates.alter.iter().map(|(_, after)| after.clone()).collect();
    engine.change.alter_things(kind, &altered)?;
    engine.change.create_things(kind, &fates.create)?;
    let mut moved = moved;
    moved.extend(renamed.look_again(engine, source)?);
    engine.progressed |= !fates.create.is_empty() || !fates.alter.is_empty();
    if kind == SourceKind::Groups && !(fates.create.is_empty() && fates.alter.is_empty()) {
        engine.change.keys_of_all_must_differ()?;
    }
    if let Some(words) = &mut engine.words {
        fates.drop.iter().for_each(|thing| words.drop(kind, thing));
        fates
            .alter
            .iter()
            .for_each(|(before, after)| words.alter(kind, before, after));
        fates
            .create
            .iter()
            .for_each(|thing| words.create(kind, thing));
        words.learn_names(engine.change)?;
    }
    Ok(moved)
}
