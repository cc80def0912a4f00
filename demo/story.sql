-- Read by scripts/demo.sh, which shows every line but psql's own commands: comments are the narration.
\set QUIET on
\set ECHO none
\set VERBOSITY default
\set ON_ERROR_STOP on
\pset border 2
\pset footer off
\pset null ''
SET client_min_messages = warning;
\o /dev/null
\i demo/crm.sql
VACUUM ANALYZE;
\o
\set ECHO all

\echo
\echo '1. A company'
\echo
-- A small company sells in the north and in the south. Its CRM keeps leads, accounts, potentials and the
-- rest in ordinary tables, and so it does with its people: branches, positions, users, teams.
\echo
SELECT * FROM users WHERE branch = 'Milan' ORDER BY login;
-- The database administrator says once which of these tables hold whom, and in which columns. From then on
-- they are the organization, and whoever changes them changes it, in the same transaction:
\echo
SELECT count(*) AS offices FROM sharing.sync_offices('branches', 'name', parent => 'above');
SELECT count(*) AS roles FROM sharing.sync_roles('positions', 'name', parent => 'above');
SELECT count(*) AS users FROM sharing.sync_users('users', 'login', 'name', role => 'position', office => 'branch', active => 'active');
SELECT count(*) AS groups FROM sharing.sync_groups('teams', 'code', 'name');
SELECT count(*) AS members FROM sharing.sync_members('team_members', "group" => 'team', "user" => 'login', role_and_subordinates => 'position');
SELECT tree AS roles, (SELECT string_agg(user_key, ', ') FROM sharing.user_overview u WHERE u.role = t.role) AS users
FROM sharing.role_tree t;
-- Besides, xenia, paul and farid are the group Trade Fair, which owns leads together; zoe has no role.
-- What no table says is told by functions: the CRM's own database role speaks for its users, and adam
-- looks after the system.
\echo
SELECT sharing.trust('crm_app');
SELECT sharing.grant_right('adam', 'administrator');

\echo
\echo '2. The tables are protected'
\echo
-- The CRM signs in to the database as crm_app. So far that role sees all leads, whoever uses the CRM:
\echo
\connect crm crm_app
SELECT count(*) FROM leads;
-- The database administrator protects the tables. Nothing of the tables themselves changes: protect()
-- adds policies and triggers, and returns what it did. For accounts:
\echo
\connect crm postgres
\pset tuples_only on
\pset border 0
SELECT sharing.protect('accounts', owner => 'owner');
\pset tuples_only off
\pset border 2
-- And some others; the rest comes in the third act. A lead belongs to a person or to a team, so both columns are named:
\echo
\o /dev/null
SELECT sharing.protect('leads', owner => 'owner', owner_group => 'team');
SELECT sharing.protect('potentials', owner => 'owner');
SELECT sharing.protect('calls', owner => 'owner');
-- For the second act:
SELECT sharing.protect('clients', owner => 'owner');
SELECT sharing.enable_record_sharing('luis');
\o

\echo
\echo '3. One query, four people'
\echo
-- The CRM says for whom it works, and then runs the query that it always ran. First for nina, a rep:
\echo
\connect crm crm_app
SET sharing.user_key = 'nina';
SELECT id, company, city, status, owner, team FROM leads ORDER BY id;
-- For oskar, her manager. What his people own is his business, too:
\echo
SET sharing.user_key = 'oskar';
SELECT id, company, city, status, owner, team FROM leads ORDER BY id;
-- For helena, the director, who is above everybody:
\echo
SET sharing.user_key = 'helena';
SELECT id, company, city, status, owner, team FROM leads ORDER BY id;
-- The contacts of the trade fair are missing there: they belong to a group, and helena is not in it.
-- farid is. He sees them beside his own lead:
\echo
SET sharing.user_key = 'farid';
SELECT id, company, city, status, owner, team FROM leads ORDER BY id;
-- And a CRM that forgets to say for whom it works gets nothing, not everything:
\echo
RESET sharing.user_key;
SELECT count(*) FROM leads;

\echo
\echo '4. A sharing rule'
\echo
-- Support has to know what the north is selling, and marketing may work on the leads of the south.
-- An administrator adds two rules. This time it is adam, through the CRM:
\echo
SET sharing.user_key = 'adam';
\o /dev/null
SELECT sharing.add_rule('leads', 'role_and_subordinates:Manager North', 'group:Customer Care', 'read_only');
SELECT sharing.add_rule('leads', 'role:Rep South', 'role:Marketing', 'read_write');
\o
-- Rules are staged. tomas from support still sees nothing:
\echo
SET sharing.user_key = 'tomas';
SELECT count(*) FROM leads;
-- What is waiting, and what would it do?
\echo
SET sharing.user_key = 'adam';
SELECT module, change, detail->>'owned_by' AS owned_by, detail->>'shared_with' AS shared_with, detail->>'access' AS access
FROM sharing.pending_changes();
SELECT module, user_name, gained, lost FROM sharing.preview_rules();
-- That is as intended. From here on the rules are valid, for every session's next statement:
\echo
SELECT sharing.apply_rules();
SET sharing.user_key = 'tomas';
SELECT id, company, city, status, owner, team FROM leads ORDER BY id;

\echo
\echo '5. Changing records'
\echo
-- tomas may look, not touch. An UPDATE changes the records that its caller may change; here, none:
\echo
UPDATE leads SET status = 'lost' RETURNING id, company, status;
-- The same kind of statement, without any WHERE, for nina. It changes hers and no others:
\echo
SET sharing.user_key = 'nina';
UPDATE leads SET status = 'contacted' RETURNING id, company, status, owner;
-- She cannot slip a lead into somebody else's list. That is refused:
\echo
\set ON_ERROR_STOP off
INSERT INTO leads (company, city, owner) VALUES ('Polder Seeds', 'Groningen', 'carla');
\set ON_ERROR_STOP on
\echo
-- yusuf from marketing may edit the leads of the southern reps, by the second rule:
\echo
SET sharing.user_key = 'yusuf';
UPDATE leads SET status = 'qualified' WHERE company = 'Lario Silk' RETURNING id, company, status, owner;
-- But to edit is not to own. He cannot delete it, and he cannot take it over:
\echo
DELETE FROM leads WHERE company = 'Lario Silk' RETURNING id, company;
\set ON_ERROR_STOP off
UPDATE leads SET owner = 'yusuf' WHERE company = 'Lario Silk';
\set ON_ERROR_STOP on
\echo
-- oskar can give away what his people own, also to the south, where he will not see it any more:
\echo
SET sharing.user_key = 'oskar';
SELECT sharing.transfer('leads', '{2,3}', 'user:diego');
SELECT id, company, owner FROM leads WHERE id IN (1, 2, 3);

\echo
\echo '6. Somebody is promoted'
\echo
-- rita sees her own lead:
\echo
SET sharing.user_key = 'rita';
SELECT id, company, status, owner FROM leads ORDER BY id;
-- Today she becomes a manager: somebody says so in the CRM, which updates its own table, and her next statement
-- knows it. Nothing is recalculated anywhere:
\echo
UPDATE users SET position = 'Manager North' WHERE login = 'rita';
SET sharing.user_key = 'rita';
SELECT id, company, status, owner FROM leads ORDER BY id;

\echo
\echo '7. What it costs'
\echo
-- The table calls has 200000 rows. PostgreSQL knows how few of them are nina's, and uses the index on
-- the owner to find them:
\echo
SET sharing.user_key = 'nina';
\pset tuples_only on
\pset border 0
EXPLAIN (ANALYZE, COSTS, TIMING OFF, BUFFERS OFF) SELECT sum(minutes) FROM calls;
\pset tuples_only off
\pset border 2

\echo
\echo '8. Second act: one client for a specialist in another office'
\echo
-- amy advises clients in New York. For one of them she needs luis, a tax specialist in Los Angeles.
-- An administrator lets her share records. First he asks what that would mean:
\echo
SET sharing.user_key = 'adam';
\pset format wrapped
\pset columns 170
SELECT * FROM sharing.enable_record_sharing('amy', dry_run => true);
\pset format aligned
\o /dev/null
SELECT * FROM sharing.enable_record_sharing('amy');
\o
-- The New York office is closed now. Even iris, who is above amy but sits in Hamburg, sees its clients no more:
\echo
SET sharing.user_key = 'iris';
SELECT * FROM clients ORDER BY id;
-- amy looks whom she can ask, and asks luis by office and name:
\echo
SET sharing.user_key = 'amy';
SELECT * FROM sharing.specialists ORDER BY office, user_name;
SELECT sharing.request_link('Los Angeles', 'Luis Vega');
-- A link that waits carries nothing. luis meets it when he signs in, and accepts:
\echo
SET sharing.user_key = 'luis';
SELECT link_id, from_office, from_user FROM sharing.pending_links();
SELECT sharing.accept_links('{1}');
SELECT * FROM clients ORDER BY id;
-- An active link carries nothing either, until amy shares a client:
\echo
SET sharing.user_key = 'amy';
\o /dev/null
SELECT sharing.share_record('clients', '1', 'luis');
\o
SELECT * FROM sharing.my_receivers();
SET sharing.user_key = 'luis';
SELECT * FROM clients ORDER BY id;
-- That one client and no other. To see is not to change, and luis cannot pass it on:
\echo
UPDATE clients SET city = 'Los Angeles' WHERE id = 1 RETURNING id;
\set ON_ERROR_STOP off
SELECT sharing.share_record('clients', '1', 'amy');
\set ON_ERROR_STOP on
-- The case is closed; amy deletes the link, and with it goes what was shared:
\echo
SET sharing.user_key = 'amy';
\o /dev/null
SELECT sharing.delete_link(1);
\o
SET sharing.user_key = 'luis';
SELECT * FROM clients ORDER BY id;
-- And the audit log tells the story:
\echo
SET sharing.user_key = 'adam';
SELECT identity, function, object, coalesce(after, before) ->> 'status' AS status
FROM sharing.audit_log
WHERE function IN ('enable_record_sharing', 'request_link', 'accept_links', 'share_record', 'delete_link')
  AND identity IS NOT NULL ORDER BY id;

\echo
\echo '9. Third act: what belongs to a record'
\echo
-- Potentials have quotes, quotes have lines, and e-mails hang on leads and accounts. The database
-- administrator protects the rest of the CRM's twelve modules. Contacts follow accounts: the same
-- global access and rules hold for them. Lines of quotes have no owner at all: their quote controls them.
\echo
\connect crm postgres
\o /dev/null
SELECT sharing.protect('contacts', owner => 'owner', follows => 'accounts');
SELECT sharing.protect('quotes', owner => 'owner');
SELECT sharing.protect('quote_lines', controlled_by => 'quotes', via => 'quote_id');
SELECT sharing.protect(name::regclass, owner => 'owner')
FROM unnest('{sales_orders,invoices,purchase_orders,service_requests,campaigns,emails}'::text[]) name;
SELECT sharing.relate('potentials', 'account_id', 'accounts');
SELECT sharing.relate('service_requests', 'account_id', 'accounts');
SELECT sharing.relate('quotes', 'potential_id', 'potentials');
SELECT sharing.relate('sales_orders', 'potential_id', 'potentials');
SELECT sharing.relate('sales_orders', 'quote_id', 'quotes');
SELECT sharing.relate('invoices', 'sales_order_id', 'sales_orders');
SELECT sharing.relate('emails', 'parent_id', 'leads', when_column => 'parent_type', when_value => 'Leads');
SELECT sharing.relate('emails', 'parent_id', 'accounts', when_column => 'parent_type', when_value => 'Accounts');
\o
SELECT r->>'child' AS child, r->>'via' AS via, r->>'parent' AS parent, r->'when'->>'value' AS "when"
FROM jsonb_array_elements(sharing.export_config()->'relations') r;

\echo
\echo '10. A rule that carries over'
\echo
-- greta writes all quotes of the company, so they are hers. tomas from support sees none of them:
\echo
\connect crm crm_app
SET sharing.user_key = 'tomas';
SELECT count(*) FROM quotes;
-- adam lets support follow what the northern reps sell: their potentials, to read, with the quotes, to
-- write, but not the sales orders. What is pending also tells that the rule on leads, of the first act,
-- will now carry over to their e-mails:
\echo
SET sharing.user_key = 'adam';
SELECT sharing.add_rule('potentials', 'role:Rep North', 'group:Customer Care', 'read_only',
    related => '{"quotes": "read_write", "sales_orders": "none"}');
SELECT module, change, coalesce(detail->>'related', detail->>'parent') AS detail FROM sharing.pending_changes();
SELECT sharing.apply_rules();
-- Whoever owns a quote: it is seen with the potential that it belongs to.
\echo
SET sharing.user_key = 'tomas';
SELECT id, subject, owner FROM potentials ORDER BY id;
SELECT id, potential_id, subject, stage, owner FROM quotes ORDER BY id;
SELECT count(*) FROM sales_orders;
-- Opened by its key, it is the same; the quote of oskar's potential, who is no rep, stays hidden:
\echo
SELECT id, subject FROM quotes WHERE id = 2;
SELECT id, subject FROM quotes WHERE id = 3;
-- And changed as the rule says: quotes, but not their potentials, and they are not deleted.
\echo
UPDATE quotes SET stage = 'sent' RETURNING id, subject, stage;
UPDATE potentials SET amount = 0 RETURNING id;
DELETE FROM quotes RETURNING id;
-- Of the e-mails, he sees what hangs on a lead that he sees. One on account 1 is none of his business:
\echo
SELECT id, parent_type, parent_id, subject FROM emails ORDER BY id;

\echo
\echo '11. Lines of a quote'
\echo
-- Who sees a quote sees its lines, who changes it changes them:
\echo
SELECT * FROM quote_lines ORDER BY quote_id, line;
UPDATE quote_lines SET quantity = 12 WHERE product = 'Mast' RETURNING *;
\set ON_ERROR_STOP off
INSERT INTO quote_lines VALUES (4, 2, 'Free controller', 1, 0);
\set ON_ERROR_STOP on

\echo
\echo '12. Contacts follow accounts'
\echo
-- A rule on accounts holds for contacts, too, each by its own owner: xenia from marketing gets to see
-- what the southern reps own, but not the contact that nina has at one of their accounts.
\echo
SET sharing.user_key = 'adam';
\o /dev/null
SELECT sharing.add_rule('accounts', 'role:Rep South', 'role:Marketing', 'read_only');
SELECT sharing.apply_rules();
\o
SET sharing.user_key = 'xenia';
SELECT id, name, owner FROM accounts ORDER BY id;
SELECT id, name, account_id, owner FROM contacts ORDER BY id;

\echo
\echo '13. A profile takes away'
\echo
-- Everything so far gave access. A profile is the outer limit of a role: reps of the north may do what
-- they could, but no longer delete leads, not even their own.
\echo
SET sharing.user_key = 'adam';
\o /dev/null
SELECT sharing.create_profile('Careful');
SELECT sharing.set_permission('Careful', 'leads', "view" => true, "create" => true, "edit" => true, "delete" => false);
SELECT sharing.set_permission('Careful', NULL, "view" => true, "create" => true, "edit" => true, "delete" => true);
SELECT sharing.assign_profile('Rep North', 'Careful');
\o
SET sharing.user_key = 'paul';
UPDATE leads SET status = 'lost' WHERE owner = 'paul' RETURNING id, company, status;
DELETE FROM leads WHERE owner = 'paul' RETURNING id, company;
-- oskar has another role:
\echo
SET sharing.user_key = 'oskar';
DELETE FROM leads WHERE owner = 'paul' RETURNING id, company;

\echo
\echo '14. Fourth act: why does he see that?'
\echo
-- nina wonders: why does support know of her lead 1? She may ask about herself. adam may ask about everybody:
\echo
SET sharing.user_key = 'adam';
SELECT access, reason, via FROM sharing.explain('leads', 1, 'tomas');
-- And who else? Everybody who reaches it, by their strongest reason:
\echo
SELECT user_name, access, reason, via FROM sharing.who_can('leads', 1);
-- What holds for each module, and by which rules:
\echo
SELECT module, global_access, rules, follows, controlled_by FROM sharing.module_overview WHERE rules > 0;
SELECT rule, module, owned_by, shared_with, access, related FROM sharing.rule_overview;
-- To see exactly what tomas sees, adam is tomas until the transaction ends. The audit log tells of it:
\echo
BEGIN;
\o /dev/null
SELECT sharing.act_as('tomas');
\o
SELECT id, company, city, owner FROM leads ORDER BY id;
COMMIT;

\echo
\echo '15. A sentence that must stay true'
\echo
-- wanda's people in marketing must not see lead 1, the company promised that; support must go on seeing it.
-- adam writes both down:
\echo
\o /dev/null
SELECT sharing.expect('xenia', 'leads', 1, 'none');
SELECT sharing.expect('tomas', 'leads', 1, 'read', exactly => false);
\o
SELECT * FROM sharing.check_expectations();
-- Months later somebody wants marketing to read what the north sells. What is staged, and what would it do?
\echo
\o /dev/null
SELECT sharing.add_rule('leads', 'role_and_subordinates:Manager North', 'role_and_subordinates:Head of Marketing', 'read_only');
\o
SELECT rule, status, owned_by, shared_with, staged_access FROM sharing.rule_overview WHERE status <> 'valid';
SELECT module, user_name, gained, lost FROM sharing.preview_rules();
-- Nobody remembers the promise. The database does:
\echo
\set ON_ERROR_STOP off
SELECT sharing.apply_rules();
\set ON_ERROR_STOP on
-- Nothing was applied. adam leaves it at the head of marketing, and nothing stands against that:
\echo
\o /dev/null
SELECT sharing.discard_changes();
SELECT sharing.add_rule('leads', 'role_and_subordinates:Manager North', 'role:Head of Marketing', 'read_only');
\o
SELECT sharing.apply_rules();

\echo
\echo '16. The picture'
\echo
-- All that decides about leads, for whoever draws Mermaid (GitHub does), or as "dot" for Graphviz:
\echo
\pset tuples_only on
\pset format unaligned
SELECT sharing.diagram(module => 'leads');
\pset format aligned
\pset tuples_only off

\echo
\echo '17. The doctor: is there a gap?'
\echo
SELECT severity, check_name, object, fix FROM sharing.doctor() WHERE check_name NOT IN ('preload', 'server_version');
\echo
\echo '18. Now you'
\echo
-- 'make psql' opens a shell in this database, as the database's superuser, who sees everything.
-- Become the application, and then anybody:
--     \connect crm crm_app
--     SET sharing.user_key = 'carla';
--     SELECT * FROM leads;
-- Try helena (director), oskar and carla (managers), nina and diego (reps), samir and tomas (support),
-- wanda and yusuf (marketing), zoe (no role) or adam (administrator). As adam, or again as the superuser
-- (\connect crm postgres), change something, and look again:
--     SELECT sharing.set_global_access('accounts', 'public_read_only');
--     SELECT sharing.apply_rules();
--     UPDATE users SET position = 'Director' WHERE login = 'zoe';
--     SELECT sharing.unassign_profile('Rep North', 'Careful');
-- And ask: SELECT * FROM sharing.user_overview; SELECT * FROM sharing.who_can('accounts', 1);
-- SELECT * FROM sharing.access_matrix('accounts'); SELECT jsonb_pretty(sharing.export_config());
-- '\df+ sharing.*' lists the functions, and docs/reference.md describes them.
