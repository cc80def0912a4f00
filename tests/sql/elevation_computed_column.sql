-- Attack: the owner of a protected table hangs code on a generated column, a default and extended statistics.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - town
ALTER TABLE town.places ADD twice integer GENERATED ALWAYS AS (town.attacks(id)) STORED, ADD once integer DEFAULT town.attacks(1);
ALTER TABLE town.visits ADD twice integer GENERATED ALWAYS AS (town.attacks(id)) STORED;
CREATE STATISTICS town.numbers ON (town.attacks(id)), (town.attacks(owner)) FROM town.places;
CREATE STATISTICS town.of_part ON (town.attacks(id)), (town.attacks(owner)) FROM town.near;
ANALYZE town.places, town.near, town.visits;
\i :attack_calls
