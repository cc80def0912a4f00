//! Search: boxes of PostGIS are asked of an index before the policies, and what PostGIS says of single shapes is
//! not, since that may be an error. SKIPPED where the server has no PostGIS.

mod support;

use postgres::Client;
use support::{Database, fresh_database, skip};

const SCHEMA: &str = "
    CREATE SCHEMA \"Geo metry\";
    CREATE EXTENSION postgis SCHEMA \"Geo metry\";
    SET search_path = public, \"Geo metry\";
    SELECT sharing.trust('geometry_app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob');
    CREATE TABLE twin (id integer PRIMARY KEY, owner integer, shape geometry);
    -- Points, which carry no box; areas, which do; what is empty, of three dimensions, curved, or nothing.
    INSERT INTO twin SELECT n, CASE WHEN n % 50 = 0 THEN 1 ELSE 2 END, CASE n % 8
        WHEN 0 THEN ST_SetSRID(ST_MakePoint(n % 100, n / 100), 4326)
        WHEN 1 THEN ST_MakeEnvelope(n % 100, n / 100, n % 100 + 1, n / 100 + 1, 4326)
        WHEN 2 THEN ST_GeomFromText('SRID=4326;POINT EMPTY')
        WHEN 3 THEN NULL
        WHEN 4 THEN ST_SetSRID(ST_MakePoint(n % 100, n / 100, 5), 4326)
        WHEN 5 THEN ST_GeomFromText('SRID=4326;CIRCULARSTRING(0 0, 1 1, 2 0)')
        WHEN 6 THEN ST_Collect(ST_SetSRID(ST_MakePoint(n % 100, 1), 4326), ST_SetSRID(ST_MakePoint(1, n / 100), 4326))
        ELSE ST_MakeLine(ST_SetSRID(ST_MakePoint(n % 100, 0), 4326), ST_SetSRID(ST_MakePoint(0, n / 100), 4326)) END
    FROM generate_series(1, 4000) n;
    -- Hidden from 1: a shape that cannot be compared with theirs.
    INSERT INTO twin VALUES (0, 2, ST_MakeEnvelope(0, 0, 100, 100, 3857));
    CREATE TABLE places (LIKE twin INCLUDING ALL);
    INSERT INTO places SELECT * FROM twin;
    CREATE INDEX ON places USING gist (shape);
    VACUUM ANALYZE places;
    GRANT SELECT ON places TO geometry_app;
    GRANT USAGE ON SCHEMA \"Geo metry\" TO geometry_app;
    SELECT sharing.protect('places', 'owner'), sharing.enable_search()";

const BOX: &str = "ST_MakeEnvelope(10, 0, 40, 20, 4326)";

fn lines(client: &mut Client, query: &str) -> Vec<String> {
    client
        .query(query, &[])
        .unwrap_or_else(|error| panic!("{query}: {error:?}"))
        .iter()
        .map(|row| row.get(0))
        .collect()
}

fn with_places() -> Option<Database> {
    let database = fresh_database("geometry_search");
    let mut owner = database.connect();
    let postgis = "SELECT name::text FROM pg_available_extensions WHERE name = 'postgis'";
    if lines(&mut owner, postgis).is_empty() {
        skip("PostGIS is not installed");
        return None;
    }
    database.create_role("geometry_app");
    for statement in SCHEMA.split(";\n") {
        owner.batch_execute(statement).expect(statement);
    }
    Some(database)
}

#[test]
fn boxes_are_asked_of_the_index_and_shapes_are_not() {
    let Some(database) = with_places() else {
        return;
    };
    let mut owner = database.connect();
    let mut app = database.connect_as("geometry_app");
    for client in [&mut owner, &mut app] {
        client
            .batch_execute("SET search_path = public, \"Geo metry\"; SET enable_seqscan = off; SET sharing.user_key = '1'")
            .expect("settings");
    }
    owner
        .batch_execute(&format!(
            "SELECT count(*) FROM twin WHERE ST_Intersects(shape, {BOX})"
        ))
        .expect_err("where all are seen, shapes of two reference systems are an error");
    for (condition, by_index) in [
        (format!("shape && {BOX}"), true),
        (format!("{BOX} && shape"), true),
        (
            format!("shape && {BOX} OR shape && ST_SetSRID(ST_MakePoint(90, 1), 4326)"),
            true,
        ),
        // Of a shape that is empty, PostGIS' index says that it contains others, and the operator that it does not.
        (format!("shape ~ {BOX}"), false),
        (format!("shape @ {BOX}"), false),
        // Says of shapes of two reference systems that they are mixed: one more that is hidden must not.
        (format!("ST_Intersects(shape, {BOX})"), false),
        (
            format!("shape && {BOX} AND ST_Intersects(shape, {BOX})"),
            true,
        ),
        (format!("ST_DWithin(shape, {BOX}, 3)"), false),
        // Of three dimensions, and of the globe: not among what was examined.
        (format!("shape &&& {BOX}"), false),
        (format!("shape::geography && {BOX}::geography"), false),
    ] {
        let of_twin = format!(
            "SELECT id::text FROM (SELECT * FROM twin WHERE owner = 1 OFFSET 0) t WHERE {condition} ORDER BY id"
        );
        let protected = format!("SELECT id::text FROM places WHERE {condition} ORDER BY id");
        let expected = lines(&mut owner, &of_twin);
        assert_eq!(lines(&mut app, &protected), expected, "{condition}");
        let plan = lines(&mut app, &format!("EXPLAIN (COSTS OFF) {protected}")).join("\n");
        assert_eq!(plan.contains("places_shape_idx"), by_index, "{plan}");
    }
}
