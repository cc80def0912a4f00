-- Predicates of indexes, and checks of tables, which PostgreSQL evaluates while it plans a query of the table: the extension's owner runs no such code.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\set tour :tests '/support/elevation_tour.sql'
\i :attack
\c - town
CREATE INDEX ON town.plain (id) WHERE id >= town.trap(1);
CREATE INDEX ON town.parted (id) WHERE id >= town.trap(1);
CREATE INDEX ON town.other (id) WHERE id >= town.trap(1);
ALTER TABLE town.plain ADD CHECK (id >= town.trap(1)) NOT VALID;
ALTER TABLE town.parted ADD CHECK (id >= town.trap(1)) NOT VALID;
ALTER TABLE town.other ADD CHECK (id >= town.trap(1)) NOT VALID;
\i :tour
-- The trap is a real one: it catches a superuser who does this himself.
SELECT count(*) FROM town.plain;
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
