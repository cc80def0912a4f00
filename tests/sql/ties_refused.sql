-- relate() and protect(controlled_by, via) refuse a column that the catalog says holds something else than a key of the parent.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
CREATE TABLE acc (id int PRIMARY KEY, no int UNIQUE, tenant int, later int UNIQUE DEFERRABLE, label text, owner text, UNIQUE (tenant, id), UNIQUE (tenant, no));
CREATE TABLE other (id int PRIMARY KEY, owner text);
CREATE TABLE child (
    id int PRIMARY KEY,
    owner text,
    elsewhere int CONSTRAINT to_other REFERENCES other,
    several int CONSTRAINT several_other REFERENCES other CONSTRAINT several_acc REFERENCES acc,
    by_no int CONSTRAINT by_no REFERENCES acc (no),
    two int CONSTRAINT two_id REFERENCES acc CONSTRAINT two_no REFERENCES acc (no),
    tenant int, pair int, wrong_pair int, bare int, word text,
    CONSTRAINT pair FOREIGN KEY (tenant, pair) REFERENCES acc (tenant, id),
    CONSTRAINT wrong_pair FOREIGN KEY (tenant, wrong_pair) REFERENCES acc (tenant, no)
);
SELECT sharing.protect('acc', 'owner') \g /dev/null
SELECT * FROM sharing.protect('child', controlled_by => 'acc', via => 'elsewhere');
SELECT * FROM sharing.protect('child', controlled_by => 'acc', via => 'wrong_pair');
SELECT * FROM sharing.protect('child', controlled_by => 'acc', via => 'word');
SELECT sharing.protect('child', 'owner') \g /dev/null
SELECT sharing.relate('child', 'elsewhere', 'acc');
SELECT sharing.relate('child', 'wrong_pair', 'acc');
-- The same by a document, with the path.
SELECT * FROM sharing.import_config(jsonb_set(sharing.export_config(), '{relations}', '[{"child": "child", "via": "elsewhere", "parent": "acc"}]'));
SELECT * FROM sharing.import_config(jsonb_set(sharing.export_config(), '{modules}', '[{"name": "acc", "table": "public.acc", "owner": "owner"}, {"name": "child", "table": "public.child", "controlled_by": "acc", "via": "elsewhere"}]'));
-- A column that points into several tables, as another says, has no foreign key that could contradict.
SELECT sharing.relate('child', 'bare', 'acc', when_column => 'word', when_value => 'acc') \g /dev/null
-- Of several foreign keys the one to the parent counts; of two columns of the parent that by which its records are known.
SELECT sharing.relate('child', 'several', 'acc'), sharing.relate('child', 'by_no', 'acc'), sharing.relate('child', 'two', 'acc'), sharing.relate('child', 'pair', 'acc') \g /dev/null
SELECT id, by_foreign_key FROM sharing.relations ORDER BY id;
-- What was declared is exported, and the same document makes the same ties of tables that are protected anew.
SELECT sharing.export_config() AS document \gset
SELECT sharing.unrelate('child', via, 'acc') FROM unnest('{bare,several,by_no,two,pair}'::text[]) via \g /dev/null
SELECT count(*) FROM sharing.unprotect('child') \g /dev/null
SELECT count(*) FROM sharing.unprotect('acc') \g /dev/null
SELECT count(*) > 0 AS imported FROM sharing.import_config(:'document'::jsonb);
SELECT e->>'via' AS via, r.by_foreign_key FROM jsonb_array_elements(sharing.export_config()->'relations') WITH ORDINALITY d (e, n) JOIN (SELECT by_foreign_key, row_number() OVER (ORDER BY id) AS n FROM sharing.relations) r USING (n) ORDER BY 1;
SELECT sharing.export_config() = :'document'::jsonb AS same;
-- A parent without any key that could be pointed at.
CREATE TABLE keyless (id int, owner text);
SELECT sharing.protect('keyless', 'owner') \g /dev/null
SELECT sharing.relate('child', 'id', 'keyless');
-- A key that came later is none by which its records are known, but a foreign key leads to it.
ALTER TABLE keyless ADD PRIMARY KEY (id);
SELECT sharing.relate('child', 'id', 'keyless');
ALTER TABLE child ADD COLUMN keyless int REFERENCES keyless;
SELECT sharing.relate('child', 'keyless', 'keyless') \g /dev/null
SELECT by_foreign_key FROM sharing.relations ORDER BY id DESC LIMIT 1;
