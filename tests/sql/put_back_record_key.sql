-- A policy for reading that is put back marks the key of records again, also where no other policy for reading is left to tell it.
\set VERBOSITY terse
CREATE TABLE acc (id integer PRIMARY KEY, owner integer);
CREATE POLICY own ON acc USING (true);
SELECT sharing.protect('acc', 'owner') \g /dev/null
CREATE TABLE before AS SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = 'acc';
DROP POLICY sharing_select ON acc;
SELECT policyname, qual FROM (SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = 'acc' EXCEPT TABLE before) d;
ALTER POLICY sharing_select ON acc USING (true);
SELECT policyname, qual FROM (SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = 'acc' EXCEPT TABLE before) d;
SELECT qual LIKE '%record_key(id)%' AS marked FROM pg_policies WHERE tablename = 'acc' AND policyname = 'sharing_select';
