-- Attack: the owner of a protected table hangs code on its index expressions, which the planner evaluates, and wants it to run as the
-- extension's owner.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - town
CREATE INDEX ON town.places ((id + town.attacks(1)));
CREATE INDEX ON town.notes ((place + town.attacks(1)));
CREATE INDEX ON town.visits ((place + town.attacks(1)));
\i :attack_calls
