-- Defaults and generated columns: the extension's owner writes no row of an application.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\set tour :tests '/support/elevation_tour.sql'
\i :attack
\c - town
ALTER TABLE town.plain ADD COLUMN made integer GENERATED ALWAYS AS (id + town.trap(1)) STORED, ALTER COLUMN title SET DEFAULT town.trap(1);
ALTER TABLE town.parted ADD COLUMN made integer GENERATED ALWAYS AS (id + town.trap(1)) STORED, ALTER COLUMN title SET DEFAULT town.trap(1);
ALTER TABLE town.other ADD COLUMN made integer GENERATED ALWAYS AS (id + town.trap(1)) STORED, ALTER COLUMN title SET DEFAULT town.trap(1);
\i :tour
-- The trap is a real one: it catches a superuser who does this himself.
INSERT INTO town.plain (id) VALUES (100);
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
