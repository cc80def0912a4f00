-- Expressions of extended statistics, which PostgreSQL evaluates while it plans a query of the table: the extension's owner runs no such code.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\set tour :tests '/support/elevation_tour.sql'
\i :attack
\c - town
CREATE STATISTICS town.of_plain ON (id + town.trap(1)), id FROM town.plain;
CREATE STATISTICS town.of_parted ON (id + town.trap(1)), id FROM town.parted;
CREATE STATISTICS town.of_other ON (id + town.trap(1)), id FROM town.other;
ANALYZE town.plain, town.parted, town.other;
\i :tour
-- The trap is a real one: it catches a superuser who does this himself.
SELECT count(*) FROM town.plain;
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
