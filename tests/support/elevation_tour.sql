-- Everything that the extension does as its owner with tables of town's, for sessions of others.
\c - app
SELECT test.call('ann', 'SELECT sharing.share_record(''town.plain'', ''1'', ''liz'', ''edit'')');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''town.plain'', ''1'', ''liz'')');
SELECT test.call('ann', format('SELECT sharing.share_record(''town.plain'', %L, ''liz'')', id)) FROM unnest('{1,2,3,6}'::int[]) id;
SELECT test.call('ann', format('SELECT sharing.share_record(''town.parted'', %L, ''liz'')', id)) FROM unnest('{-1,1,2,11,21,13}'::int[]) id;
SELECT test.call('liz', 'SELECT id, owner FROM town.plain ORDER BY id'), test.call('liz', 'SELECT id FROM town.parted ORDER BY id');
SELECT test.call('ann', 'SELECT sharing.transfer(''town.plain'', ''{2}'', ''user:bob'')');
SELECT test.call('adm', 'SELECT * FROM sharing.import_config(''{"version": 1, "shares": [
    {"module": "plain", "record": "1", "from": "ann", "to": "liz", "access": "edit"}, {"module": "plain", "record": "5", "from": "ann", "to": "liz", "access": "read"},
    {"module": "parted", "record": "-1", "from": "ann", "to": "liz", "access": "read"}, {"module": "parted", "record": "1", "from": "ann", "to": "liz", "access": "read"}, {"module": "parted", "record": "2", "from": "ann", "to": "liz", "access": "read"},
    {"module": "parted", "record": "11", "from": "ann", "to": "liz", "access": "read"}, {"module": "parted", "record": "21", "from": "ann", "to": "liz", "access": "read"}]}'', apply => true)');
\c - dba
SELECT count(*) > 0 AS protected FROM sharing.protect('town.other', 'owner');
SET client_min_messages = warning;
SELECT sharing.relate('town.other', 'plain', 'town.plain');
RESET client_min_messages;
SELECT sharing.unrelate('town.other', 'plain', 'town.plain');
SELECT count(*) > 0 AS unprotected FROM sharing.unprotect('town.other');
\c - town
TRUNCATE town.parted_1;
ALTER TABLE town.parted DETACH PARTITION town.parted_2;
DROP TABLE town.parted_3;
CREATE TABLE town.parted_4 PARTITION OF town.parted FOR VALUES FROM (30) TO (40);
\c - app
SELECT test.call('ann', 'DELETE FROM town.plain WHERE id = 4'), test.call('ann', 'SELECT sharing.unshare_record(''town.plain'', ''5'', ''liz'')');
\c - postgres
SELECT m.name, s.record_id, s.access FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
SELECT rolsuper AS the_attack_succeeded FROM pg_roles WHERE rolname = 'town';
