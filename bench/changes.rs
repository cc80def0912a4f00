//! Changes in a large organization: what each takes, and the next statement of those who are at work;
//! and a hundred people who share records at once.

use crate::company_world::Company;
use crate::document::{HEADS, is_closed, office};
use crate::report::{Part, Target, number, table};
use crate::world::progress;
use crate::{Result, Spread, answer, milliseconds};
use postgres::Client;
use postgres::error::SqlState;
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
const PAIRS: usize = 100;
const CARDS_EACH: usize = 20;

/// Two closed offices, so that the right to share changes nothing else.
const SHARING_OFFICE: u32 = 4;
const RECEIVING_OFFICE: u32 = 9;

const COUNT_OF_LEADS: &str = "SELECT count(*) FROM leads WHERE id <= 6000";

pub fn measure(company: &Company) -> Result<Part> {
    let mut part = Part {
        title: "Changes in that company",
        ..Part::default()
    };
    progress("links between users");
    // One more shares in a transaction that stays open.
    let pairs = pairs(company)?;
    progress("changes");
    changes(company, &pairs[0], &mut part)?;
    progress("shares of a hundred sessions");
    shares(company, &pairs, &mut part)?;
    Ok(part)
}

/// Who shares, and with whom.
struct Pair {
    from: u32,
    to: u32,
    cards: Vec<usize>,
}

fn pairs(company: &Company) -> Result<Vec<Pair>> {
    let in_office = |wanted| (HEADS + 1..company.users).filter(move |user| office(*user) == wanted);
    let pairs = in_office(SHARING_OFFICE)
        .zip(in_office(RECEIVING_OFFICE))
        .take(PAIRS + 1)
        .enumerate()
        .map(|(n, (from, to))| Pair {
            from,
            to,
            cards: (n * CARDS_EACH..(n + 1) * CARDS_EACH).collect(),
        });
    let pairs: Vec<Pair> = pairs.collect();
    let mut admin = company.connect("postgres")?;
    admin.batch_execute(
        "CREATE TABLE cards (id bigint PRIMARY KEY, owner_id bigint, name text);
        CREATE INDEX ON cards (owner_id);
        GRANT SELECT ON cards TO bench_app;
        SELECT sharing.protect('cards', 'owner_id', 'Cards')",
    )?;
    for Pair { from, to, cards } in &pairs {
        for card in cards {
            admin.execute(
                "INSERT INTO cards VALUES ($1, $2, 'Card')",
                &[&(*card as i64), &i64::from(*from)],
            )?;
        }
        admin.batch_execute(&format!(
            "SELECT sharing.enable_record_sharing('{to}');
            SELECT sharing.enable_record_sharing('{from}', 'O{RECEIVING_OFFICE}', 'user {to}')"
        ))?;
        // An administrator accepts for nobody: the receiver does.
        company.session(&to.to_string())?.batch_execute(
            "SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links()",
        )?;
    }
    admin.batch_execute("VACUUM ANALYZE cards")?;
    Ok(pairs)
}

/// Something that is done and undone.
struct Change {
    what: &'static str,
    texts: [String; 2],
    /// Whose session: an administrator's, or that of the user with this key.
    by: Option<u32>,
    /// Who is at work meanwhile: what he sees, his key, his statement, and whether it answers otherwise.
    busy: [(&'static str, String, &'static str, bool); 2],
}

fn list_of_changes(company: &Company, pair: &Pair) -> Result<Vec<Change>> {
    let mut admin = company.connect("postgres")?;
    let owners = answer(
        &mut admin,
        "SELECT owner_id FROM leads WHERE id <= 6000 ORDER BY id",
    )?
    .1;
    let mut owners = owners.iter().filter_map(|owner| owner.parse::<u32>().ok());
    let is_rep = |user: &u32| *user > HEADS && !is_closed(office(*user)) && *user < company.users;
    let moved = owners.find(is_rep).ok_or("no lead belongs to a rep")?;
    let rep = &company.person("his own")?.key;
    let at_work = |half_differs| {
        [
            ("half", "2".to_owned(), COUNT_OF_LEADS, half_differs),
            ("his own", rep.clone(), COUNT_OF_LEADS, false),
        ]
    };
    let share = |call: &str| {
        format!(
            "SELECT sharing.{call}('cards', '{}', '{}')",
            pair.cards[0], pair.to
        )
    };
    Ok(vec![
        Change {
            what: "set_user_role()",
            // Below the second half, and below the first.
            texts: ["R100", "R23"].map(|role| format!("SELECT sharing.set_user_role('{moved}', '{role}')")),
            by: None,
            busy: at_work(true),
        },
        Change {
            what: "add_member(), remove_member()",
            texts: ["add", "remove"].map(|verb| format!("SELECT sharing.{verb}_member('G5', 'user:{moved}')")),
            by: None,
            busy: at_work(false),
        },
        Change {
            what: "add_rule() or drop_rule(), apply_rules()",
            texts: [
                "SELECT sharing.add_rule('Leads', 'role_and_subordinates:R4', 'role:R1', 'read_only')",
                "SELECT sharing.drop_rule(max(id)) FROM sharing.rules",
            ]
            .map(|text| format!("{text}; SELECT sharing.apply_rules()")),
            by: None,
            busy: at_work(true),
        },
        Change {
            what: "share_record(), unshare_record()",
            texts: ["share_record", "unshare_record"].map(share),
            by: Some(pair.from),
            busy: [
                ("half", "2".to_owned(), COUNT_OF_LEADS, false),
                ("the receiver", pair.to.to_string(), "SELECT count(*) FROM cards", true),
            ],
        },
    ])
}

fn changes(company: &Company, pair: &Pair, part: &mut Part) -> Result<()> {
    let mut rows = Vec::new();
    for change in list_of_changes(company, pair)? {
        let mut client = match change.by {
            None => company.connect("postgres")?,
            Some(user) => company.session(&user.to_string())?,
        };
        let mut calls = Vec::new();
        let mut at_work = Vec::new();
        for (sees, key, statement, differs) in &change.busy {
            at_work.push((
                *sees,
                company.session(key)?,
                *statement,
                *differs,
                [const { Vec::new() }; 3],
            ));
        }
        let mut answers = Vec::new();
        for round in 0..=ROUNDS * 2 {
            let is_counted = round > 1;
            for (_, client, statement, _, times) in &mut at_work {
                answer(client, statement)?;
                times[0].push(answer(client, statement)?.0);
            }
            let (time, _) = answer(&mut client, &change.texts[round % 2])?;
            if is_counted {
                calls.push(time);
            }
            for (n, (sees, client, statement, differs, times)) in at_work.iter_mut().enumerate() {
                let next = answer(client, statement)?;
                let after = answer(client, statement)?;
                if next.1 != after.1 {
                    return Err(format!("{}: {sees} sees it late", change.what).into());
                }
                if round < 2 {
                    answers.push(next.1);
                    if round == 1 && (answers[n] != answers[n + 2]) != *differs {
                        return Err(format!("{}: {sees} sees {answers:?}", change.what).into());
                    }
                } else {
                    times[1].push(next.0);
                    times[2].push(after.0);
                }
            }
        }
        let call = Spread::of(calls);
        part.targets.push(Target::milliseconds(
            &format!("{}, with commit", change.what),
            10.0,
            call.median,
        ));
        for (sees, _, _, _, times) in at_work {
            let [before, next, after] = times.map(Spread::of);
            rows.push([
                change.what.to_owned(),
                sees.to_owned(),
                number(call.median),
                number(call.longest),
                number(before.median),
                number(next.median),
                number(next.longest),
                number(after.median),
            ]);
        }
    }
    part.text.push_str(&format!(
        "Each done and undone {ROUNDS} times, with its commit. Beside it a statement of two who are at work,\n\
        before it, next after it, and once more; `{COUNT_OF_LEADS}`, of the receiver\n\
        `SELECT count(*) FROM cards`:\n\n{}",
        table(
            2,
            ["change", "at work: sees", "takes", "longest", "before", "next", "longest", "once more"],
            &rows
        )
    ));
    Ok(())
}

/// Shares the cards of a pair, or takes them back.
fn share(client: &mut Client, pair: &Pair, call: &str) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for card in &pair.cards {
        let text = format!("SELECT sharing.{call}('cards', '{card}', '{}')", pair.to);
        times.push(answer(client, &text)?.0);
    }
    Ok(times)
}

/// All pairs from one session, one after the other.
fn share_in_turn(company: &Company, pairs: &[Pair], call: &str) -> Result<(Duration, Spread)> {
    let mut client = company.connect("bench_app")?;
    let mut times = Vec::new();
    let begin = Instant::now();
    for pair in pairs {
        client.batch_execute(&format!("SET sharing.user_key = '{}'", pair.from))?;
        times.extend(share(&mut client, pair, call)?);
    }
    Ok((begin.elapsed(), Spread::of(times)))
}

/// Each pair from a session of its own, all at once.
fn share_at_once(company: &Company, pairs: &[Pair]) -> Result<(Duration, Spread)> {
    let barrier = Barrier::new(pairs.len());
    let one = |pair: &Pair| -> std::result::Result<_, String> {
        let warm = || -> Result<Client> {
            let mut client = company.session(&pair.from.to_string())?;
            share(&mut client, pair, "share_record")?;
            share(&mut client, pair, "unshare_record")?;
            Ok(client)
        };
        let client = warm();
        barrier.wait();
        let begin = Instant::now();
        let times = client.and_then(|mut client| share(&mut client, pair, "share_record"));
        Ok((
            begin,
            Instant::now(),
            times.map_err(|error| error.to_string())?,
        ))
    };
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = pairs
            .iter()
            .map(|pair| scope.spawn(move || one(pair)))
            .collect();
        let results = threads.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread panicked".to_owned()))
        });
        results.collect::<std::result::Result<Vec<_>, String>>()
    })?;
    let begin = results.iter().map(|result| result.0).min();
    let end = results.iter().map(|result| result.1).max();
    let (Some(begin), Some(end)) = (begin, end) else {
        return Err("nobody shared".into());
    };
    let times = results.into_iter().flat_map(|result| result.2);
    Ok((end - begin, Spread::of(times.collect())))
}

/// How long a call takes while another transaction has shared between others, and has not ended. None
/// where it waits for that.
fn share_beside(company: &Company, pair: &Pair, other: &Pair) -> Result<Option<Spread>> {
    let mut open = company.session(&other.from.to_string())?;
    open.batch_execute("BEGIN")?;
    share(&mut open, other, "share_record")?;
    let mut client = company.session(&pair.from.to_string())?;
    client.batch_execute("SET statement_timeout = '5s'")?;
    let calls = ["unshare_record", "share_record"].map(|call| share(&mut client, pair, call));
    open.batch_execute("ROLLBACK")?;
    let [_, times] = calls;
    match times {
        Ok(times) => Ok(Some(Spread::of(times))),
        Err(error) => match error.downcast_ref().and_then(postgres::Error::code) {
            Some(&SqlState::QUERY_CANCELED) => Ok(None),
            _ => Err(error),
        },
    }
}

/// How often sessions were looked at, and how many waited for which lock then, at most.
fn watch(company: &Company, is_over: &AtomicBool) -> Result<(usize, BTreeMap<String, i64>)> {
    let mut client = company.connect("postgres")?;
    let (mut looks, mut most) = (0, BTreeMap::new());
    while !is_over.load(Ordering::Relaxed) {
        let waiting = "SELECT wait_event, count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' GROUP BY 1";
        for row in client.query(waiting, &[])? {
            let seen = most.entry(row.get(0)).or_default();
            *seen = row.get::<_, i64>(1).max(*seen);
        }
        looks += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((looks, most))
}

fn shares(company: &Company, pairs: &[Pair], part: &mut Part) -> Result<()> {
    let (hundred, other) = pairs.split_at(PAIRS.min(pairs.len() - 1));
    share_in_turn(company, hundred, "share_record")?;
    share_in_turn(company, hundred, "unshare_record")?;
    let (one_wall, one) = share_in_turn(company, hundred, "share_record")?;
    share_in_turn(company, hundred, "unshare_record")?;
    let is_over = AtomicBool::new(false);
    let (at_once, waiting) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(company, &is_over).map_err(|error| error.to_string()));
        let at_once = share_at_once(company, hundred);
        is_over.store(true, Ordering::Relaxed);
        let waiting = watch
            .join()
            .unwrap_or_else(|_| Err("a thread panicked".to_owned()));
        (at_once, waiting)
    });
    let ((all_wall, all), waiting) = (at_once?, waiting?);
    let beside = share_beside(company, &hundred[0], &other[0])?;
    let (looks, most) = waiting;
    let waiting = match most.is_empty() {
        true => "none".to_owned(),
        false => most
            .iter()
            .map(|(lock, most)| format!("{most} ({lock})"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let rows = [
        ("one session", Some(one_wall), Some(one)),
        ("100 sessions at once", Some(all_wall), Some(all)),
        (
            "one, beside an open transaction that has shared",
            None,
            beside,
        ),
    ]
    .map(|(what, wall, spread)| {
        [
            what.to_owned(),
            wall.map_or("".to_owned(), |wall| number(milliseconds(wall))),
            spread.map_or("waits".to_owned(), |spread| number(spread.median)),
            spread.map_or("waits".to_owned(), |spread| number(spread.longest)),
        ]
    });
    part.targets.push(Target::milliseconds(
        "2,000 shares from 100 sessions at once, no longer than from one",
        milliseconds(one_wall).round(),
        milliseconds(all_wall),
    ));
    part.targets.push(Target::new(
        "a share beside an open transaction that has shared between others",
        "does not wait for it",
        beside.map_or("waits".to_owned(), |beside| {
            format!("longest {} ms", number(beside.longest))
        }),
        beside.is_some(),
    ));
    let processors = std::thread::available_parallelism()?;
    part.text.push_str(&format!(
        "\n2,000 shares between 100 pairs of users of two offices. Of the hundred sessions on\n\
        {processors} processors, so many waited for a lock at most, when pg_stat_activity was asked {looks} times: {waiting}.\n\n{}",
        table(1, ["", "all together", "one call", "longest"], &rows)
    ));
    Ok(())
}
