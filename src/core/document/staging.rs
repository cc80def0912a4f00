//! What is valid and what is only staged, side by side in one document. Where a document is imported to
//! be staged, only what will be counts; where it is applied, both become equal.

use crate::core::access::RuleAccess;
use crate::core::criteria::Criteria;
use crate::core::document::sections::{Document, Present, RuleEntry};
use crate::core::document::staged_rule::{ChangedRule, StagedRule};
use crate::core::related::Related;
use crate::core::time::Moment;

/// What a rule gives, and until when.
pub type AccessGiven<'a> = (RuleAccess, &'a Related, Option<Moment>);

impl RuleEntry {
    /// What is valid of it; None: nothing yet.
    pub fn valid(&self) -> Option<AccessGiven<'_>> {
        (self.staged != Some(StagedRule::Added)).then_some((self.access, &self.related, self.until))
    }

    /// What the next `apply_rules()` makes of it; None: nothing.
    pub fn to_be(&self) -> Option<AccessGiven<'_>> {
        match &self.staged {
            None | Some(StagedRule::Added) => Some((self.access, &self.related, self.until)),
            Some(StagedRule::Dropped) => None,
            Some(StagedRule::Changed(ChangedRule {
                access,
                related,
                until,
                ..
            })) => Some((
                access.unwrap_or(self.access),
                related.as_ref().unwrap_or(&self.related),
                until.unwrap_or(self.until),
            )),
        }
    }

    /// What its records must be then.
    pub fn criteria_to_be(&self) -> Option<&Criteria> {
        let changed = match &self.staged {
            Some(StagedRule::Changed(changed)) => changed.criteria.as_ref(),
            _ => None,
        };
        changed.or(self.criteria.as_ref())
    }

    /// The children that it names, now or later; each may stand here twice.
    pub fn children(&self) -> impl Iterator<Item = &String> {
        let (valid, to_be) = (self.valid(), self.to_be());
        let both = valid.into_iter().chain(to_be);
        both.flat_map(|(_, related, _)| related.keys())
    }

    /// A rule of which one thing is valid and another staged. None where there is neither.
    #[must_use]
    pub fn between(valid: Option<RuleEntry>, to_be: Option<RuleEntry>) -> Option<RuleEntry> {
        match (valid, to_be) {
            (None, None) => None,
            (None, Some(to_be)) => Some(RuleEntry {
                staged: Some(StagedRule::Added),
                ..to_be
            }),
            (Some(valid), None) => Some(RuleEntry {
                staged: Some(StagedRule::Dropped),
                ..valid
            }),
            (Some(valid), Some(to_be)) => {
                let changed = ChangedRule {
                    access: (valid.access != to_be.access).then_some(to_be.access),
                    related: (valid.related != to_be.related).then_some(to_be.related),
                    criteria: to_be
                        .criteria
                        .filter(|criteria| Some(criteria) != valid.criteria.as_ref()),
                    until: (valid.until != to_be.until).then_some(to_be.until),
                };
                let is_changed = changed != ChangedRule::default();
                Some(RuleEntry {
                    staged: is_changed.then_some(StagedRule::Changed(changed)),
                    ..valid
                })
            }
        }
    }

    /// Makes it say as valid what will be. Returns whether it stays.
    fn make_to_be(&mut self) -> bool {
        let to_be = self
            .to_be()
            .map(|(access, related, until)| (access, related.clone(), until));
        self.criteria = self.criteria_to_be().cloned();
        self.staged = None;
        let stays = to_be.is_some();
        if let Some((access, related, until)) = to_be {
            (self.access, self.related, self.until) = (access, related, until);
        }
        stays
    }
}

impl Document {
    /// Rules learn their places; what is said to be staged and is valid already is not staged.
    pub(super) fn settle(&mut self) {
        for relation in self.relations.iter_mut().flatten() {
            relation.shares_staged &= relation.with_shares;
            relation.staged_with_parent = relation
                .staged_with_parent
                .filter(|&staged| staged != relation.with_parent);
        }
        for module in self.modules.iter_mut().flatten() {
            module.staged = module
                .staged
                .filter(|&staged| staged != module.global_access);
        }
        for (at, rule) in self.rules.iter_mut().flatten().enumerate() {
            rule.place = at;
            if rule.valid() == rule.to_be() && rule.criteria_to_be() == rule.criteria.as_ref() {
                rule.staged = None;
            }
        }
    }

    /// The document with what will be for what is valid. Returns the rules that are staged to go, each
    /// with its place.
    fn make_to_be(&mut self) -> Vec<(usize, RuleEntry)> {
        for module in self.modules.iter_mut().flatten() {
            module.global_access = module.staged.take().unwrap_or(module.global_access);
        }
        for relation in self.relations.iter_mut().flatten() {
            relation.with_parent = relation.with_parent_to_be();
            relation.staged_with_parent = None;
            relation.staged = false;
            relation.shares_staged = false;
        }
        let mut leaving = Vec::new();
        self.rules = self.rules.take().map(|rules| {
            let mut staying = Vec::new();
            for (at, mut rule) in rules.into_iter().enumerate() {
                match rule.make_to_be() {
                    true => staying.push(rule),
                    false => leaving.push((at, rule)),
                }
            }
            staying
        });
        leaving
    }

    /// What a document asks for that is only to be staged.
    #[must_use]
    pub fn to_be_staged(mut self) -> Document {
        self.make_to_be();
        self
    }
}

impl Present {
    /// What such a document is compared with.
    #[must_use]
    pub fn as_staged(mut self) -> Present {
        let leaving = self.document.make_to_be();
        let places: Vec<usize> = leaving.iter().map(|(at, _)| *at).collect();
        let numbers = std::mem::take(&mut self.rules);
        for (at, rule) in leaving {
            if let Some((number, _)) = numbers.get(at) {
                self.leaving.push((*number, rule));
            }
        }
        let staying = numbers.into_iter().enumerate();
        let staying = staying.filter(|(at, _)| places.binary_search(at).is_err());
        self.rules = staying.map(|(_, number)| number).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::document::plan::Plan;
    use crate::core::document::tests::{parse, present};
    use serde_json::{Value, json};

    const RULE: &str =
        r#"{"module": "a", "owned_by": "role:r", "shared_with": "role:r", "access": "read_only""#;

    fn document(rest: &str) -> String {
        format!(
            r#"{{"version": 1, "roles": [{{"name": "r"}}], "modules": [{{"name": "a", "table": "p.a", "owner": "o"}}], {rest}}}"#
        )
    }

    fn with_rules(rules: &[&str]) -> String {
        let rules: Vec<String> = rules.iter().map(|rest| format!("{RULE}{rest}}}")).collect();
        document(&format!(r#""rules": [{}]"#, rules.join(", ")))
    }

    /// The changes of rules by a document that is applied, or only staged.
    fn changes(before: &str, after: &str, apply: bool) -> Vec<(&'static str, Value)> {
        let (mut is, mut wanted) = (present(before), parse(after));
        if !apply {
            (is, wanted) = (is.as_staged(), wanted.to_be_staged());
        }
        let plan = Plan::new(&is, &wanted, apply).unwrap();
        let all = plan.changes().into_iter();
        all.map(|change| (change.change, change.detail)).collect()
    }

    const ADDED: &str = r#", "staged": "added""#;
    const DROPPED: &str = r#", "staged": "dropped""#;
    const CHANGED: &str = r#", "staged": {"access": "read_write"}"#;

    #[test]
    fn what_was_exported_changes_nothing() {
        for rest in ["", ADDED, DROPPED, CHANGED] {
            let text = with_rules(&[rest]);
            assert_eq!(changes(&text, &text, true), [], "{rest}");
            assert_eq!(changes(&text, &text, false), [], "{rest}");
            let json = present(&text).document.to_json().unwrap();
            assert_eq!(
                parse(&json.to_string()).to_json().unwrap(),
                json,
                "{rest} is told as it was"
            );
        }
    }

    #[test]
    fn what_becomes_valid_is_told() {
        for (rest, before) in [
            (ADDED, json!({"staged": "added"})),
            (DROPPED, json!({"staged": "dropped"})),
            (CHANGED, json!({"staged": {"access": "read_write"}})),
        ] {
            let told = changes(&with_rules(&[rest]), &with_rules(&[""]), true);
            assert_eq!(told, [("alter", json!({"before": before, "after": {}}))]);
        }
        // Somebody else's that the document does not name is dropped, and never applied.
        let told = changes(&with_rules(&[ADDED]), &with_rules(&[]), true);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "drop");
        // A document that does not speak of rules says nothing of what is staged.
        for apply in [true, false] {
            let told = changes(&with_rules(&[ADDED, DROPPED]), r#"{"version": 1}"#, apply);
            assert_eq!(told, []);
        }
    }

    #[test]
    fn a_document_that_is_only_staged_says_what_will_be() {
        let kinds = |before: &[&str], after: &[&str]| {
            let told = changes(&with_rules(before), &with_rules(after), false);
            told.into_iter().map(|told| told.0).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&[""], &[DROPPED]), ["drop"]);
        assert_eq!(kinds(&[], &[DROPPED]), [""; 0]);
        assert_eq!(kinds(&[""], &[CHANGED]), ["alter"]);
        assert_eq!(kinds(&[CHANGED], &[""]), ["alter"]);
        assert_eq!(kinds(&[ADDED], &[""]), [""; 0]);
        assert_eq!(kinds(&[""], &[ADDED]), [""; 0]);
        assert_eq!(kinds(&[DROPPED], &[""]), ["create"]);
    }

    #[test]
    fn places_in_errors_are_those_of_the_document() {
        let text = with_rules(&[DROPPED, r#", "related": {"b": "none"}"#]);
        let is = present(&with_rules(&[])).as_staged();
        let wanted = parse(&text).to_be_staged();
        let error = Plan::new(&is, &wanted, false).unwrap_err();
        assert!(
            error.message.starts_with("rules[1].related"),
            "{}",
            error.message
        );
    }

    #[test]
    fn a_word_that_is_none_is_refused() {
        for (rest, expected) in [
            (r#", "staged": "maybe""#, "unknown variant `maybe`"),
            (r#", "staged": {"owner": 1}"#, "unknown field `owner`"),
            (r#", "staged": 1"#, "expected \"added\", \"dropped\""),
        ] {
            let error = Document::parse(&with_rules(&[rest])).unwrap_err();
            assert!(
                error.message.starts_with("rules[0].staged") && error.message.contains(expected),
                "{}",
                error.message
            );
        }
    }

    #[test]
    fn global_access_is_valid_or_staged() {
        let with = |fields: &str| {
            format!(
                r#"{{"version": 1, "modules": [{{"name": "a", "table": "p.a", "owner": "o"{fields}}}]}}"#
            )
        };
        let staged = with(r#", "staged": "public_read_only""#);
        let valid = with(r#", "global_access": "public_read_only""#);
        assert_eq!(changes(&staged, &staged, true), []);
        assert_eq!(changes(&staged, &valid, false), []);
        assert_eq!(changes(&valid, &staged, false), []);
        let told = changes(&staged, &valid, true);
        assert_eq!(told[0].0, "alter");
        assert_eq!(
            told[0].1["before"],
            json!({"global_access": "private", "staged": "public_read_only"})
        );
        assert_eq!(
            told[0].1["after"],
            json!({"global_access": "public_read_only"})
        );
        assert_eq!(
            changes(&with(""), &with(r#", "staged": "private""#), true),
            []
        );
    }
}
