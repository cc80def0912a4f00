-- Office security (grant 13): the closed office of a child withholds access by its parent from people of other offices, also where they have
-- that by a share over a link, which by itself no closed office withholds. Shares carry over such a relation only where it says with_shares.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE notes (id integer PRIMARY KEY, owner text, title text, lead integer);
INSERT INTO notes VALUES (1, 'ceo', NULL, 1), (2, 'vp', NULL, 1), (3, NULL, NULL, 1), (4, 'ceo', NULL, 2), (5, 'sup1', NULL, 1);
CREATE INDEX ON notes (lead);
GRANT ALL ON notes TO app;
SELECT sharing.protect('notes', 'owner') \g /dev/null
SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.create_office('Closed', security => true) \g /dev/null
SELECT sharing.set_user_office('rep1', 'East'), sharing.set_user_office('sup1', 'West'), sharing.set_user_office('ceo', 'Closed') \g /dev/null
SELECT FROM sharing.enable_record_sharing('rep1') a, sharing.enable_record_sharing('sup1') b \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT sharing.request_link('West', 'sup1') AS link \gset
SET sharing.user_key = 'sup1';
SELECT sharing.accept_links(ARRAY[:link]) \g /dev/null
SET sharing.user_key = 'rep1';
SELECT sharing.share_record('leads', 1, 'sup1', 'edit') \g /dev/null
\c - postgres
SELECT sharing.relate('notes', 'lead', 'leads', with_shares => false, with_parent => 'edit'), sharing.apply_rules() \g /dev/null
-- Note 1 is of a closed office: not by the parent, though lead 1 is shared.
\c - app
SELECT l.sees AS leads, n.sees AS notes, n.edits FROM test.reach('sup1', 'leads') l, test.reach('sup1', 'notes') n;
SELECT sharing.access_to('notes', n::text) FROM generate_series(1, 5) n;
\c - postgres
SELECT n, e.access, e.reason, e.via FROM generate_series(1, 2) n, sharing.explain('notes', n::text, 'sup1') e;
SELECT user_key, access, reason FROM sharing.who_can('notes', 1);
-- With shares it comes by that, to be read, whatever its office.
SELECT sharing.unrelate('notes', 'lead', 'leads'), sharing.relate('notes', 'lead', 'leads', with_parent => 'edit'), sharing.apply_rules() \g /dev/null
\c - app
SELECT l.sees AS leads, n.sees AS notes, n.edits FROM test.reach('sup1', 'leads') l, test.reach('sup1', 'notes') n;
-- In lists of an index as well.
SET sharing.user_key = 'sup1';
SET enable_seqscan = off;
SELECT id FROM notes WHERE lead = 1 ORDER BY id;
