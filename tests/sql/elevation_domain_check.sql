-- Checks that the owner of a domain adds to it later, where it is the type of keys and owners: the extension's owner converts nothing to a domain.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\set tour :tests '/support/elevation_tour.sql'
\i :attack
\c - town
ALTER DOMAIN town.key ADD CHECK (town.trap(VALUE) = 1) NOT VALID;
ALTER DOMAIN town.person ADD CHECK (town.trap(VALUE) = 1) NOT VALID;
\i :tour
-- The trap is a real one: it catches a superuser who does this himself.
SELECT '1'::town.key;
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
