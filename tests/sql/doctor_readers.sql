-- The doctor: what reads protected tables past their policies, or takes rows somewhere else.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
BEGIN; SELECT * FROM test.visit('CREATE VIEW crm.all_leads AS SELECT * FROM crm.leads; CREATE VIEW crm.my_leads WITH (security_invoker) AS SELECT * FROM crm.leads; CREATE VIEW crm.owners_visits AS SELECT * FROM crm.visits_1; ALTER VIEW crm.owners_visits OWNER TO doctor_owner'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE RULE also AS ON INSERT TO crm.plain DO ALSO SELECT * FROM crm.leads'); ROLLBACK;
-- Functions, by what the catalogs know, by text, and through a view; the text of others is not looked at.
BEGIN; SELECT * FROM test.visit('CREATE VIEW crm.my_leads WITH (security_invoker) AS SELECT * FROM crm.leads;
    CREATE FUNCTION crm.by_body() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM crm.leads; END;
    CREATE FUNCTION crm.by_text(one integer) RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS ''BEGIN RETURN (SELECT count(*) FROM crm.calls); END'';
    CREATE FUNCTION crm.by_view() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM crm.my_leads; END;
    CREATE FUNCTION crm.of_owner() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM crm.leads; END;
    ALTER FUNCTION crm.of_owner() OWNER TO doctor_owner;
    CREATE FUNCTION crm.of_caller() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM crm.leads; END'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE VIEW crm.my_leads WITH (security_invoker) AS SELECT * FROM crm.leads; CREATE MATERIALIZED VIEW crm.copied AS SELECT * FROM crm.my_leads'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE PUBLICATION doctor_leads FOR TABLE crm.leads WHERE (id > 1); CREATE PUBLICATION doctor_all FOR ALL TABLES; CREATE PUBLICATION doctor_plain FOR TABLE crm.plain'); ROLLBACK;
-- Foreign servers that lead back here. A wrapper is known by its name.
BEGIN; SELECT * FROM test.visit('CREATE FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN DATA WRAPPER dblink_fdw;
    CREATE SERVER doctor_here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''localhost''); CREATE USER MAPPING FOR doctor_app SERVER doctor_here OPTIONS (user ''postgres'', password ''secret'');
    CREATE SERVER doctor_by_link FOREIGN DATA WRAPPER dblink_fdw OPTIONS (dbname ' || quote_literal(current_database()) || ');
    CREATE SERVER doctor_elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''db.example.com''); CREATE SERVER doctor_other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname ''other'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE FOREIGN DATA WRAPPER postgres_fdw; CREATE SERVER doctor_here FOREIGN DATA WRAPPER postgres_fdw; CREATE ROLE doctor_super SUPERUSER NOBYPASSRLS; CREATE ROLE doctor_dump BYPASSRLS;
    CREATE USER MAPPING FOR doctor_app SERVER doctor_here OPTIONS (user ''doctor_owner''); CREATE SERVER doctor_two FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR doctor_app SERVER doctor_two OPTIONS (user ''doctor_super'');
    CREATE SERVER doctor_three FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR PUBLIC SERVER doctor_three OPTIONS (user ''doctor_dump'')'); ROLLBACK;
-- An address counts before a name, and of several hosts each is tried.
BEGIN; SELECT * FROM test.visit('CREATE FOREIGN DATA WRAPPER postgres_fdw;
    CREATE SERVER doctor_address FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''db.example.com'', hostaddr ''127.0.0.1''); CREATE SERVER doctor_away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''localhost'', hostaddr ''192.0.2.1'');
    CREATE SERVER doctor_several FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''db.example.com,LOCALHOST'', port ''1,' || current_setting('port') || '''); CREATE SERVER doctor_ports FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''localhost'', port ''1'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE PUBLICATION doctor_schema FOR TABLES IN SCHEMA crm; CREATE PUBLICATION doctor_elsewhere FOR TABLES IN SCHEMA test'); ROLLBACK;
