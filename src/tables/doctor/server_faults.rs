//! Faults of the server itself.

use crate::catalog::write::doctor::server::version;
use crate::core::Result;
use crate::core::checkup::{Finding, faulty_server};
use crate::tables::doctor::ward::Ward;

pub fn faulty(_ward: &Ward) -> Result<Vec<Finding>> {
    let (number, named) = version()?;
    Ok(faulty_server(number, &named).into_iter().collect())
}
