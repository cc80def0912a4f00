//! The configuration as one document (semantics: Configuration as one document).

use crate::api::administration::look;
use crate::api::raise::{OrRaise, json_text, required};
use crate::session::administration::must_administer;
use crate::tables::export::export;
use crate::tables::import::import;
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB};

/// Importing the document, applied or not, changes nothing: what is only staged is told as that.
#[pg_extern(sql = false)]
fn export_config() -> JsonB {
    JsonB(look("export_config", |_| export()))
}

/// Makes each section of the document that is present the whole truth about its things, or changes
/// nothing. Global access and rules are staged; with `apply`, those of the document become valid, and
/// what else is pending stays so. Returns what changes, with `dry_run` what would.
#[pg_extern(sql = false)]
fn import_config(
    config: Option<AnyElement>,
    apply: Option<bool>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let call = || {
        must_administer("import_config")?;
        let config = required(config, "config")?;
        let (apply, dry_run) = (required(apply, "apply")?, required(dry_run, "dry_run")?);
        import(&json_text(config), apply, dry_run)
    };
    let changes = call().or_raise();
    TableIterator::new(changes.into_iter().map(|change| {
        (
            change.change.to_owned(),
            change.object,
            JsonB(change.detail),
        )
    }))
}
