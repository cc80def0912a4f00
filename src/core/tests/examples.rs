//! The examples of docs/semantics.md (Examples that must hold), for the core and for the model.

use super::facts::{Facts, action, module_id};
use super::model::{self, Ownership, Principal, World};
use crate::core::access::Action;
use crate::core::decision::Sight;

/// The organization of docs/semantics.md (Examples that must hold): H1 > H2(ceo) > H3(vp) > H4(mgr) > H5(rep1, rep2);
/// H2 > H6(smgr) > H7(sup1, sup2), and the stranger H40 beside H4.
fn company() -> World {
    let roles = [
        ("H1", None),
        ("H2", Some("H1")),
        ("H3", Some("H2")),
        ("H4", Some("H3")),
        ("H40", Some("H3")),
        ("H5", Some("H4")),
        ("H6", Some("H2")),
        ("H7", Some("H6")),
    ];
    let users = [
        ("ceo", "H2"),
        ("vp", "H3"),
        ("mgr", "H4"),
        ("other", "H40"),
        ("rep1", "H5"),
        ("rep2", "H5"),
        ("smgr", "H6"),
        ("sup1", "H7"),
        ("sup2", "H7"),
    ];
    let role = |(name, parent): (&str, Option<&str>)| model::Role {
        name: name.to_owned(),
        parent: parent.map(str::to_owned),
        profiles: Vec::new(),
    };
    let user = |(key, role): (&str, &str)| model::User {
        key: key.to_owned(),
        name: key.to_owned(),
        role: Some(role.to_owned()),
        office: None,
        active: true,
        rights: model::Rights::default(),
    };
    World {
        roles: roles.map(role).to_vec(),
        users: users.map(user).to_vec(),
        ..World::default()
    }
}

impl World {
    fn module(mut self, name: &str, access: model::GlobalAccess) -> Self {
        self.modules.push(model::Module {
            name: name.to_owned(),
            ownership: Ownership::OneColumn,
            follows: None,
            hierarchy: true,
            grants: true,
            global_access: access,
        });
        self
    }

    fn detail(mut self, name: &str, parent: &str) -> Self {
        self = self.module(name, model::GlobalAccess::Private);
        self.modules.last_mut().unwrap().ownership = Ownership::ControlledBy(parent.to_owned());
        self
    }

    fn group(mut self, name: &str, members: &[Principal]) -> Self {
        let (key, name) = (name.to_owned(), name.to_owned());
        self.groups.push(model::Group {
            key,
            name,
            office: None,
            members: members.to_vec(),
        });
        self
    }

    fn record(mut self, module: &str, id: &str, owner: &str) -> Self {
        self.records.push(model::Record {
            module: module.to_owned(),
            id: id.to_owned(),
            owner: Some(owner.to_owned()),
            group: None,
            kind: None,
            parents: Vec::new(),
            controller: None,
        });
        self
    }

    fn detail_record(mut self, module: &str, id: &str, controller: &str) -> Self {
        self = self.record(module, id, "");
        let record = self.records.last_mut().unwrap();
        (record.owner, record.controller) = (None, Some(controller.to_owned()));
        self
    }

    fn rule(mut self, module: &str, from: Principal, to: Principal, access: model::Level) -> Self {
        self.rules.push(model::Rule {
            module: module.to_owned(),
            owned_by: Some(from),
            criteria: None,
            shared_with: to,
            access,
            superiors: false,
            related: Vec::new(),
            ended: false,
        });
        self
    }

    fn change(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self);
        self
    }

    fn office(self, name: &str, security: bool, user: &str) -> Self {
        self.change(|world| {
            let name = name.to_owned();
            world.offices.push(model::Office {
                name: name.clone(),
                parent: None,
                security,
            });
            world
                .users
                .iter_mut()
                .find(|other| other.key == user)
                .unwrap()
                .office = Some(name);
        })
    }
}

fn role(name: &str) -> Principal {
    Principal::Role(name.to_owned())
}

fn and_subordinates(name: &str) -> Principal {
    Principal::RoleAndSubordinates(name.to_owned())
}

fn group(name: &str) -> Principal {
    Principal::Group(name.to_owned())
}

fn user(key: &str) -> Principal {
    Principal::User(key.to_owned())
}

/// One lead of rep1's or another owner's, under a global access.
fn lead(access: model::GlobalAccess, owner: &str) -> World {
    company()
        .module("Leads", access)
        .record("Leads", "1", owner)
}

fn private(owner: &str) -> World {
    lead(model::GlobalAccess::Private, owner)
}

/// Holds both the core and the model to who may do what with a record, written
/// `"VED: rep1 mgr; V: sup1"`: nobody else may do anything.
fn check(example: &str, world: &World, module: &str, id: &str, expected: &str) {
    let facts = Facts::of(world);
    let record = |record: &&model::Record| record.module == module && record.id == id;
    let record = world.records.iter().find(record).unwrap();
    let words: Vec<_> = expected
        .split("; ")
        .filter_map(|part| part.split_once(": "))
        .flat_map(|(may, users)| users.split(' ').map(move |user| (user, may)))
        .collect();
    for user in &world.users {
        let expected = words
            .iter()
            .find(|(key, _)| *key == user.key)
            .map_or("", |(_, may)| may);
        let me = facts.user(&user.key).unwrap();
        let sight = Sight::new(&facts.org, me, module_id(world, module)).unwrap();
        let letters = [
            (Action::Read, 'V'),
            (Action::Edit, 'E'),
            (Action::Delete, 'D'),
        ];
        let told = |allows: &dyn Fn(Action) -> bool| -> String {
            letters
                .iter()
                .filter(|(wanted, _)| allows(*wanted))
                .map(|(_, letter)| letter)
                .collect()
        };
        let by_model = told(&|wanted| model::allows(world, &user.key, record, action(wanted)));
        assert_eq!(
            by_model, expected,
            "the model, example {example}, {}",
            user.key
        );
        facts
            .with_record(user, record, &mut |asked| {
                let by_core = told(&|wanted| sight.allows(wanted, asked));
                assert_eq!(by_core, expected, "example {example}, {}", user.key);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn examples_of_global_access() {
    use model::GlobalAccess::{Private, PublicReadEdit, PublicReadEditDelete, PublicReadOnly};
    let others = "other rep2 smgr sup1 sup2";
    let line = "VED: rep1 mgr vp ceo";
    for (example, access, expected) in [
        ("1", Private, line.to_owned()),
        ("2", PublicReadOnly, format!("{line}; V: {others}")),
        ("3", PublicReadEdit, format!("{line}; VE: {others}")),
        ("4", PublicReadEditDelete, format!("{line}; VED: {others}")),
    ] {
        check(example, &lead(access, "rep1"), "Leads", "1", &expected);
    }
}

#[test]
fn examples_of_groups() {
    let members = [user("rep1"), user("sup1")];
    check(
        "5",
        &private("G").group("G", &members),
        "Leads",
        "1",
        "VED: rep1 sup1",
    );

    for (owner, expected) in [("Gout", "VED: rep1 sup1"), ("Gin", "VED: rep1")] {
        let world = private(owner)
            .group("Gin", &[user("rep1")])
            .group("Gout", &[user("sup1"), group("Gin")]);
        check("6", &world, "Leads", "1", expected);
    }
}

#[test]
fn examples_of_rules() {
    use model::Level::{Edit, Read};
    for (access, expected) in [
        (Read, "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        (Edit, "VED: rep1 mgr vp ceo; VE: sup1 sup2"),
    ] {
        let world = private("rep1").rule("Leads", role("H5"), role("H7"), access);
        check("7", &world, "Leads", "1", expected);
    }
    for (owner, expected) in [
        ("rep1", "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        ("mgr", "VED: mgr vp ceo; V: sup1 sup2"),
        ("vp", "VED: vp ceo"),
        ("other", "VED: other vp ceo"),
    ] {
        let world = private(owner).rule("Leads", and_subordinates("H4"), role("H7"), Read);
        check("8", &world, "Leads", "1", expected);
    }
    for (owner, expected) in [
        ("G", "VED: rep1; V: sup1 sup2"),
        ("rep1", "VED: rep1 mgr vp ceo; V: sup1 sup2"),
        ("rep2", "VED: rep2 mgr vp ceo"),
    ] {
        let world =
            private(owner)
                .group("G", &[user("rep1")])
                .rule("Leads", group("G"), role("H7"), Read);
        check("9", &world, "Leads", "1", expected);
    }
}

#[test]
fn example_of_related_records() {
    let world = company()
        .module("Accounts", model::GlobalAccess::Private)
        .module("Potentials", model::GlobalAccess::Private)
        .rule("Accounts", role("H5"), role("H7"), model::Level::Read)
        .record("Accounts", "a", "rep1")
        .record("Potentials", "p", "mgr")
        .change(|world| {
            world.rules[0].related = vec![("Potentials".to_owned(), model::Level::Edit)];
            world.records[1].parents = vec![("account".to_owned(), "a".to_owned())];
            world.relations.push(model::Relation {
                child: "Potentials".to_owned(),
                via: "account".to_owned(),
                parent: "Accounts".to_owned(),
                when: None,
                with_shares: true,
                applied: true,
                shares_applied: true,
                with_parent: model::Level::None,
                staged_with_parent: model::Level::None,
            });
        });
    check(
        "10",
        &world,
        "Accounts",
        "a",
        "VED: rep1 mgr vp ceo; V: sup1 sup2",
    );
    check(
        "10",
        &world,
        "Potentials",
        "p",
        "VED: mgr vp ceo; VE: sup1 sup2",
    );
}

#[test]
fn example_of_a_module_that_follows() {
    let world = company()
        .module("Accounts", model::GlobalAccess::Private)
        .module("Contacts", model::GlobalAccess::Private)
        .rule("Accounts", role("H5"), role("H7"), model::Level::Read)
        .record("Accounts", "a", "rep1")
        .record("Contacts", "without account", "rep1")
        .record("Contacts", "of the account", "mgr")
        .change(|world| {
            world.modules[1].follows = Some("Accounts".to_owned());
            // A column that says so is no relation until it is declared one.
            world.records[2].parents = vec![("account".to_owned(), "a".to_owned())];
        });
    check(
        "11",
        &world,
        "Contacts",
        "without account",
        "VED: rep1 mgr vp ceo; V: sup1 sup2",
    );
    check(
        "11",
        &world,
        "Contacts",
        "of the account",
        "VED: mgr vp ceo",
    );
}

#[test]
fn example_of_a_profile() {
    let world = private("rep1").change(|world| {
        let permission = model::Permission {
            module: Some("Leads".to_owned()),
            view: true,
            create: true,
            edit: false,
            delete: false,
        };
        world.profiles.push(model::Profile {
            name: "Readers".to_owned(),
            view_all: false,
            edit_all: false,
            permissions: vec![permission],
        });
        let reps = world
            .roles
            .iter_mut()
            .find(|role| role.name == "H5")
            .unwrap();
        reps.profiles.push("Readers".to_owned());
    });
    check("12", &world, "Leads", "1", "V: rep1; VED: mgr vp ceo");
}

#[test]
fn example_of_details() {
    let world = company()
        .module("Customers", model::GlobalAccess::Private)
        .detail("Orders", "Customers")
        .detail("Order lines", "Orders")
        .rule("Customers", role("H5"), role("H7"), model::Level::Edit)
        .rule("Customers", role("H5"), role("H6"), model::Level::Read)
        .record("Customers", "c", "rep1")
        .detail_record("Orders", "o", "c")
        .detail_record("Order lines", "l", "o");
    for (module, id) in [("Customers", "c"), ("Orders", "o"), ("Order lines", "l")] {
        check(
            "13",
            &world,
            module,
            id,
            "VED: rep1 mgr vp ceo; VE: sup1 sup2; V: smgr",
        );
    }
}

#[test]
fn example_of_a_closed_office() {
    use model::GlobalAccess::{Private, PublicReadEdit, PublicReadEditDelete, PublicReadOnly};
    for access in [
        Private,
        PublicReadOnly,
        PublicReadEdit,
        PublicReadEditDelete,
    ] {
        let world = lead(access, "rep1")
            .record("Leads", "2", "rep1")
            .office("Boston", true, "rep1")
            .office("Denver", false, "vp")
            .office("Reno", false, "sup1")
            .change(|world| {
                let (from, to) = ("rep1".to_owned(), "sup1".to_owned());
                for user in &mut world.users {
                    user.rights.record_sharing = user.key == from || user.key == to;
                }
                world.shares.push(model::Share {
                    module: "Leads".to_owned(),
                    record: "1".to_owned(),
                    from: from.clone(),
                    to: to.clone(),
                    access: model::Level::Read,
                });
                world.links.push(model::Link {
                    from,
                    to,
                    active: true,
                });
            });
        check("14", &world, "Leads", "1", "VED: rep1; V: sup1");
        check("14", &world, "Leads", "2", "VED: rep1");
    }
}
