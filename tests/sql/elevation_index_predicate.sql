-- Attack: the owner of a protected table hangs code on the predicates of its indexes.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - town
CREATE INDEX ON town.places (owner) WHERE id > town.attacks(1);
CREATE INDEX ON town.notes (place) WHERE id > town.attacks(1);
CREATE INDEX ON town.visits (place) WHERE id > town.attacks(1);
CREATE UNIQUE INDEX ON town.near (id) WHERE id > town.attacks(1);
\i :attack_calls
