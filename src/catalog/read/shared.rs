//! What sessions share of what they found out (ARCHITECTURE.md): under the name of the database, and of the
//! stamp under which it was found out. Another session uses it where its snapshot sees that stamp.
//!
//! A stamp says one state, in every database that has it: it is a random number, written by the transaction
//! that makes the state. Databases that were copied have the same stamps as long as they have the same
//! state; that they share nothing all the same is a precaution.

use crate::catalog::read::generation::Generation;
use crate::pg::{process, shared_memory};
use pgrx::pg_sys;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is shared.
#[derive(Clone, Copy, Serialize)]
pub enum Subject {
    /// By the stamp of the structure alone.
    Configuration,
    Identity,
    Trust,
    /// Whether a user is out of the ordinary.
    Extraordinary,
    Owners,
    /// When what the configuration says ends.
    Ends,
}

#[derive(Serialize)]
struct SharedName<N> {
    database: u32,
    subject: Subject,
    stamp: u128,
    name: N,
}

/// What is shared under a name, as `find_out` finds it out where nobody has yet. A transaction that changes
/// the configuration finds out for itself. And one that has written anything gives nothing to others: even if
/// it went around the triggers that renew the stamp, they see none of it before it commits.
pub fn or_find_out<N: Serialize, T: Serialize + DeserializeOwned, E>(
    generation: &Generation,
    subject: Subject,
    name: N,
    find_out: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let Some(key) = key(generation, subject, name) else {
        return find_out();
    };
    let shared = shared_memory::find(&key);
    if let Some(known) = shared.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
        return Ok(known);
    }
    let found = find_out()?;
    if !process::has_transaction_id()
        && let Ok(bytes) = postcard::to_allocvec(&found)
    {
        shared_memory::store(&key, &bytes);
    }
    Ok(found)
}

/// None where nothing is shared.
fn key<N: Serialize>(generation: &Generation, subject: Subject, name: N) -> Option<Vec<u8>> {
    if generation.own || !shared_memory::is_there() {
        return None;
    }
    let stamp = match subject {
        Subject::Configuration => generation.structure,
        _ => generation.stamp,
    };
    // SAFETY: reads a variable of this process.
    let database = unsafe { pg_sys::MyDatabaseId }.to_u32();
    let name = SharedName {
        database,
        subject,
        stamp,
        name,
    };
    postcard::to_allocvec(&name).ok()
}
