-- Attack: the owner of a protected table gives the types of its key and owner columns a check, after it was protected.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - town
ALTER DOMAIN town.key ADD CHECK (town.attacks(VALUE) > 0) NOT VALID;
ALTER DOMAIN town.person ADD CHECK (town.attacks(VALUE) > 0) NOT VALID;
\i :attack_calls
