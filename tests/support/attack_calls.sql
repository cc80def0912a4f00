-- Everything that reads or changes the tables of town on behalf of somebody else.
\c - app
SET client_min_messages = error;
SET sharing.user_key = '1';
SELECT sharing.set_global_access('places', 'public_read_only') \g /dev/null
SELECT * FROM sharing.preview_rules();
SET sharing.user_key = '2';
SELECT sharing.share_record('town.places', id::text, '3') FROM generate_series(1, 30) id \g /dev/null
SELECT error_of($$SELECT sharing.share_record('town.places', '31', '3')$$);
SELECT sharing.unshare_record('town.places', '1', '3') \g /dev/null
SET sharing.user_key = '1';
SELECT * FROM sharing.preview_rules();
SELECT sharing.discard_changes() \g /dev/null
TABLE town_is_superuser;
\c - postgres
SET client_min_messages = error;
ALTER ROLE town NOSUPERUSER;
SELECT sharing.export_config() || '{"shares": []}' AS without, sharing.export_config() AS with \gset
SELECT count(*) FROM sharing.import_config(:'without');
SELECT count(*) FROM sharing.import_config(:'with');
TABLE town_is_superuser;
\c - app
SET client_min_messages = error;
SET sharing.user_key = '2';
DELETE FROM town.places WHERE id = 2;
DELETE FROM town.places WHERE id = 4;
UPDATE town.places SET id = 4 WHERE id = 3;
SELECT sharing.transfer('town.places', '{4}', 'user:2');
TABLE town_is_superuser;
-- The owner lets go of parts, and takes some on.
\c - town
SET client_min_messages = error;
TRUNCATE town.near;
DROP TABLE town.far;
ALTER TABLE town.places DETACH PARTITION town.remote;
ALTER TABLE town.places ATTACH PARTITION town.remote FOR VALUES FROM (20) TO (30);
CREATE TABLE town.far PARTITION OF town.places FOR VALUES FROM (10) TO (20);
CREATE TABLE town.heir () INHERITS (town.visits);
TABLE town_is_superuser;
\c - postgres
SET client_min_messages = error;
ALTER ROLE town NOSUPERUSER;
SELECT record_id FROM sharing.shares ORDER BY record_id;
SELECT sharing.unrelate('town.visits', 'place', 'town.places') \g /dev/null
SELECT sharing.relate('town.visits', 'place', 'town.places', 'kind', 'b', true) \g /dev/null
SELECT sharing.unrelate('town.visits', 'place', 'town.places') \g /dev/null
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.notes');
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.places');
SELECT count(*) > 0 AS done FROM sharing.protect('town.places', 'owner', default_owner => true);
SELECT count(*) > 0 AS done FROM sharing.protect('town.notes', controlled_by => 'town.places', via => 'place');
TABLE town_is_superuser;
