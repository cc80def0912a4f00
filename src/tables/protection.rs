//! How a table is going to be protected: what `protect` or a document says of it, and what that makes of
//! its policies (semantics: Modules).

use crate::catalog::read::citus::keys_hold_everywhere;
use crate::catalog::read::configuration::Owners;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::table_columns::TableColumn;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::{table_columns, tables, without_owner};
use crate::core::{Error, GlobalAccess, Result};
use crate::policy::sets::keys::{KeyType, key_type_of_column};
use crate::policy::text::protection::{Decides, OwnerArms, Predicates, statements_to_drop};
use crate::tables::lasting::must_last;
use crate::tables::protectable::{check_family, leftovers};
use crate::tables::protected_tables::{existing, protected};
use crate::tables::ties::{InField, ParentModule, Tied};
use pgrx::pg_sys;
use pgrx::spi::quote_literal;

/// The arguments of `protect`.
pub struct Protection<'a> {
    pub relation: pg_sys::Oid,
    pub owner: Option<&'a str>,
    pub owner_group: Option<&'a str>,
    pub controlled_by: Option<Controlling<'a>>,
    pub via: Option<&'a str>,
    pub follows: Option<&'a str>,
    pub module: Option<&'a str>,
    pub hierarchy: bool,
    pub default_owner: bool,
    pub grants: bool,
    pub global_access: GlobalAccess,
}

/// The table that controls another.
#[derive(Clone, Copy)]
pub struct Controlling<'a> {
    pub table: pg_sys::Oid,
    /// The module that it is going to be; None: that it is.
    pub module: Option<&'a str>,
    /// Whether it is going to be protected, so that its key is the present one.
    pub anew: bool,
}

/// What protecting a table will store and run, and what there is to say about it.
pub struct Prepared {
    pub family: Vec<ApplicationTable>,
    pub owners: Owners,
    /// The number of the module that controls it, if that is one already.
    pub controlled_by: Option<i32>,
    /// Whether a foreign key says by which column it does.
    pub by_foreign_key: bool,
    pub statements: Vec<Ddl>,
    predicates: Predicates,
    /// Columns that an index should begin with.
    pub columns: Vec<TableColumn>,
    /// The column by which records will be known, and by which they can be shared, each quoted.
    pub key: Option<String>,
    pub record: Option<String>,
}

impl Prepared {
    pub fn run(&self) -> Result<()> {
        run_all(&self.statements)?;
        must_last(&self.family, &self.predicates)
    }
}

/// What decides about the records of a table.
struct Decided {
    owners: Owners,
    decides: Decides,
    /// Columns that an index should begin with.
    columns: Vec<TableColumn>,
    controlled_by: Option<i32>,
    by_foreign_key: bool,
}

impl Protection<'_> {
    /// The third argument names the module. Whoever puts a column there means the group column, and would get
    /// a module of that name and nothing for the groups.
    pub fn must_not_name_a_column(&self, table: &str) -> Result<()> {
        let Some(module) = self.module else {
            return Ok(());
        };
        if !table_columns::is_name_of_column(self.relation, module)? {
            return Ok(());
        }
        let (name, column) = (quote_literal(table), quote_literal(module));
        let call = match self.owner.map(quote_literal) {
            Some(owner) => {
                format!("sharing.protect({name}, owner => {owner}, owner_group => {column})")
            }
            None => format!("sharing.protect({name}, owner_group => {column})"),
        };
        Err(Error::bad_value(format!(
            "\"{module}\" is a column of table {table}, and cannot be the name of its module"
        ))
        .hint(format!(
            "If it holds the groups that own records: {call}. Otherwise give the module another name, with module =>."
        )))
    }

    /// Looks at the table and its columns, and refuses what cannot be protected.
    pub fn prepare(&self) -> Result<Prepared> {
        let family = tables::family(self.relation)?;
        let Some(root) = family.first() else {
            return Err(Error::unknown("the table is gone"));
        };
        check_family(&family)?;
        let Decided {
            owners,
            decides,
            columns,
            controlled_by,
            by_foreign_key,
        } = self.decides(&family)?;
        let key = table_columns::key_to_point_at(root.oid)?
            .filter(|key| KeyType::of(key.type_oid).is_some() && keys_hold_everywhere(root.oid))
            .map(|key| key.name);
        let predicates = Predicates {
            module_table: root.name.clone(),
            decides,
            key,
            default_owner: self.default_owner,
        };
        let mut statements = Vec::new();
        if let (true, Some(owner)) = (self.default_owner, self.owner) {
            let owner = pgrx::spi::quote_identifier(owner);
            without_owner::check_default_owner(&family, &owner, &root.name)?;
        }
        let leftovers = leftovers(&family)?;
        for member in &family {
            statements.extend(statements_to_drop(member, leftovers.of(member.oid)));
            statements.extend(predicates.statements(member));
        }
        Ok(Prepared {
            family,
            owners,
            controlled_by,
            by_foreign_key,
            statements,
            columns,
            record: predicates.record().cloned(),
            key: predicates.key.clone(),
            predicates,
        })
    }

    fn decides(&self, family: &[ApplicationTable]) -> Result<Decided> {
        let root = &family[0];
        if self.controlled_by.is_some() || self.via.is_some() {
            return self.detail(root);
        }
        let (owners, owner, group) = self.columns(root)?;
        let record = match table_columns::number_of_key_to_point_at(self.relation)? {
            Some(key) if table_columns::has_one_spelling(self.relation, key)? => {
                table_columns::key_to_point_at(self.relation)?
                    .filter(|key| {
                        KeyType::of(key.type_oid).is_some() && keys_hold_everywhere(root.oid)
                    })
                    .map(|key| key.name)
            }
            _ => None,
        };
        let group_name = group.as_ref().map(|column| column.name.as_str());
        let arms = OwnerArms {
            has_heirs: family.iter().skip(1).any(|member| !member.is_partition),
            ..OwnerArms::new(&owner.name, group_name, record)
        };
        Ok(Decided {
            owners,
            decides: Decides::Owner(arms),
            columns: Some(owner).into_iter().chain(group).collect(),
            controlled_by: None,
            by_foreign_key: false,
        })
    }

    /// A table that another controls.
    fn detail(&self, root: &ApplicationTable) -> Result<Decided> {
        let (Some(parent), Some(via)) = (self.controlled_by, self.via) else {
            return Err(Error::bad_value(
                "controlled_by and via go together: a table, and the column that holds its key",
            ));
        };
        let superfluous = [
            ("owner", self.owner.is_some()),
            ("owner_group", self.owner_group.is_some()),
            ("follows", self.follows.is_some()),
            ("default_owner", self.default_owner),
            ("hierarchy => false", !self.hierarchy),
            ("grants => false", !self.grants),
            (
                "global_access",
                self.global_access != GlobalAccess::default(),
            ),
        ];
        if let Some((what, _)) = superfluous.into_iter().find(|(_, is_given)| *is_given) {
            return Err(Error::bad_value(format!(
                "{what} has no meaning for table {}, which another controls",
                root.name
            ))
            .hint("Who may do what with its records is decided by those of the table in controlled_by."));
        }
        if parent.table == self.relation {
            return Err(Error::bad_value(format!(
                "table {} would be controlled by itself: that is a cycle",
                root.name
            )));
        }
        let table = existing(parent.table)?;
        let (module, name) = match parent.module {
            Some(name) => (None, name.to_owned()),
            None => {
                let (module, name) = protected(&table)?;
                (Some(module), name)
            }
        };
        let Tied {
            column,
            by_foreign_key,
        } = ParentModule::of(&table, &name, parent.anew)?
            .tied(root, via, false)
            .map_err(|InField { error, .. }| error)?;
        Ok(Decided {
            owners: Owners::Parent,
            decides: Decides::Parent(column.name.clone()),
            columns: vec![column],
            controlled_by: module,
            by_foreign_key,
        })
    }

    fn columns(
        &self,
        root: &ApplicationTable,
    ) -> Result<(Owners, TableColumn, Option<TableColumn>)> {
        let find = |name: &str| {
            let column = table_columns::column_named(root, name)?;
            key_type_of_column(column.type_oid, name)?;
            if column.is_generated && root.kind == 'p' {
                return Err(Error::unsupported(format!(
                    "column \"{name}\" of the partitioned table {} is generated", root.name
                ))
                .detail("Where a row moves to another partition, no trigger sees a generated owner change."));
            }
            if column.is_generated && self.default_owner {
                return Err(Error::bad_value(format!(
                    "column \"{name}\" is generated, so it cannot have a default owner"
                )));
            }
            Ok(column)
        };
        match (self.owner, self.owner_group) {
            (Some(owner), Some(group)) if owner == group => {
                Ok((Owners::UserOrGroup, find(owner)?, None))
            }
            (Some(owner), Some(group)) => {
                Ok((Owners::UserAndGroup, find(owner)?, Some(find(group)?)))
            }
            (Some(owner), None) => Ok((Owners::User, find(owner)?, None)),
            (None, Some(group)) if !self.default_owner => Ok((Owners::Group, find(group)?, None)),
            (None, Some(_)) => Err(Error::bad_value(
                "default_owner needs an owner column that holds users",
            )),
            (None, None) => Err(Error::bad_value(format!(
                "no owner column was named for table {}",
                root.name
            ))
            .hint(format!(
                "Name the column that holds the owner: sharing.protect({}, owner => owner).",
                quote_literal(&root.name)
            ))),
        }
    }
}
