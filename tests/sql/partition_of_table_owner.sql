-- The owner of a protected partitioned table, who has no other privilege, adds partitions: created, attached, with a default owner.
CREATE ROLE owner_of_tables;
GRANT CREATE, USAGE ON SCHEMA public TO owner_of_tables;
SET ROLE owner_of_tables;
CREATE TABLE leads (id int, owner_id int) PARTITION BY RANGE (id);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner_id', default_owner => true);
SET ROLE owner_of_tables;
CREATE TABLE leads_1 PARTITION OF leads FOR VALUES FROM (0) TO (10);
CREATE TABLE leads_2 (id int, owner_id int);
ALTER TABLE leads ATTACH PARTITION leads_2 FOR VALUES FROM (10) TO (20);
SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
FROM pg_class c WHERE relname LIKE 'leads%' ORDER BY relname;
