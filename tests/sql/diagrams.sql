-- Looking at the settings: diagram() draws the organization and its rules; what is no format and no module is refused.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'Team'), sharing.add_member('Team', 'role:H7'), sharing.create_office('Paris', security => true), sharing.add_rule('leads', 'role:H5', 'group:Team', 'read_only') \g /dev/null
\pset format unaligned
\pset tuples_only on
SELECT sharing.diagram();
SELECT sharing.diagram('dot', 'leads');
SELECT sharing.diagram(module => 'leads') = sharing.diagram('mermaid', 'leads');
SELECT sharing.diagram('svg');
SELECT sharing.diagram('dot', 'lead');
SELECT sharing.diagram(NULL);
