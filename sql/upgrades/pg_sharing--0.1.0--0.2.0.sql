-- From version 0.1.0 to 0.2.0. What stands in sql/*.sql of 0.2.0 as well stands here word for word.
-- While this runs, the library takes the tables for those of 0.2.0: what it does on its own after DDL waits
-- until they are.
DROP EVENT TRIGGER sharing_follow_tables;
DROP EVENT TRIGGER sharing_follow_drops;

-- Which functions are there, so that what is granted below is granted on new ones alone.
SELECT pg_catalog.set_config('pg_sharing_upgrade.functions',
    (SELECT pg_catalog.string_agg(p.oid::pg_catalog.text, ',') FROM pg_catalog.pg_proc p
     WHERE p.pronamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace), true);

-- What policies, plans and triggers call moves to a schema of its own, with all that depends on it.

CREATE SCHEMA sharing_internal;
COMMENT ON SCHEMA sharing_internal IS 'What policies, plans, triggers and views of pg_sharing call; nothing that people need';

DO $$
DECLARE
    moved pg_catalog.regprocedure;
BEGIN
    FOR moved IN
        SELECT p.oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND p.proname OPERATOR(pg_catalog.=) ANY ('{configuration_changed,default_owner,follow_drops,follow_tables,forget_shares,group_keys,guard_owner,link_changed,may_change_owner,may_change_owner_as_group,may_create,may_create_as_group,may_create_detail,may_create_related,may_delete,may_delete_as_group,may_delete_detail,may_edit,may_edit_as_group,may_edit_detail,may_edit_related,may_edit_shared,may_read,may_read_as_group,may_read_detail,may_read_related,may_read_shared,owner_keys,parent_keys,predicate_support,read_audit_log,record_change,refuse_change,related_keys,shared_keys,shares_changed}')
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s SET SCHEMA sharing_internal', moved);
    END LOOP;
END
$$;

-- Tables

-- No constraint is deferrable any more, and people may have the same name.
ALTER TABLE sharing.users DROP CONSTRAINT users_office_id_name_key;
CREATE INDEX users_office_id_name_idx ON sharing.users (office_id, name);
ALTER TABLE sharing.groups DROP CONSTRAINT groups_key_key, DROP CONSTRAINT groups_name_key;
ALTER TABLE sharing.groups ADD CONSTRAINT groups_key_key UNIQUE (key), ADD CONSTRAINT groups_name_key UNIQUE (name);
ALTER TABLE sharing.modules DROP CONSTRAINT modules_relation_key;
ALTER TABLE sharing.modules ADD CONSTRAINT modules_relation_key UNIQUE (relation);

ALTER TABLE sharing.modules ADD COLUMN by_foreign_key boolean NOT NULL DEFAULT false;
ALTER TABLE sharing.modules ADD COLUMN grants boolean NOT NULL DEFAULT true;
ALTER TABLE sharing.relations ADD COLUMN by_foreign_key boolean NOT NULL DEFAULT false;
ALTER TABLE sharing.rules ADD COLUMN until timestamptz CHECK (pg_catalog.isfinite(until));
ALTER TABLE sharing.rules ADD COLUMN staged_until timestamptz CHECK (pg_catalog.isfinite(staged_until));
ALTER TABLE sharing.links ADD COLUMN until timestamptz CHECK (pg_catalog.isfinite(until));
ALTER TABLE sharing.shares ADD COLUMN until timestamptz CHECK (pg_catalog.isfinite(until));
CREATE INDEX rules_until_idx ON sharing.rules (until) WHERE until IS NOT NULL;
ALTER TABLE sharing.relations ADD COLUMN shares_applied boolean NOT NULL DEFAULT true;
ALTER TABLE sharing.relations ADD COLUMN with_parent text COLLATE "C" NOT NULL DEFAULT 'none' CHECK (with_parent OPERATOR(pg_catalog.=) ANY ('{none,read,edit}'));
ALTER TABLE sharing.relations ADD COLUMN staged_with_parent text COLLATE "C" NOT NULL DEFAULT 'none' CHECK (staged_with_parent OPERATOR(pg_catalog.=) ANY ('{none,read,edit}'));

ALTER TABLE sharing.audit_entries ADD COLUMN acting_as text COLLATE "C";

COMMENT ON COLUMN sharing.audit_entries.acting_as IS 'The key of the user as whom they acted (act_as), or NULL';
COMMENT ON COLUMN sharing.users.name IS 'Name; several people may have the same';
COMMENT ON COLUMN sharing.users.role_id IS 'Their role, or NULL';
COMMENT ON COLUMN sharing.users.office_id IS 'Their office, or NULL';
COMMENT ON COLUMN sharing.users.active IS 'An inactive user is nobody; records that they own stay with the people above them';
COMMENT ON COLUMN sharing.modules.grants IS 'Single records can be given to people with grant_record(); while they cannot, what was given counts for nothing';
COMMENT ON COLUMN sharing.modules.by_foreign_key IS 'A foreign key tells which column of the parent holds the key by which that controls this one: without it nothing does';
COMMENT ON COLUMN sharing.rules.until IS 'From then on what is enforced counts for nothing; NULL: it has no end';
COMMENT ON COLUMN sharing.rules.staged_until IS 'The end that apply_rules() will enforce';
COMMENT ON COLUMN sharing.links.until IS 'From then on it counts for nothing, and what is shared over it; NULL: it has no end';
COMMENT ON COLUMN sharing.shares.until IS 'From then on it counts for nothing; NULL: it has no end';
COMMENT ON COLUMN sharing.relations.by_foreign_key IS 'A foreign key tells which column of the parent holds the key: without it nothing carries';
COMMENT ON COLUMN sharing.relations.shares_applied IS 'Shares of parent records carry over it, where with_shares says so; false before the first apply_rules()';
COMMENT ON COLUMN sharing.relations.with_parent IS 'none, read or edit: who has access to a parent record has as much to its children, at most that: enforced';
COMMENT ON COLUMN sharing.relations.staged_with_parent IS 'The same once apply_rules() has run';

-- By name, since pg_upgrade gives operators and functions other numbers.
CREATE TABLE sharing.search_names (
    kind text COLLATE "C" NOT NULL CHECK (kind OPERATOR(pg_catalog.=) ANY ('{operator,function}')),
    name text COLLATE "C" NOT NULL,
    definition text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, name)
);
COMMENT ON TABLE sharing.search_names IS 'Operators and functions whose conditions may be asked of an index before the policies';
COMMENT ON COLUMN sharing.search_names.kind IS 'operator or function';
COMMENT ON COLUMN sharing.search_names.name IS 'Its name with schemas and types';
COMMENT ON COLUMN sharing.search_names.definition IS 'The function that it calls, as it was when it was named: while that is another one, it counts as not named';

CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON sharing.search_names
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed('structure');
CREATE TRIGGER configuration_truncated AFTER TRUNCATE ON sharing.search_names
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed('structure');
ALTER TABLE sharing.search_names ENABLE ALWAYS TRIGGER configuration_changed, ENABLE ALWAYS TRIGGER configuration_truncated;
CREATE TRIGGER record_insert AFTER INSERT ON sharing.search_names REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.search_names REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.search_names REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.search_names
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT pg_catalog.pg_extension_config_dump('sharing.search_names', '');

ALTER TABLE sharing.rules ADD COLUMN criteria_id integer, ADD COLUMN staged_criteria_id integer;
ALTER TABLE sharing.rules DROP CONSTRAINT rules_check;
ALTER TABLE sharing.rules ADD CONSTRAINT rules_check CHECK (pg_catalog.num_nonnulls(owned_by_role_id, owned_by_group_id) OPERATOR(pg_catalog.=) 1 OR pg_catalog.num_nonnulls(criteria_id, staged_criteria_id) OPERATOR(pg_catalog.=) 2 AND pg_catalog.num_nonnulls(owned_by_role_id, owned_by_group_id) OPERATOR(pg_catalog.=) 0);
COMMENT ON COLUMN sharing.rules.criteria_id IS 'The criteria that records have to meet, or NULL';
COMMENT ON COLUMN sharing.rules.staged_criteria_id IS 'Those that apply_rules() will enforce';

-- Never altered but for a column that was renamed: policies name criteria by their number.
CREATE TABLE sharing.criteria (
    id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    module_id integer NOT NULL,
    conditions text COLLATE "C" NOT NULL
);
COMMENT ON TABLE sharing.criteria IS 'What records must be, for rules with criteria to speak of them';
COMMENT ON COLUMN sharing.criteria.id IS 'Internal number, by which policies and rules name them';
COMMENT ON COLUMN sharing.criteria.module_id IS 'The module to whose columns they speak';
COMMENT ON COLUMN sharing.criteria.conditions IS 'Columns and what these must be, as JSON';

CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON sharing.criteria
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed('structure');
CREATE TRIGGER configuration_truncated AFTER TRUNCATE ON sharing.criteria
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed('structure');
ALTER TABLE sharing.criteria ENABLE ALWAYS TRIGGER configuration_changed, ENABLE ALWAYS TRIGGER configuration_truncated;
CREATE TRIGGER record_insert AFTER INSERT ON sharing.criteria REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.criteria REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.criteria REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.criteria
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT pg_catalog.pg_extension_config_dump('sharing.criteria', '');
SELECT pg_catalog.pg_extension_config_dump('sharing.criteria_id_seq', '');

-- Single records given to people of the same company. Whoever may be asked about is known by kind and number,
-- so that one index leads to all that was given to them.
CREATE TABLE sharing.record_grants (
    to_id integer NOT NULL,
    to_kind text COLLATE "C" NOT NULL CHECK (to_kind OPERATOR(pg_catalog.=) ANY ('{user,role,role_and_subordinates,group}')),
    module_id integer NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    access text COLLATE "C" NOT NULL CHECK (access OPERATOR(pg_catalog.=) ANY ('{read,edit}')),
    until timestamptz CHECK (pg_catalog.isfinite(until)),
    given_by_user_id integer,
    given_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (to_id, to_kind, module_id, record_id)
);
CREATE INDEX record_grants_record_idx ON sharing.record_grants (record_id, module_id);
COMMENT ON TABLE sharing.record_grants IS 'Single records given to people, roles and groups of the same company';
COMMENT ON COLUMN sharing.record_grants.to_id IS 'The user, the role or the group to whom it was given';
COMMENT ON COLUMN sharing.record_grants.to_kind IS 'user, role, role_and_subordinates or group';
COMMENT ON COLUMN sharing.record_grants.module_id IS 'The module of the record';
COMMENT ON COLUMN sharing.record_grants.record_id IS 'The text form of its primary key';
COMMENT ON COLUMN sharing.record_grants.access IS 'read or edit';
COMMENT ON COLUMN sharing.record_grants.until IS 'From then on it counts for nothing; NULL: it has no end';
COMMENT ON COLUMN sharing.record_grants.given_by_user_id IS 'Who gave it, or NULL: an administrator who is no user';
COMMENT ON COLUMN sharing.record_grants.given_at IS 'When it was given last';

-- What is remembered of what was given to somebody goes by all the stamps of theirs, and of roles and groups
-- those of the module say first whether anything changed. Not one stamp each: who changes something takes one
-- that nobody else is about to change, or adds one, so that giving a record waits for nobody.
CREATE TABLE sharing.grant_stamps (
    of_id integer NOT NULL,
    of_kind text COLLATE "C" NOT NULL CHECK (of_kind OPERATOR(pg_catalog.=) ANY ('{user,role,role_and_subordinates,group,module}')),
    stamp uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid()
);
CREATE INDEX grant_stamps_of_idx ON sharing.grant_stamps (of_id, of_kind);
COMMENT ON TABLE sharing.grant_stamps IS 'The version of what was given to each user, role and group, and to roles and groups in each module';
COMMENT ON COLUMN sharing.grant_stamps.of_id IS 'The user, role, group or module';
COMMENT ON COLUMN sharing.grant_stamps.of_kind IS 'user, role, role_and_subordinates, group or module';
COMMENT ON COLUMN sharing.grant_stamps.stamp IS 'Another whenever that changes: one of them, where there are several';

CREATE FUNCTION sharing_internal.grants_changed() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'grants_changed';
COMMENT ON FUNCTION sharing_internal.grants_changed() IS 'Trigger on sharing.record_grants: gives those to whom a record was given new stamps';
CREATE TRIGGER grants_changed AFTER INSERT OR UPDATE OR DELETE ON sharing.record_grants
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.grants_changed();
CREATE TRIGGER grants_truncated AFTER TRUNCATE ON sharing.record_grants
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.grants_changed();
ALTER TABLE sharing.record_grants ENABLE ALWAYS TRIGGER grants_changed, ENABLE ALWAYS TRIGGER grants_truncated;
CREATE TRIGGER record_insert AFTER INSERT ON sharing.record_grants REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.record_grants REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.record_grants REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.record_grants
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
ALTER TABLE sharing.grant_stamps REPLICA IDENTITY FULL;
SELECT pg_catalog.pg_extension_config_dump('sharing.record_grants', 'WHERE EXISTS (SELECT FROM sharing.modules m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation WHERE m.id OPERATOR(pg_catalog.=) module_id)');
COMMENT ON TABLE sharing.shared_modules IS 'Modules of which a record was ever shared or given';

-- Sources of trusted roles, and signed tokens

ALTER TABLE sharing.trusted_roles ADD COLUMN setting text COLLATE "C", ADD COLUMN claim text COLLATE "C",
    ADD CHECK (claim IS NULL OR setting IS NOT NULL);
COMMENT ON COLUMN sharing.trusted_roles.setting IS 'The setting that names the user, or NULL: sharing.user_key';
COMMENT ON COLUMN sharing.trusted_roles.claim IS 'The field of the JSON object in the setting, or NULL: the setting holds the key itself';

-- Whoever reads a secret can sign for anybody. Row security without a policy keeps pg_read_all_data from it,
-- and hinders no restore: who may write here at all is above row security. Nothing of a key goes into
-- statistics, or into a table of its own for what is large.
CREATE TABLE sharing.token_keys (
    kid text COLLATE "C" PRIMARY KEY CHECK (kid OPERATOR(pg_catalog.<>) ''),
    algorithm text COLLATE "C" NOT NULL CHECK (algorithm OPERATOR(pg_catalog.=) ANY ('{HS256,RS256,ES256,EdDSA}')),
    key text COLLATE "C" NOT NULL,
    added_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
ALTER TABLE sharing.token_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE sharing.token_keys ALTER COLUMN key SET STATISTICS 0, ALTER COLUMN key SET STORAGE PLAIN;
COMMENT ON TABLE sharing.token_keys IS 'Keys by which signatures of tokens are verified';
COMMENT ON COLUMN sharing.token_keys.kid IS 'The name by which the header of a token names the key';
COMMENT ON COLUMN sharing.token_keys.algorithm IS 'HS256, RS256, ES256 or EdDSA: that of the key, whatever a token says';
COMMENT ON COLUMN sharing.token_keys.key IS 'The secret, or the public key as JWK';
COMMENT ON COLUMN sharing.token_keys.added_at IS 'When it was added';

CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON sharing.token_keys
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed();
CREATE TRIGGER configuration_truncated AFTER TRUNCATE ON sharing.token_keys
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed();
ALTER TABLE sharing.token_keys ENABLE ALWAYS TRIGGER configuration_changed, ENABLE ALWAYS TRIGGER configuration_truncated;
CREATE TRIGGER record_insert AFTER INSERT ON sharing.token_keys REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.token_keys REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.token_keys REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.token_keys
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT pg_catalog.pg_extension_config_dump('sharing.token_keys', '');

-- No part of what decides, so it gives the generation no stamp.
CREATE TABLE sharing.expectations (
    id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    user_id integer NOT NULL,
    module_id integer NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    access text COLLATE "C" NOT NULL CHECK (access OPERATOR(pg_catalog.=) ANY ('{none,read,edit,full}')),
    exactly boolean NOT NULL,
    UNIQUE (user_id, module_id, record_id)
);
COMMENT ON TABLE sharing.expectations IS 'What users are to have on single records: apply_rules() does not break it';
COMMENT ON COLUMN sharing.expectations.id IS 'The number by which forget_expectation() knows the expectation';
COMMENT ON COLUMN sharing.expectations.user_id IS 'The user';
COMMENT ON COLUMN sharing.expectations.module_id IS 'The module of the record';
COMMENT ON COLUMN sharing.expectations.record_id IS 'The text form of its primary key';
COMMENT ON COLUMN sharing.expectations.access IS 'What the user is to have';
COMMENT ON COLUMN sharing.expectations.exactly IS 'Neither less nor more; otherwise at least that';

CREATE TRIGGER record_insert AFTER INSERT ON sharing.expectations REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.expectations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.expectations REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.expectations
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT pg_catalog.pg_extension_config_dump('sharing.expectations', 'WHERE EXISTS (SELECT FROM sharing.modules m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation WHERE m.id OPERATOR(pg_catalog.=) module_id)');
SELECT pg_catalog.pg_extension_config_dump('sharing.expectations_id_seq', '');

-- The application's own tables as the source of the organization

ALTER TABLE sharing.offices ADD COLUMN source_id integer;
ALTER TABLE sharing.offices ADD COLUMN source_key text COLLATE "C";
ALTER TABLE sharing.roles ADD COLUMN source_id integer;
ALTER TABLE sharing.roles ADD COLUMN source_key text COLLATE "C";
ALTER TABLE sharing.users ADD COLUMN source_id integer;
ALTER TABLE sharing.groups ADD COLUMN source_id integer;
ALTER TABLE sharing.group_users ADD COLUMN source_id integer;
ALTER TABLE sharing.group_members ADD COLUMN source_id integer;
ALTER TABLE sharing.group_users ADD COLUMN until timestamptz CHECK (pg_catalog.isfinite(until));
ALTER TABLE sharing.group_members ADD COLUMN until timestamptz CHECK (pg_catalog.isfinite(until));
CREATE INDEX group_users_until_idx ON sharing.group_users (until) WHERE until IS NOT NULL;
CREATE INDEX group_members_until_idx ON sharing.group_members (until) WHERE until IS NOT NULL;
COMMENT ON COLUMN sharing.offices.source_id IS 'The table of the application that holds it, or NULL';
COMMENT ON COLUMN sharing.offices.source_key IS 'Its key in that table, where that has keys beside names';
COMMENT ON COLUMN sharing.roles.source_id IS 'The table of the application that holds it, or NULL';
COMMENT ON COLUMN sharing.roles.source_key IS 'Its key in that table, where that has keys beside names';
COMMENT ON COLUMN sharing.users.source_id IS 'The table of the application that has a row for them, or NULL';
COMMENT ON COLUMN sharing.groups.source_id IS 'The table of the application that holds it, or NULL';
COMMENT ON COLUMN sharing.group_users.source_id IS 'The table of the application that holds it, or NULL';
COMMENT ON COLUMN sharing.group_members.source_id IS 'The table of the application that holds it, or NULL';
COMMENT ON COLUMN sharing.group_users.until IS 'From then on it counts for nothing; NULL: it has no end';
COMMENT ON COLUMN sharing.group_members.until IS 'From then on it counts for nothing; NULL: it has no end';

-- Columns by their names: their numbers do not survive a restore. A rename is followed.
CREATE TABLE sharing.sources (
    id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    kind text COLLATE "C" NOT NULL
        CHECK (kind OPERATOR(pg_catalog.=) ANY ('{offices,roles,users,user_roles,groups,members}')),
    relation regclass NOT NULL,
    key_column text COLLATE "C",
    name_column text COLLATE "C",
    role_column text COLLATE "C",
    office_column text COLLATE "C",
    active_column text COLLATE "C",
    manager_column text COLLATE "C",
    parent_column text COLLATE "C",
    group_column text COLLATE "C",
    user_column text COLLATE "C",
    subordinates_column text COLLATE "C",
    subgroup_column text COLLATE "C",
    UNIQUE (relation, kind)
);
COMMENT ON TABLE sharing.sources IS 'Tables of the application from which the organization comes';
COMMENT ON COLUMN sharing.sources.id IS 'Internal number';
COMMENT ON COLUMN sharing.sources.kind IS 'What its rows are: offices, roles, users, user_roles, groups or members';
COMMENT ON COLUMN sharing.sources.relation IS 'The table, or a view';
COMMENT ON COLUMN sharing.sources.key_column IS 'The column that holds the key';
COMMENT ON COLUMN sharing.sources.name_column IS 'The column that holds the name';
COMMENT ON COLUMN sharing.sources.role_column IS 'The column that holds a role: that of a user, or one that is a member';
COMMENT ON COLUMN sharing.sources.office_column IS 'The column that holds the office';
COMMENT ON COLUMN sharing.sources.active_column IS 'The column that says who is active: boolean, or NULL for active people';
COMMENT ON COLUMN sharing.sources.manager_column IS 'The column that holds the key of a user''s manager';
COMMENT ON COLUMN sharing.sources.parent_column IS 'The column that holds the role or office above';
COMMENT ON COLUMN sharing.sources.group_column IS 'The column that holds the group';
COMMENT ON COLUMN sharing.sources.user_column IS 'The column that holds a user: one who has a role, or who is a member';
COMMENT ON COLUMN sharing.sources.subordinates_column IS 'The column that holds a role that is a member with the roles below it';
COMMENT ON COLUMN sharing.sources.subgroup_column IS 'The column that holds a group that is a member';

-- Within one transaction dependent rows may come in any order. What cannot be honoured yet stands here
-- until it can; what still stands here at commit fails the transaction, so that nobody else sees a row.
CREATE TABLE sharing.source_gaps (
    source_id integer NOT NULL,
    unit text COLLATE "C" NOT NULL,
    PRIMARY KEY (source_id, unit)
);
COMMENT ON TABLE sharing.source_gaps IS 'Rows of sources that name what is not there yet, until the transaction that wrote them ends';
COMMENT ON COLUMN sharing.source_gaps.source_id IS 'The source';
COMMENT ON COLUMN sharing.source_gaps.unit IS 'By what the source knows the row';

CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON sharing.sources
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed();
CREATE TRIGGER configuration_truncated AFTER TRUNCATE ON sharing.sources
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed();
ALTER TABLE sharing.sources ENABLE ALWAYS TRIGGER configuration_changed, ENABLE ALWAYS TRIGGER configuration_truncated;
CREATE TRIGGER record_insert AFTER INSERT ON sharing.sources REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_update AFTER UPDATE ON sharing.sources REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_delete AFTER DELETE ON sharing.sources REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
CREATE TRIGGER record_truncate BEFORE TRUNCATE ON sharing.sources
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT pg_catalog.pg_extension_config_dump('sharing.sources', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) relation)');
SELECT pg_catalog.pg_extension_config_dump('sharing.sources_id_seq', '');

CREATE FUNCTION sharing_internal.fill_gaps() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'fill_gaps';
COMMENT ON FUNCTION sharing_internal.fill_gaps() IS 'Trigger on sharing.source_gaps: at the end of the transaction, what rows of sources name must be there';
CREATE CONSTRAINT TRIGGER fill_gaps AFTER INSERT ON sharing.source_gaps
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sharing_internal.fill_gaps();
ALTER TABLE sharing.source_gaps ENABLE ALWAYS TRIGGER fill_gaps;

-- Logical replication brings the generation of the database that the configuration comes from. Each
-- database keeps its own row and its own stamps. ENABLE REPLICA: these fire for what is replicated, and
-- beside that only for stamps that such a transaction gives.
CREATE FUNCTION sharing_internal.keep_generation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        RETURN CASE WHEN EXISTS (SELECT FROM sharing.generation) THEN NULL ELSE NEW END;
    END IF;
    NEW.stamp := pg_catalog.gen_random_uuid();
    IF NEW.structure OPERATOR(pg_catalog.<>) OLD.structure THEN
        NEW.structure := NEW.stamp;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION sharing_internal.keep_generation() IS 'Trigger on sharing.generation: replication leaves a database its own row, with stamps of its own';
CREATE TRIGGER keep_generation BEFORE INSERT OR UPDATE ON sharing.generation
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.keep_generation();
ALTER TABLE sharing.generation ENABLE REPLICA TRIGGER keep_generation;

-- When the database from which the configuration comes was last heard of. Heartbeats are a chain: each names the one
-- before, so that a copy notices when what came between two of them was lost. Not part of a dump: what was true when
-- that was made says nothing.
CREATE TABLE sharing.last_heartbeat (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stamp uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    previous uuid,
    beat_at timestamptz
);
COMMENT ON TABLE sharing.last_heartbeat IS 'When the publisher of the configuration was last heard of: one row, or none before the first heartbeat()';
COMMENT ON COLUMN sharing.last_heartbeat.only_row IS 'Always true: there is one row';
COMMENT ON COLUMN sharing.last_heartbeat.stamp IS 'Another with each heartbeat';
COMMENT ON COLUMN sharing.last_heartbeat.previous IS 'The stamp of the heartbeat before';
COMMENT ON COLUMN sharing.last_heartbeat.beat_at IS 'When its transaction began, by the clock of the publisher: whatever was committed by then is here. NULL: a copy is not complete yet; -infinity: something was lost on the way';

-- A heartbeat proves that what was committed before it has come, since a subscription carries out commits in their
-- order: but only where every table of the configuration comes by that one subscription and is past its initial copy,
-- and where no heartbeat was lost, as where replication was begun anew at a later point. Until then the time of the
-- last one that proved something stays. ENABLE REPLICA: for what is replicated.
CREATE FUNCTION sharing_internal.take_heartbeat() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_complete pg_catalog.bool;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_subscription_rel r WHERE r.srrelid OPERATOR(pg_catalog.=) TG_RELID) THEN
        RETURN NEW;
    END IF;
    is_complete := (
        SELECT pg_catalog.bool_and(r.srrelid IS NOT NULL AND r.srsubstate OPERATOR(pg_catalog.=) 'r')
               AND pg_catalog.count(DISTINCT r.srsubid) OPERATOR(pg_catalog.=) 1
        FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_subscription_rel r ON r.srrelid OPERATOR(pg_catalog.=) c.oid
        WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r'
          AND c.relname OPERATOR(pg_catalog.<>) ALL ('{generation,grant_stamps,audit_entries,source_gaps}'));
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        IF EXISTS (SELECT FROM sharing.last_heartbeat) THEN
            UPDATE sharing.last_heartbeat SET beat_at = '-infinity';
            RETURN NULL;
        END IF;
        NEW.beat_at := CASE WHEN is_complete THEN NEW.beat_at END;
    ELSIF (OLD.beat_at OPERATOR(pg_catalog.=) '-infinity') IS TRUE OR (NEW.previous OPERATOR(pg_catalog.=) OLD.stamp) IS NOT TRUE THEN
        NEW.beat_at := '-infinity';
    ELSIF is_complete IS NOT TRUE THEN
        NEW.beat_at := OLD.beat_at;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION sharing_internal.take_heartbeat() IS 'Trigger on sharing.last_heartbeat: what replication brings counts where all of the configuration came with it';
CREATE TRIGGER take_heartbeat BEFORE INSERT OR UPDATE ON sharing.last_heartbeat
    FOR EACH ROW EXECUTE FUNCTION sharing_internal.take_heartbeat();
ALTER TABLE sharing.last_heartbeat ENABLE REPLICA TRIGGER take_heartbeat;

-- A table in a publication needs something by which a row is known: without a primary key, all of it.
DO $$
DECLARE
    without_key pg_catalog.name;
BEGIN
    FOR without_key IN
        SELECT c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary)
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE sharing.%I REPLICA IDENTITY FULL', without_key);
    END LOOP;
END
$$;

-- Functions that people call

DROP FUNCTION sharing.set_user_office(text, text);
DROP FUNCTION sharing.trust(regrole);
DROP FUNCTION sharing.drop_user(text);
DROP FUNCTION sharing.drop_group(text);
DROP FUNCTION sharing.protect(regclass, name, text, name, regclass, name, text, boolean, boolean, boolean);
DROP FUNCTION sharing.relate(regclass, name, regclass, name, text, boolean);
DROP FUNCTION sharing.add_member(text, text);
DROP FUNCTION sharing.add_rule(text, text, text, text, jsonb, boolean);
DROP FUNCTION sharing.alter_rule(bigint, text, jsonb);
DROP FUNCTION sharing.request_link(text, text);
DROP FUNCTION sharing.share_record(regclass, text, text, sharing.access_level);
DROP FUNCTION sharing.shared_records(bigint);
DROP FUNCTION sharing.set_global_access(text, sharing.global_access);
DROP FUNCTION sharing.preview_rules();
DROP FUNCTION sharing.delete_link(bigint);
DROP FUNCTION sharing.apply_rules();

CREATE FUNCTION sharing.whoami()
    RETURNS TABLE ("session_user" text, "current_user" text, source text, trusted boolean, user_key text, found boolean, active boolean, user_name text, role text, office text, rights text[], note text) STABLE PARALLEL RESTRICTED
    LANGUAGE c AS 'MODULE_PATHNAME', 'whoami_wrapper';
COMMENT ON FUNCTION sharing.whoami() IS
    'As whom the caller is known, by which source, and if that is nobody, why';

CREATE FUNCTION sharing.trust(role regrole, setting text DEFAULT NULL, claim text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'trust_wrapper';
COMMENT ON FUNCTION sharing.trust(regrole, text, text) IS
    'Lets sessions of a database role name the user for whom they act: by sharing.user_key, by another setting, or by a field of the JSON object in that';

CREATE FUNCTION sharing.authenticate(token text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'authenticate_wrapper';
COMMENT ON FUNCTION sharing.authenticate(text) IS
    'Lets the session be known as the user of a signed token: for the transaction, or for the session if the token says so';

CREATE FUNCTION sharing.add_key(kid text, algorithm text, key text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'add_key_wrapper';
COMMENT ON FUNCTION sharing.add_key(text, text, text) IS
    'Adds a key by which tokens are verified: for HS256 the secret, for RS256, ES256 and EdDSA the public key as PEM or JWK';

CREATE FUNCTION sharing.drop_key(kid text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_key_wrapper';
COMMENT ON FUNCTION sharing.drop_key(text) IS
    'Drops a key: what it verified counts no more';

CREATE FUNCTION sharing.import_jwks(jwks jsonb)
    RETURNS TABLE (change text, kid text, algorithm text) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'import_jwks_wrapper';
COMMENT ON FUNCTION sharing.import_jwks(jsonb) IS
    'Makes the public keys equal to a set as an identity provider publishes it, and tells what changed; secrets stay';

CREATE FUNCTION sharing_internal.list_token_keys()
    RETURNS TABLE (kid text, algorithm text, added_at timestamptz) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_token_keys_wrapper';
COMMENT ON FUNCTION sharing_internal.list_token_keys() IS
    'The rows of sharing.key_overview, for administrators of the database';

CREATE VIEW sharing.key_overview AS
    SELECT l.kid, l.algorithm, l.added_at FROM sharing_internal.list_token_keys() l;
COMMENT ON VIEW sharing.key_overview IS 'The keys by which tokens are verified, without what they are, for administrators of the database';
COMMENT ON COLUMN sharing.key_overview.kid IS 'The name by which the header of a token names the key';
COMMENT ON COLUMN sharing.key_overview.algorithm IS 'HS256, RS256, ES256 or EdDSA';
COMMENT ON COLUMN sharing.key_overview.added_at IS 'When it was added';

CREATE FUNCTION sharing_internal.list_trusted_roles()
    RETURNS TABLE (db_role text, setting text, claim text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_trusted_roles_wrapper';
COMMENT ON FUNCTION sharing_internal.list_trusted_roles() IS
    'The rows of sharing.trust_overview, for administrators';

CREATE VIEW sharing.trust_overview AS
    SELECT l.db_role, l.setting, l.claim FROM sharing_internal.list_trusted_roles() l;
COMMENT ON VIEW sharing.trust_overview IS 'Trusted roles, and what names the user for whom their sessions act, for administrators';
COMMENT ON COLUMN sharing.trust_overview.db_role IS 'The session_user';
COMMENT ON COLUMN sharing.trust_overview.setting IS 'The setting that names the user';
COMMENT ON COLUMN sharing.trust_overview.claim IS 'The field of the JSON object in it, or NULL: it holds the key itself';

CREATE FUNCTION sharing.set_user_office(key text, office text)
    RETURNS text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_user_office_wrapper';
COMMENT ON FUNCTION sharing.set_user_office(text, text) IS
    'Moves a user to an office, or out of it (NULL); that of a user who shares records is closed: returns what is said of that, or NULL';

CREATE FUNCTION sharing.drop_user(key text, reassign_to text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_user_wrapper';
COMMENT ON FUNCTION sharing.drop_user(text, text) IS
    'Drops a user whom nothing names; their records go to user:KEY or group:NAME, if one is named, and otherwise have no known owner any more';

CREATE FUNCTION sharing.drop_group(name text, reassign_to text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_group_wrapper';
COMMENT ON FUNCTION sharing.drop_group(text, text) IS
    'Drops a group that nothing names, with its memberships';

CREATE FUNCTION sharing.protect(relation regclass, owner name DEFAULT NULL, module text DEFAULT NULL, owner_group name DEFAULT NULL, controlled_by regclass DEFAULT NULL, via name DEFAULT NULL, follows text DEFAULT NULL, hierarchy boolean DEFAULT true, default_owner boolean DEFAULT false, grants boolean DEFAULT true, global_access sharing.global_access DEFAULT 'private', dry_run boolean DEFAULT false)
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'protect_wrapper';
COMMENT ON FUNCTION sharing.protect(regclass, name, text, name, regclass, name, text, boolean, boolean, boolean, sharing.global_access, boolean) IS
    'Protects a table and all its partitions; returns the statements that it runs, or with dry_run would run';

CREATE FUNCTION sharing.relate(child regclass, via name, parent regclass,
        when_column name DEFAULT NULL, when_value text DEFAULT NULL, with_shares boolean DEFAULT true,
        with_parent sharing.access_level DEFAULT 'none')
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'relate_wrapper';
COMMENT ON FUNCTION sharing.relate(regclass, name, regclass, name, text, boolean, sharing.access_level) IS
    'Declares that a column of a table holds keys of another, so that rules and shares of the parent carry to its children, and with_parent (read or edit) any access to it';

CREATE FUNCTION sharing.add_member("group" text, member text, until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'add_member_wrapper';
COMMENT ON FUNCTION sharing.add_member(text, text, timestamptz) IS
    'Adds user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME to a group, until then, if that is said; gives a member that end';

CREATE FUNCTION sharing.add_rule(module text, owned_by text, shared_with text, access text, related jsonb DEFAULT NULL, superiors boolean DEFAULT false, criteria jsonb DEFAULT NULL, until timestamptz DEFAULT NULL)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'add_rule_wrapper';
COMMENT ON FUNCTION sharing.add_rule(text, text, text, text, jsonb, boolean, jsonb, timestamptz) IS
    'Stages a rule: records owned by a role or group, of these or of all those that meet criteria, are shared with a role or group, read_only or read_write, with levels for child modules, until then, if that is said; returns its number';

CREATE FUNCTION sharing.alter_rule(id bigint, access text DEFAULT NULL, related jsonb DEFAULT NULL, criteria jsonb DEFAULT NULL, until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'alter_rule_wrapper';
COMMENT ON FUNCTION sharing.alter_rule(bigint, text, jsonb, jsonb, timestamptz) IS
    'Stages another access for a rule, other levels for child modules, other criteria, or another end (infinity for none)';

CREATE FUNCTION sharing.request_link(office text, user_name text, until timestamptz DEFAULT NULL)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'request_link_wrapper';
COMMENT ON FUNCTION sharing.request_link(text, text, timestamptz) IS
    'Asks a user of another office for a link from the caller, until then, if that is said; returns its number';

CREATE FUNCTION sharing.share_record(relation regclass, record_id text, with_user text, access sharing.access_level DEFAULT 'read', until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'share_record_wrapper';
COMMENT ON FUNCTION sharing.share_record(regclass, text, text, sharing.access_level, timestamptz) IS
    'Shares a record of the caller with the user of this key, over an active link; read or edit; until then, if that is said';

CREATE FUNCTION sharing.shared_records(link_id bigint)
    RETURNS TABLE (module text, record_id text, access sharing.access_level, shared_at timestamptz, until timestamptz, status text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'shared_records_wrapper';
COMMENT ON FUNCTION sharing.shared_records(bigint) IS
    'The records shared over a link of the caller; with access none those that it does not open, since another user owns them now, the profiles of the receiver take the module away, or they have ended';

CREATE FUNCTION sharing.rewrite_policies(relation regclass DEFAULT NULL)
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rewrite_policies_wrapper';
COMMENT ON FUNCTION sharing.rewrite_policies(regclass) IS
    'Writes the policies and triggers of all modules anew, or of the one to which a table belongs, in the form of this version; returns the statements';

CREATE FUNCTION sharing.transfer_all(owner text, new_owner text)
    RETURNS TABLE (module text, records bigint) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'transfer_all_wrapper';
COMMENT ON FUNCTION sharing.transfer_all(text, text) IS
    'Gives all records of user:KEY or group:NAME to another, in all modules, all or none; returns the modules that had some, and how many';

CREATE FUNCTION sharing.set_global_access(module text, access text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_global_access_wrapper';
COMMENT ON FUNCTION sharing.set_global_access(text, text) IS
    'Stages what everybody may do with the records of a module: a word of the type global_access, or the words that people are shown';

CREATE FUNCTION sharing.preview_rules()
    RETURNS TABLE (module text, user_key text, user_name text, gained bigint, lost bigint, edit_gained bigint, edit_lost bigint, delete_gained bigint, delete_lost bigint) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'preview_rules_wrapper';
COMMENT ON FUNCTION sharing.preview_rules() IS
    'Counts the records that each affected user would gain or lose by apply_rules(): to see, to edit, to delete; the last row is the total';

CREATE FUNCTION sharing.delete_link(link_id bigint, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail text) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'delete_link_wrapper';
COMMENT ON FUNCTION sharing.delete_link(bigint, boolean) IS
    'Deletes a link of the caller with all its shares; returns what goes, with dry_run what would';

CREATE FUNCTION sharing.rename_office(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_office_wrapper';
COMMENT ON FUNCTION sharing.rename_office(text, text) IS
    'Renames an office';

CREATE FUNCTION sharing.rename_user(key text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_user_wrapper';
COMMENT ON FUNCTION sharing.rename_user(text, text) IS
    'Renames a user; the key stays';

CREATE FUNCTION sharing.rename_group(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_group_wrapper';
COMMENT ON FUNCTION sharing.rename_group(text, text) IS
    'Renames a group; the key stays';

CREATE FUNCTION sharing.alter_profile(name text, view_all boolean DEFAULT NULL, edit_all boolean DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'alter_profile_wrapper';
COMMENT ON FUNCTION sharing.alter_profile(text, boolean, boolean) IS
    'Changes what a profile says of every module; what is NULL stays as it was';

CREATE FUNCTION sharing.rename_profile(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_profile_wrapper';
COMMENT ON FUNCTION sharing.rename_profile(text, text) IS
    'Renames a profile';

CREATE FUNCTION sharing.rename_module(module text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_module_wrapper';
COMMENT ON FUNCTION sharing.rename_module(text, text) IS
    'Renames a module; its rules and what profiles permit in it stay';

CREATE FUNCTION sharing.apply_rules(check_expectations boolean DEFAULT true)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'apply_rules_wrapper';
COMMENT ON FUNCTION sharing.apply_rules(boolean) IS
    'Makes everything staged valid, unless an expectation would break by it; returns the number of changes';

-- Looking at the settings

CREATE FUNCTION sharing.access_matrix(module text)
    RETURNS TABLE (viewer text, owner text, access sharing.access_level, reasons text[], by_criteria sharing.access_level) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'access_matrix_wrapper';
COMMENT ON FUNCTION sharing.access_matrix(text) IS
    'What somebody with a role, or in a group, and nothing else may do with a record of somebody with a role, or of a group, and where it meets the criteria of all rules, if that is more; only rows above none';

CREATE FUNCTION sharing.diagram(format text DEFAULT 'mermaid', module text DEFAULT NULL)
    RETURNS text STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'diagram_wrapper';
COMMENT ON FUNCTION sharing.diagram(text, text) IS
    'A picture of the organization and its rules for Mermaid or Graphviz (dot): of all, or of a module and what concerns it';

-- Everybody may select from these views: the functions ask who calls, since users without any database
-- privilege may be administrators.

CREATE FUNCTION sharing_internal.list_modules()
    RETURNS TABLE (module text, relation text, owner text, owner_group text, controlled_by text, via text, follows text, hierarchy boolean, default_owner boolean, grants boolean, global_access text, staged_global_access text, rules bigint, staged_rules bigint, broken text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_modules_wrapper';
COMMENT ON FUNCTION sharing_internal.list_modules() IS
    'The rows of sharing.module_overview, for administrators';

CREATE VIEW sharing.module_overview AS
    SELECT l.module, l.relation, l.owner, l.owner_group, l.controlled_by, l.via, l.follows, l.hierarchy, l.default_owner, l.grants, l.global_access, l.staged_global_access, l.rules, l.staged_rules, l.broken FROM sharing_internal.list_modules() l;
COMMENT ON VIEW sharing.module_overview IS 'Modules with what holds for them, and what is staged, for administrators';
COMMENT ON COLUMN sharing.module_overview.module IS 'The name of the module';
COMMENT ON COLUMN sharing.module_overview.relation IS 'Its table';
COMMENT ON COLUMN sharing.module_overview.owner IS 'The column with the user who owns a record, or NULL';
COMMENT ON COLUMN sharing.module_overview.owner_group IS 'The column with the group that owns a record, or NULL';
COMMENT ON COLUMN sharing.module_overview.controlled_by IS 'The module whose records decide about its records, or NULL';
COMMENT ON COLUMN sharing.module_overview.via IS 'The column with the key of the record that decides, or NULL';
COMMENT ON COLUMN sharing.module_overview.follows IS 'The module whose global access and rules hold for it, or NULL';
COMMENT ON COLUMN sharing.module_overview.hierarchy IS 'Superiors reach what their subordinates own; NULL where another module controls it';
COMMENT ON COLUMN sharing.module_overview.default_owner IS 'A record without an owner becomes that of whoever makes it; NULL where another module controls it';
COMMENT ON COLUMN sharing.module_overview.grants IS 'Single records can be given to people; NULL where another module controls it';
COMMENT ON COLUMN sharing.module_overview.global_access IS 'What everybody may do, in the words for people: of the module that it follows, if it does; NULL where another controls it';
COMMENT ON COLUMN sharing.module_overview.staged_global_access IS 'What everybody may do once that is applied, where it is something else';
COMMENT ON COLUMN sharing.module_overview.rules IS 'How many rules are valid: of the module that it follows, if it does; NULL where another controls it';
COMMENT ON COLUMN sharing.module_overview.staged_rules IS 'How many rules are added, changed or dropped once that is applied';
COMMENT ON COLUMN sharing.module_overview.broken IS 'Why its policies do not say what it goes by, or NULL';

CREATE FUNCTION sharing_internal.list_rules()
    RETURNS TABLE (rule bigint, module text, status text, owned_by text, shared_with text, superiors boolean, access text, related jsonb, staged_access text, staged_related jsonb, until timestamptz, staged_until timestamptz, criteria jsonb, staged_criteria jsonb) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_rules_wrapper';
COMMENT ON FUNCTION sharing_internal.list_rules() IS
    'The rows of sharing.rule_overview, for administrators';

CREATE VIEW sharing.rule_overview AS
    SELECT l.rule, l.module, l.status, l.owned_by, l.shared_with, l.superiors, l.access, l.related, l.staged_access, l.staged_related, l.until, l.staged_until, l.criteria, l.staged_criteria FROM sharing_internal.list_rules() l;
COMMENT ON VIEW sharing.rule_overview IS 'Rules with what they give, and what is staged, for administrators';
COMMENT ON COLUMN sharing.rule_overview.rule IS 'The number by which alter_rule() and drop_rule() know the rule';
COMMENT ON COLUMN sharing.rule_overview.module IS 'The module whose records are shared';
COMMENT ON COLUMN sharing.rule_overview.status IS 'valid, added (valid once it is applied), changed (something else once that is applied) or dropped (valid until that is applied), or ended';
COMMENT ON COLUMN sharing.rule_overview.owned_by IS 'Whose records; NULL: anybody''s';
COMMENT ON COLUMN sharing.rule_overview.shared_with IS 'With whom';
COMMENT ON COLUMN sharing.rule_overview.superiors IS 'Also with everyone above a role with which they are shared';
COMMENT ON COLUMN sharing.rule_overview.access IS 'What is valid: Read Only or Read/Write; NULL where nothing is yet';
COMMENT ON COLUMN sharing.rule_overview.related IS 'What is valid for records of each child module: None, Read Only or Read/Write; NULL where there is none';
COMMENT ON COLUMN sharing.rule_overview.staged_access IS 'What is valid once it is applied, where that is something else';
COMMENT ON COLUMN sharing.rule_overview.staged_related IS 'The same for records of the child modules';
COMMENT ON COLUMN sharing.rule_overview.until IS 'When what is valid ends; NULL: it has no end';
COMMENT ON COLUMN sharing.rule_overview.staged_until IS 'When what is staged ends, where that is something else';
COMMENT ON COLUMN sharing.rule_overview.criteria IS 'What records must be for the rule to speak of them; NULL: anything';
COMMENT ON COLUMN sharing.rule_overview.staged_criteria IS 'What they must be once it is applied, where that is something else';

CREATE FUNCTION sharing_internal.list_relations()
    RETURNS TABLE (kind text, child text, via text, parent text, when_column text, when_value text, rules bigint, with_shares boolean, waiting text[], with_parent text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_relations_wrapper';
COMMENT ON FUNCTION sharing_internal.list_relations() IS
    'The rows of sharing.relation_overview, for administrators';

CREATE VIEW sharing.relation_overview AS
    SELECT l.kind, l.child, l.via, l.parent, l.when_column, l.when_value, l.rules, l.with_shares, l.waiting, l.with_parent FROM sharing_internal.list_relations() l;
COMMENT ON VIEW sharing.relation_overview IS 'How the records of modules hang together, for administrators';
COMMENT ON COLUMN sharing.relation_overview.kind IS 'relation, controlled by or follows';
COMMENT ON COLUMN sharing.relation_overview.child IS 'The module whose records point at others, or which follows';
COMMENT ON COLUMN sharing.relation_overview.via IS 'The column that points, or NULL';
COMMENT ON COLUMN sharing.relation_overview.parent IS 'The module that is pointed at, or followed';
COMMENT ON COLUMN sharing.relation_overview.when_column IS 'The column that says for which records the relation holds, or NULL: for all';
COMMENT ON COLUMN sharing.relation_overview.when_value IS 'What it says of these';
COMMENT ON COLUMN sharing.relation_overview.rules IS 'How many valid rules of the parent give something over the relation';
COMMENT ON COLUMN sharing.relation_overview.with_shares IS 'Who is given a parent record over a link sees its children';
COMMENT ON COLUMN sharing.relation_overview.waiting IS 'What carries over it once that is applied: rules, shares, with_parent';
COMMENT ON COLUMN sharing.relation_overview.with_parent IS 'As much access as somebody has to a parent they have to its children, at most that: none, read or edit';

CREATE FUNCTION sharing_internal.list_roles()
    RETURNS TABLE (tree text, role text, parent text, users bigint, users_below bigint, profiles text[]) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_roles_wrapper';
COMMENT ON FUNCTION sharing_internal.list_roles() IS
    'The rows of sharing.role_tree, for administrators';

CREATE VIEW sharing.role_tree AS
    SELECT l.tree, l.role, l.parent, l.users, l.users_below, l.profiles FROM sharing_internal.list_roles() l;
COMMENT ON VIEW sharing.role_tree IS 'Roles, each followed by those below it, for administrators';
COMMENT ON COLUMN sharing.role_tree.tree IS 'The name, indented by its place';
COMMENT ON COLUMN sharing.role_tree.role IS 'The name';
COMMENT ON COLUMN sharing.role_tree.parent IS 'The role above, or NULL';
COMMENT ON COLUMN sharing.role_tree.users IS 'How many active users have the role';
COMMENT ON COLUMN sharing.role_tree.users_below IS 'How many active users have a role below it';
COMMENT ON COLUMN sharing.role_tree.profiles IS 'The profiles of the role';

CREATE FUNCTION sharing_internal.list_users()
    RETURNS TABLE (user_key text, user_name text, role text, office text, active boolean, db_role text, rights text[], groups text[], profiles text[]) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_users_wrapper';
COMMENT ON FUNCTION sharing_internal.list_users() IS
    'The rows of sharing.user_overview, for administrators';

CREATE VIEW sharing.user_overview AS
    SELECT l.user_key, l.user_name, l.role, l.office, l.active, l.db_role, l.rights, l.groups, l.profiles FROM sharing_internal.list_users() l;
COMMENT ON VIEW sharing.user_overview IS 'Users with all that they are in, for administrators';
COMMENT ON COLUMN sharing.user_overview.user_key IS 'The key';
COMMENT ON COLUMN sharing.user_overview.user_name IS 'The name';
COMMENT ON COLUMN sharing.user_overview.role IS 'The role, or NULL';
COMMENT ON COLUMN sharing.user_overview.office IS 'The office, or NULL';
COMMENT ON COLUMN sharing.user_overview.active IS 'An inactive user is nobody';
COMMENT ON COLUMN sharing.user_overview.db_role IS 'The database role as which they sign in, or NULL';
COMMENT ON COLUMN sharing.user_overview.rights IS 'The rights that they hold in person';
COMMENT ON COLUMN sharing.user_overview.groups IS 'All groups of which they are a member: by name, by role, or through other groups';
COMMENT ON COLUMN sharing.user_overview.profiles IS 'The profiles of their role';

CREATE FUNCTION sharing_internal.list_group_members()
    RETURNS TABLE (group_name text, group_key text, office text, user_key text, user_name text, active boolean, via text[]) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_group_members_wrapper';
COMMENT ON FUNCTION sharing_internal.list_group_members() IS
    'The rows of sharing.group_overview, for administrators';

CREATE VIEW sharing.group_overview AS
    SELECT l.group_name, l.group_key, l.office, l.user_key, l.user_name, l.active, l.via FROM sharing_internal.list_group_members() l;
COMMENT ON VIEW sharing.group_overview IS 'Groups with everybody who is a member, in whatever way, for administrators';
COMMENT ON COLUMN sharing.group_overview.group_name IS 'The group';
COMMENT ON COLUMN sharing.group_overview.group_key IS 'Its key';
COMMENT ON COLUMN sharing.group_overview.office IS 'Its office, or NULL';
COMMENT ON COLUMN sharing.group_overview.user_key IS 'A member; NULL: the group has none';
COMMENT ON COLUMN sharing.group_overview.user_name IS 'Their name';
COMMENT ON COLUMN sharing.group_overview.active IS 'Whether they are active';
COMMENT ON COLUMN sharing.group_overview.via IS 'By which of the members that the group names';

CREATE FUNCTION sharing_internal.list_links()
    RETURNS TABLE (link_id bigint, from_key text, from_name text, from_office text, to_key text, to_name text, to_office text, status text, records bigint, requested_at timestamptz) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_links_wrapper';
COMMENT ON FUNCTION sharing_internal.list_links() IS
    'The rows of sharing.link_overview, for administrators';

CREATE VIEW sharing.link_overview AS
    SELECT l.link_id, l.from_key, l.from_name, l.from_office, l.to_key, l.to_name, l.to_office, l.status, l.records, l.requested_at FROM sharing_internal.list_links() l;
COMMENT ON VIEW sharing.link_overview IS 'Links between users of different offices, for administrators';
COMMENT ON COLUMN sharing.link_overview.link_id IS 'The number by which delete_link() and shared_records() know the link';
COMMENT ON COLUMN sharing.link_overview.from_key IS 'The key of who shares';
COMMENT ON COLUMN sharing.link_overview.from_name IS 'Their name';
COMMENT ON COLUMN sharing.link_overview.from_office IS 'Their office';
COMMENT ON COLUMN sharing.link_overview.to_key IS 'The key of who receives';
COMMENT ON COLUMN sharing.link_overview.to_name IS 'Their name';
COMMENT ON COLUMN sharing.link_overview.to_office IS 'Their office';
COMMENT ON COLUMN sharing.link_overview.status IS 'waiting, active or suspended';
COMMENT ON COLUMN sharing.link_overview.records IS 'How many records the link opens while it is active';
COMMENT ON COLUMN sharing.link_overview.requested_at IS 'When the link was asked for';

-- Expectations

CREATE FUNCTION sharing.expect(user_key text, relation regclass, record_id text, access sharing.access_level, exactly boolean DEFAULT true)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'expect_wrapper';
COMMENT ON FUNCTION sharing.expect(text, regclass, text, sharing.access_level, boolean) IS
    'Writes down what a user is to have on a record, exactly or at least, which apply_rules() then keeps; returns its number';

CREATE FUNCTION sharing.forget_expectation(id bigint)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'forget_expectation_wrapper';
COMMENT ON FUNCTION sharing.forget_expectation(bigint) IS
    'Takes an expectation back';

CREATE FUNCTION sharing.check_expectations()
    RETURNS TABLE (id bigint, user_key text, module text, record_id text, expected sharing.access_level, actual sharing.access_level, holds boolean) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'check_expectations_wrapper';
COMMENT ON FUNCTION sharing.check_expectations() IS
    'Lists the expectations, each with what the user has on the record';

ALTER FUNCTION sharing.pending_changes() STABLE;
ALTER FUNCTION sharing.pending_links() STABLE;
ALTER FUNCTION sharing.my_receivers() STABLE;
ALTER FUNCTION sharing.my_sharers() STABLE;
ALTER FUNCTION sharing.export_config() STABLE;

CREATE FUNCTION sharing_internal.list_specialists()
    RETURNS TABLE (office text, user_name text, user_key text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_specialists_wrapper';
COMMENT ON FUNCTION sharing_internal.list_specialists() IS
    'The rows of sharing.specialists';

-- It tells as whom somebody acted.
DROP VIEW sharing.audit_log;
DROP FUNCTION sharing_internal.read_audit_log();
CREATE FUNCTION sharing_internal.read_audit_log()
    RETURNS TABLE (id bigint, changed_at timestamptz, db_role text, identity text, function text, object text, before jsonb, after jsonb,
        acting_as text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'read_audit_log_wrapper';
COMMENT ON FUNCTION sharing_internal.read_audit_log() IS
    'The rows of sharing.audit_log, for administrators';

-- Everybody may select from it: the function asks who calls, since users without any database
-- privilege may be administrators.
CREATE VIEW sharing.audit_log AS
    SELECT l.id, l.changed_at, l.db_role, l.identity, l.function, l.object, l.before, l.after, l.acting_as FROM sharing_internal.read_audit_log() l;
COMMENT ON VIEW sharing.audit_log IS 'Every change of the configuration, for administrators: when, who, by which function, what it was and what it became';
COMMENT ON COLUMN sharing.audit_log.id IS 'In the order of the changes';
COMMENT ON COLUMN sharing.audit_log.changed_at IS 'When, by the clock';
COMMENT ON COLUMN sharing.audit_log.db_role IS 'The database role that called';
COMMENT ON COLUMN sharing.audit_log.identity IS 'The key of the user as whom it was known, or NULL';
COMMENT ON COLUMN sharing.audit_log.function IS 'The function that was called, or the command that was followed (DROP TABLE); NULL for a change by hand';
COMMENT ON COLUMN sharing.audit_log.object IS 'What was changed, by the name it had before';
COMMENT ON COLUMN sharing.audit_log.before IS 'What it was, with the names of the time; NULL: it is new';
COMMENT ON COLUMN sharing.audit_log.after IS 'What it became; NULL: it is gone';
COMMENT ON COLUMN sharing.audit_log.acting_as IS 'The key of the user as whom they acted (act_as), or NULL';

-- Its columns have another collation than they had.
DROP VIEW sharing.specialists;
-- Over a function, since EXPLAIN of a view over the tables counts users for everybody.
CREATE VIEW sharing.specialists AS
    SELECT l.office, l.user_name, l.user_key FROM sharing_internal.list_specialists() l;
COMMENT ON VIEW sharing.specialists IS 'Users with the right record_sharing, and their office';
COMMENT ON COLUMN sharing.specialists.office IS 'The office, as request_link() wants it';
COMMENT ON COLUMN sharing.specialists.user_name IS 'The name, as request_link() wants it';
COMMENT ON COLUMN sharing.specialists.user_key IS 'The key, as share_record() wants it';

-- Of the column by which the records of a table are known: the policy for reading says with it which
-- one that is. The planner drops it from every plan.
CREATE FUNCTION sharing_internal.record_key(key anyelement) RETURNS boolean
    IMMUTABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'record_key';
COMMENT ON FUNCTION sharing_internal.record_key(anyelement) IS
    'True. The policy for reading calls it of the column by which records of the table are shared, transferred and pointed at';

COMMENT ON FUNCTION sharing.deactivate_user(text) IS
    'Makes a user nobody; records that they own stay with the people above them';
COMMENT ON FUNCTION sharing.transfer(regclass, text[], text) IS
    'Gives records to user:KEY or group:NAME, all or none; returns how many. Where the key has several columns, a record''s id is a JSON object of them';
COMMENT ON FUNCTION sharing.my_receivers() IS
    'Users who receive records of the caller, with the number of records that the link opens while it is active';
COMMENT ON FUNCTION sharing.my_sharers() IS
    'Users who share records with the caller, with the number of records that the link opens while it is active';
COMMENT ON FUNCTION sharing.export_config() IS
    'The configuration as one document; what is only staged is told as that';
COMMENT ON FUNCTION sharing.import_config(jsonb, boolean, boolean) IS
    'Makes the configuration equal to each section of the document, with apply at once valid; returns the changes';
COMMENT ON FUNCTION sharing_internal.may_read_shared(regclass, "any", "any") IS
    'Whether the record with this key was shared with the caller by this owner, or given to them, so that they may see it';
COMMENT ON FUNCTION sharing_internal.may_edit_shared(regclass, "any", "any") IS
    'Whether the record with this key was shared with the caller by this owner, or given to them, so that they may change it';
CREATE FUNCTION sharing_internal.may_read_shared(module regclass, record "any", owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_shared';
COMMENT ON FUNCTION sharing_internal.may_read_shared(regclass, "any", "any", "any") IS
    'Whether the record with this key was shared with the caller by this user owner, or given to them, so that they may see it';

CREATE FUNCTION sharing_internal.may_edit_shared(module regclass, record "any", owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_shared';
COMMENT ON FUNCTION sharing_internal.may_edit_shared(regclass, "any", "any", "any") IS
    'Whether the record with this key was shared with the caller by this user owner, or given to them, so that they may change it';

COMMENT ON FUNCTION sharing_internal.forget_shares() IS 'Shares and grants go with their record';
COMMENT ON FUNCTION sharing_internal.shared_keys(regclass, text, anyelement) IS
    'The records that were shared with the caller, or given to them, so that they may do an action';
COMMENT ON FUNCTION sharing_internal.follow_tables() IS 'Protects new partitions and inheritance children of protected tables, and puts policies back';

CREATE FUNCTION sharing.share_records(relation regclass, record_ids text[], with_user text, access sharing.access_level DEFAULT 'read', until timestamptz DEFAULT NULL)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'share_records_wrapper';
COMMENT ON FUNCTION sharing.share_records(regclass, text[], text, sharing.access_level, timestamptz) IS
    'Shares records of the caller with the user of this key, all or none, until then, if that is said; returns how many';

-- Before it is done: PostgreSQL's own refusal does not know the rule.
CREATE FUNCTION sharing_internal.guard_columns() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'guard_columns';
COMMENT ON FUNCTION sharing_internal.guard_columns() IS 'Columns that criteria of rules name are not dropped, and keep their types';

-- By rules with criteria.

CREATE FUNCTION sharing_internal.may_read_by_criteria(module regclass, owner "any", criteria integer) RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_read_by_criteria(regclass, "any", integer) IS
    'Whether a rule lets the caller see records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.may_read_by_criteria(module regclass, owner "any", criteria integer, "group" "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_read_by_criteria(regclass, "any", integer, "any") IS
    'Whether a rule lets the caller see records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.may_create_by_criteria(module regclass, owner "any", criteria integer) RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_create_by_criteria(regclass, "any", integer) IS
    'Whether a rule lets the caller store records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.may_create_by_criteria(module regclass, owner "any", criteria integer, "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_create_by_criteria(regclass, "any", integer, "any") IS
    'Whether a rule lets the caller store records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.may_edit_by_criteria(module regclass, owner "any", criteria integer) RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_edit_by_criteria(regclass, "any", integer) IS
    'Whether a rule lets the caller change records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.may_edit_by_criteria(module regclass, owner "any", criteria integer, "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_by_criteria';
COMMENT ON FUNCTION sharing_internal.may_edit_by_criteria(regclass, "any", integer, "any") IS
    'Whether a rule lets the caller change records of this owner that meet criteria';

CREATE FUNCTION sharing_internal.criteria_keys(module regclass, action text, of_type anyelement, criteria integer) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'criteria_keys';
COMMENT ON FUNCTION sharing_internal.criteria_keys(regclass, text, anyelement, integer) IS
    'The owners with whose records the caller may do an action if these meet criteria, where they can be listed';

-- Single records for people of the same company

CREATE FUNCTION sharing.grant_record(relation regclass, record_id text, to_whom text, access sharing.access_level DEFAULT 'read', until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'grant_record_wrapper';
COMMENT ON FUNCTION sharing.grant_record(regclass, text, text, sharing.access_level, timestamptz) IS
    'Gives a record to which the caller has full access to user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME; read or edit; until then, if that is said';

CREATE FUNCTION sharing.revoke_record(relation regclass, record_id text, to_whom text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'revoke_record_wrapper';
COMMENT ON FUNCTION sharing.revoke_record(regclass, text, text) IS
    'Takes a record back from user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME';

CREATE FUNCTION sharing.granted_records(relation regclass DEFAULT NULL, record_id text DEFAULT NULL)
    RETURNS TABLE (module text, record_id text, to_whom text, access sharing.access_level, given_by text, given_at timestamptz, until timestamptz, status text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'granted_records_wrapper';
COMMENT ON FUNCTION sharing.granted_records(regclass, text) IS
    'What the caller gave and was given; of a record to which they have full access, and for administrators, everything that was given';

CREATE FUNCTION sharing.forget_ended()
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'forget_ended_wrapper';
COMMENT ON FUNCTION sharing.forget_ended() IS
    'Deletes grants, shares, links, memberships and rules that have ended; returns how many; for administrators';

-- Who and why

CREATE FUNCTION sharing.access_to(relation regclass, record_id text, user_key text DEFAULT NULL)
    RETURNS sharing.access_level STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'access_to_wrapper';
COMMENT ON FUNCTION sharing.access_to(regclass, text, text) IS
    'What the caller may do with a record; or, for administrators, the user with a key';

CREATE FUNCTION sharing.access_levels(relation regclass, record_ids text[])
    RETURNS TABLE (record_id text, access sharing.access_level) STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'access_levels_wrapper';
COMMENT ON FUNCTION sharing.access_levels(regclass, text[]) IS
    'What the caller may do with each of some records, in the order in which they are named: for the buttons of a list';

CREATE FUNCTION sharing.explain(relation regclass, record_id text, user_key text DEFAULT NULL)
    RETURNS TABLE (access sharing.access_level, reason text, via text, detail jsonb) STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'explain_wrapper';
COMMENT ON FUNCTION sharing.explain(regclass, text, text) IS
    'Why the caller may do something with a record, or, for administrators, the user with a key: every grant, strongest first; with access none what a closed office withholds and profiles take away';

CREATE FUNCTION sharing.who_can(relation regclass, record_id text, access sharing.access_level DEFAULT 'read')
    RETURNS TABLE (user_key text, user_name text, access sharing.access_level, reason text, via text) STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'who_can_wrapper';
COMMENT ON FUNCTION sharing.who_can(regclass, text, sharing.access_level) IS
    'Everybody who has at least that access to a record, and by which grant most of all; for administrators';

CREATE FUNCTION sharing.act_as(user_key text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'act_as_wrapper';
COMMENT ON FUNCTION sharing.act_as(text) IS
    'Lets the session see and do what a user does, for the rest of the transaction; recorded in the audit log; for administrators whom row security holds for';

-- Keys and record ids as they are stored: integers and uuids have no implicit cast to text, so each
-- function that takes them as text has a form for each of these. A literal and an untyped parameter
-- are text, as before: PostgreSQL prefers strings for what has no type.

DO $$
DECLARE
    called record;
    places integer[];
    kinds pg_catalog.text[];
    declared pg_catalog.text;
    passed pg_catalog.text;
BEGIN
    FOR called IN
        SELECT p.oid, p.proname, p.proretset, p.pronargs, p.proargnames,
               CASE WHEN p.provolatile OPERATOR(pg_catalog.=) 's' THEN 'STABLE' ELSE 'VOLATILE' END AS volatility,
               CASE WHEN p.proparallel OPERATOR(pg_catalog.=) 's' THEN 'SAFE' ELSE 'UNSAFE' END AS parallel,
               pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
               pg_catalog.pg_get_function_result(p.oid) AS result,
               pg_catalog.obj_description(p.oid, 'pg_proc') AS says
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace
          -- Its key is one of tokens.
          AND p.proname OPERATOR(pg_catalog.<>) 'add_key'
          AND EXISTS (SELECT FROM pg_catalog.generate_series(1, p.pronargs) n
                      WHERE p.proargnames[n] OPERATOR(pg_catalog.=) ANY ('{key,user_key,with_user,record_id,record_ids}')
                        AND p.proargtypes[n OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.=) ANY ('{text,text[]}'::pg_catalog.regtype[]))
        ORDER BY p.oid
    LOOP
        places := ARRAY(
            SELECT n FROM pg_catalog.generate_series(1, called.pronargs) n
            WHERE called.proargnames[n] OPERATOR(pg_catalog.=) ANY ('{key,user_key,with_user,record_id,record_ids}')
            ORDER BY n);
        -- Every choice of a type for each place, but text for all of them: that form is there.
        FOR kinds IN
            WITH RECURSIVE choices (at, chosen) AS (
                SELECT 0, '{}'::pg_catalog.text[]
                UNION ALL
                SELECT c.at OPERATOR(pg_catalog.+) 1, pg_catalog.array_append(c.chosen, k.kind)
                FROM choices c, (VALUES ('text'), ('bigint'), ('uuid')) k (kind)
                WHERE c.at OPERATOR(pg_catalog.<) pg_catalog.cardinality(places))
            SELECT chosen FROM choices
            WHERE at OPERATOR(pg_catalog.=) pg_catalog.cardinality(places)
              -- A literal of an array of no type becomes text, too, and is read as an array then.
              AND ('text' OPERATOR(pg_catalog.<>) ANY (chosen)
                   OR called.proargnames[places[1]] OPERATOR(pg_catalog.=) 'record_ids')
        LOOP
            declared := called.arguments;
            passed := '';
            FOR place IN 1 .. called.pronargs LOOP
                passed := pg_catalog.concat(passed, CASE WHEN place OPERATOR(pg_catalog.>) 1 THEN ', ' END, '$', place);
                IF place OPERATOR(pg_catalog.=) ANY (places) THEN
                    DECLARE
                        name pg_catalog.text := called.proargnames[place];
                        kind pg_catalog.text := kinds[pg_catalog.array_position(places, place)];
                    BEGIN
                        IF name OPERATOR(pg_catalog.=) 'record_ids' THEN
                            kind := pg_catalog.concat(kind, CASE WHEN kind OPERATOR(pg_catalog.<>) 'text' THEN '[]' END);
                            declared := pg_catalog.regexp_replace(declared, '\mrecord_ids text\[\]', pg_catalog.concat('record_ids ', kind));
                            passed := pg_catalog.concat(passed, '::pg_catalog.text[]');
                        ELSE
                            -- Of several forms that can all be called without it, PostgreSQL chooses none.
                            declared := pg_catalog.regexp_replace(declared,
                                pg_catalog.concat('\m', name, ' text', CASE WHEN kind OPERATOR(pg_catalog.<>) 'text' THEN '( DEFAULT [^,]+)?' ELSE '\M' END),
                                pg_catalog.concat(name, ' ', kind));
                            -- What stands before it cannot be left out, either.
                            IF kind OPERATOR(pg_catalog.<>) 'text' THEN
                                declared := pg_catalog.concat(
                                    pg_catalog.regexp_replace(pg_catalog.split_part(declared, pg_catalog.concat(name, ' ', kind), 1), ' DEFAULT [^,]+', '', 'g'),
                                    name, ' ', kind,
                                    pg_catalog.split_part(declared, pg_catalog.concat(name, ' ', kind), 2));
                            END IF;
                            passed := pg_catalog.concat(passed, '::pg_catalog.text');
                        END IF;
                    END;
                END IF;
            END LOOP;
            EXECUTE pg_catalog.format(
                'CREATE FUNCTION sharing.%I(%s) RETURNS %s %s PARALLEL %s LANGUAGE sql BEGIN ATOMIC SELECT %s sharing.%I(%s); END',
                called.proname, declared, called.result, called.volatility, called.parallel,
                CASE WHEN called.proretset THEN '* FROM' END, called.proname, passed);
            EXECUTE pg_catalog.format(
                'COMMENT ON FUNCTION sharing.%I(%s) IS %L',
                called.proname, pg_catalog.regexp_replace(declared, ' DEFAULT [^,]+', '', 'g'), called.says);
        END LOOP;
    END LOOP;
END
$$;

-- What keeps the extension's own tables: whoever may write to them by a privilege (pg_write_all_data,
-- a GRANT by accident) could make himself anybody, and whoever may put a trigger on them would run his
-- code as their owner. ENABLE ALWAYS: in replica mode, too.

CREATE FUNCTION sharing_internal.guard_configuration() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'guard_configuration';

COMMENT ON FUNCTION sharing_internal.guard_configuration() IS 'Trigger on every table of pg_sharing: only its owner, superusers and the functions of pg_sharing change it';

DO $$
DECLARE
    guarded pg_catalog.name;
BEGIN
    FOR guarded IN
        SELECT c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r'
    LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER guard_configuration BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON sharing.%I FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.guard_configuration()', guarded);
        EXECUTE pg_catalog.format('ALTER TABLE sharing.%I ENABLE ALWAYS TRIGGER guard_configuration', guarded);
    END LOOP;
END
$$;

CREATE FUNCTION sharing_internal.guard_triggers() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'guard_triggers';

COMMENT ON FUNCTION sharing_internal.guard_triggers() IS 'Only the owner and superusers put triggers on the tables of pg_sharing and let foreign keys lead to them';

CREATE FUNCTION sharing_internal.mend_triggers() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'mend_triggers';

COMMENT ON FUNCTION sharing_internal.mend_triggers() IS 'After triggers were enabled again: ours fire always, and what changed meanwhile counts';

-- What triggers on protected tables ask before they are called.

CREATE FUNCTION sharing_internal.any_shared(module regclass) RETURNS boolean
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'any_shared';
COMMENT ON FUNCTION sharing_internal.any_shared(regclass) IS
    'Whether a record of the table may be shared or given: otherwise forget_shares() has nothing to do';

CREATE FUNCTION sharing_internal.differs(before "any", after "any") RETURNS boolean
    IMMUTABLE PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'differs';
COMMENT ON FUNCTION sharing_internal.differs("any", "any") IS
    'Whether an owner is another one, also where an operator takes them for equal: otherwise guard_owner() has nothing to do';

-- The application's own tables as the source of the organization

CREATE FUNCTION sharing.sync_users(relation regclass, key name, name name, role name DEFAULT NULL, office name DEFAULT NULL,
        active name DEFAULT NULL, manager name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_users_wrapper';
COMMENT ON FUNCTION sharing.sync_users(regclass, name, name, name, name, name, name, boolean) IS
    'Makes the rows of a table the users, now and whenever they change; with a manager column, the hierarchy of roles, too';

CREATE FUNCTION sharing.sync_user_roles(relation regclass, "user" name, role name, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_user_roles_wrapper';
COMMENT ON FUNCTION sharing.sync_user_roles(regclass, name, name, boolean) IS
    'Makes the rows of a link table the roles of users, now and whenever they change';

CREATE FUNCTION sharing.sync_groups(relation regclass, key name, name name, office name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_groups_wrapper';
COMMENT ON FUNCTION sharing.sync_groups(regclass, name, name, name, boolean) IS
    'Makes the rows of a table the groups, now and whenever they change';

CREATE FUNCTION sharing.sync_members(relation regclass, "group" name, "user" name DEFAULT NULL, role name DEFAULT NULL,
        role_and_subordinates name DEFAULT NULL, subgroup name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_members_wrapper';
COMMENT ON FUNCTION sharing.sync_members(regclass, name, name, name, name, name, boolean) IS
    'Makes the rows of a link table members of groups, now and whenever they change';

CREATE FUNCTION sharing.sync_roles(relation regclass, name name, parent name DEFAULT NULL, key name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_roles_wrapper';
COMMENT ON FUNCTION sharing.sync_roles(regclass, name, name, name, boolean) IS
    'Makes the rows of a table the roles, now and whenever they change; parents are named by key, where there is one';

CREATE FUNCTION sharing.sync_offices(relation regclass, name name, parent name DEFAULT NULL, key name DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'sync_offices_wrapper';
COMMENT ON FUNCTION sharing.sync_offices(regclass, name, name, name, boolean) IS
    'Makes the rows of a table the offices, now and whenever they change; parents are named by key, where there is one';

CREATE FUNCTION sharing.unsync(relation regclass)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'unsync_wrapper';
COMMENT ON FUNCTION sharing.unsync(regclass) IS
    'Follows a table no longer, and takes the triggers off it; what came from it stays';

CREATE FUNCTION sharing.resync(relation regclass DEFAULT NULL)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'resync_wrapper';
COMMENT ON FUNCTION sharing.resync(regclass) IS
    'Reads a table or view, or all of them, anew; returns what that changed';

CREATE FUNCTION sharing_internal.follow_source() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_source';
COMMENT ON FUNCTION sharing_internal.follow_source() IS 'What a statement changes in a table of the application changes the organization';

CREATE FUNCTION sharing_internal.follow_source_row() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_source_row';
COMMENT ON FUNCTION sharing_internal.follow_source_row() IS 'The same for rows that logical replication brings, for which no statement triggers fire';

-- Doctor

CREATE FUNCTION sharing.doctor()
    RETURNS TABLE (severity text, check_name text, object text, message text, fix text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'doctor_wrapper';
COMMENT ON FUNCTION sharing.doctor() IS
    'Looks for gaps in the protection and for settings that cannot be meant; returns what it finds, the worst first, with SQL that mends it';

CREATE FUNCTION sharing.doctor_checks()
    RETURNS TABLE (check_name text, severity text, about text) IMMUTABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'doctor_checks_wrapper';
COMMENT ON FUNCTION sharing.doctor_checks() IS
    'Lists what sharing.doctor() looks at, each check with the worst that it says';

-- Copies of the configuration

CREATE FUNCTION sharing.heartbeat()
    RETURNS timestamptz VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'heartbeat_wrapper';
COMMENT ON FUNCTION sharing.heartbeat() IS
    'Tells the copies of the configuration that they know of all that was committed before; returns by when. Call it every few seconds where sharing.configuration_lease is used';

-- Search

CREATE FUNCTION sharing.search_safe(operator regoperator)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'search_safe_wrapper';
COMMENT ON FUNCTION sharing.search_safe(regoperator) IS
    'Lets conditions with an operator be asked of an index before the policies: it must raise no error and no notice, whatever a row holds';

CREATE FUNCTION sharing.search_safe_function(function regprocedure)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'search_safe_function_wrapper';
COMMENT ON FUNCTION sharing.search_safe_function(regprocedure) IS
    'As search_safe(), for a function, as in lower(email) = ''...''';

CREATE FUNCTION sharing.not_search_safe(operator regoperator)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'not_search_safe_wrapper';
COMMENT ON FUNCTION sharing.not_search_safe(regoperator) IS
    'Takes that back';

CREATE FUNCTION sharing.not_search_safe_function(function regprocedure)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'not_search_safe_function_wrapper';
COMMENT ON FUNCTION sharing.not_search_safe_function(regprocedure) IS
    'Takes that back';

CREATE FUNCTION sharing.enable_search()
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'enable_search_wrapper';
COMMENT ON FUNCTION sharing.enable_search() IS
    'Names all operators and functions of sharing.search_defaults; returns those that were not named';

-- What this project has examined one by one, as far as it is there. Beside what is said of each operator:
-- an error may still come of memory, and of a stack that is full, as of any function that PostgreSQL calls
-- leakproof.
CREATE FUNCTION sharing_internal.examined_for_search()
    RETURNS TABLE (kind text, object oid, name text, reason text) STABLE PARALLEL SAFE
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH examined (kind, belongs_to, signatures, reason) AS (
        VALUES
            ('operator', 'pg_catalog', '{"= numeric numeric","<> numeric numeric","< numeric numeric","<= numeric numeric","> numeric numeric",">= numeric numeric"}', 'Compares, and takes every value'),
            ('operator', 'pg_catalog', '{"= date timestamp","< date timestamp","<= date timestamp","> date timestamp",">= date timestamp","= date timestamptz","< date timestamptz","<= date timestamptz","> date timestamptz",">= date timestamptz","= timestamp date","< timestamp date","<= timestamp date","> timestamp date",">= timestamp date","= timestamptz date","< timestamptz date","<= timestamptz date","> timestamptz date",">= timestamptz date","= timestamp timestamptz","< timestamp timestamptz","<= timestamp timestamptz","> timestamp timestamptz",">= timestamp timestamptz","= timestamptz timestamp","< timestamptz timestamp","<= timestamptz timestamp","> timestamptz timestamp",">= timestamptz timestamp"}', 'Compares, and what is out of the range of the other type is before or after all of it'),
            ('operator', 'pg_catalog', '{"< anyenum anyenum","<= anyenum anyenum","> anyenum anyenum",">= anyenum anyenum"}', 'Compares values of one type, which are there as long as a row holds them'),
            ('operator', 'pg_catalog', '{"~~ text text","~~ bpchar text"}', 'A pattern that ends in its escape character is an error, so only constant patterns that do not are asked of an index'),
            ('operator', 'pg_catalog', '{"~~* text text","~~* bpchar text"}', 'A pattern that ends in its escape character is an error, so only constant patterns that do not are asked of an index. It also takes every text up to 256 MB, where lower case becomes larger than a value may be'),
            ('operator', 'pg_catalog', '{"@@ tsvector tsquery"}', 'Looks words up in what was made of the text before. to_tsvector() is not among these: it says of a word of 2 kB that it is too long, so search in a stored column'),
            ('operator', 'pg_catalog', '{"@@ tsquery tsvector"}', 'As the other way round'),
            ('operator', 'pg_catalog', '{"@> jsonb jsonb","<@ jsonb jsonb","= jsonb jsonb","? jsonb text","?| jsonb _text","?& jsonb _text","-> jsonb text","-> jsonb int4","->> jsonb text","->> jsonb int4","#> jsonb _text","#>> jsonb _text"}', 'Walks through a document that is well-formed, and finds something or nothing'),
            ('operator', 'pg_catalog', '{"@> anyarray anyarray","<@ anyarray anyarray","&& anyarray anyarray","= anyarray anyarray"}', 'Compares elements: of an index only where they are of a type of PostgreSQL that has an order, or of an enumeration'),
            ('operator', 'pg_catalog', '{"@> anyrange anyrange","<@ anyrange anyrange","&& anyrange anyrange","= anyrange anyrange","<< anyrange anyrange",">> anyrange anyrange","@> anyrange anyelement","<@ anyelement anyrange"}', 'Compares bounds: of an index only where the range is of a type of PostgreSQL'),
            ('operator', 'pg_catalog', '{"<< inet inet","<<= inet inet",">> inet inet",">>= inet inet","&& inet inet"}', 'Compares bits'),
            ('operator', 'pg_trgm', '{"% text text"}', 'Counts what two texts have in common. It takes every text up to 200 MB, which is what its indexes take. Not so the similarity of words (<%), which makes a list of what is in both texts'),
            ('operator', 'citext', '{"= citext citext","<> citext citext","< citext citext","<= citext citext","> citext citext",">= citext citext"}', 'Compares in lower case. It takes every text up to 256 MB, where lower case becomes larger than a value may be'),
            ('operator', 'citext', '{"~~ citext citext","~~* citext citext","~~ citext text","~~* citext text"}', 'A pattern that ends in its escape character is an error, so only constant patterns that do not are asked of an index. It also takes every text up to 256 MB, where lower case becomes larger than a value may be'),
            ('operator', 'ltree', '{"@> ltree ltree","<@ ltree ltree"}', 'Compares labels'),
            ('operator', 'postgis', '{"&& geometry geometry"}', 'Compares boxes, whatever the reference systems. Not so what is asked of shapes themselves (ST_Intersects), where two reference systems are an error; and of ~ and @ the index has another opinion of empty shapes than the operator'),
            ('function', 'pg_catalog', '{"lower text","upper text"}', 'For what an index is on. It takes every text up to 256 MB, where the other case becomes larger than a value may be')
    ), schemas (name, oid) AS (
        SELECT 'pg_catalog', 'pg_catalog'::regnamespace::oid
        UNION ALL SELECT e.extname, e.extnamespace FROM pg_extension e
    ), signed AS (
        SELECT x.kind, s.oid AS schema, string_to_array(d.signature, ' ') AS words, x.reason
        FROM examined x JOIN schemas s ON s.name = x.belongs_to, unnest(x.signatures::text[]) AS d (signature)
    ), typed AS (
        SELECT d.kind, d.schema, d.words[1] AS name, d.reason, (
            SELECT array_agg((
                SELECT t.oid FROM pg_type t WHERE t.typname = w.word AND t.typnamespace IN (d.schema, 'pg_catalog'::regnamespace) ORDER BY t.typnamespace = d.schema DESC LIMIT 1
            ) ORDER BY w.place) FROM unnest(d.words[2:]) WITH ORDINALITY AS w (word, place)
        ) AS types FROM signed d
    )
    SELECT t.kind, o.oid, i.identity, t.reason
    FROM typed t JOIN pg_operator o ON o.oprname = t.name AND o.oprnamespace = t.schema AND o.oprleft = t.types[1] AND o.oprright = t.types[2],
         pg_identify_object('pg_operator'::regclass, o.oid, 0) i
    WHERE t.kind = 'operator'
    UNION ALL
    SELECT t.kind, p.oid, i.identity, t.reason
    FROM typed t JOIN pg_proc p ON p.proname = t.name AND p.pronamespace = t.schema AND p.proargtypes::text = array_to_string(t.types, ' '),
         pg_identify_object('pg_proc'::regclass, p.oid, 0) i
    WHERE t.kind = 'function'
$$;
COMMENT ON FUNCTION sharing_internal.examined_for_search() IS
    'The rows of sharing.search_defaults, with the numbers of what they are about';

CREATE VIEW sharing.search_defaults AS
    SELECT d.kind, d.name, d.reason FROM sharing_internal.examined_for_search() d;
COMMENT ON VIEW sharing.search_defaults IS 'Operators and functions that were examined one by one: enable_search() names them';
COMMENT ON COLUMN sharing.search_defaults.kind IS 'operator or function';
COMMENT ON COLUMN sharing.search_defaults.name IS 'What search_safe() or search_safe_function() takes';
COMMENT ON COLUMN sharing.search_defaults.reason IS 'Why evaluating it tells nothing of a row but whether the row meets the condition';

-- Whoever runs this is a superuser, but what is new belongs to the owner of the rest.
DO $$
DECLARE
    owner pg_catalog.name;
    kind pg_catalog.text;
    name pg_catalog.text;
BEGIN
    SELECT r.rolname INTO owner FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.relowner
    WHERE c.oid OPERATOR(pg_catalog.=) 'sharing.generation'::pg_catalog.regclass;
    FOR kind, name IN
        SELECT 'SCHEMA', 'sharing_internal'
        UNION ALL
        SELECT 'VIEW', 'sharing.specialists'
        UNION ALL
        SELECT 'VIEW', 'sharing.audit_log'
        UNION ALL
        SELECT 'VIEW', 'sharing.search_defaults'
        UNION ALL
        SELECT 'TABLE', 'sharing.search_names'
        UNION ALL
        SELECT 'TABLE', 'sharing.criteria'
        UNION ALL
        SELECT 'TABLE', 'sharing.token_keys'
        UNION ALL
        SELECT 'VIEW', 'sharing.key_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.trust_overview'
        UNION ALL
        SELECT 'TABLE', 'sharing.expectations'
        UNION ALL
        SELECT 'TABLE', 'sharing.record_grants'
        UNION ALL
        SELECT 'TABLE', 'sharing.grant_stamps'
        UNION ALL
        SELECT 'VIEW', 'sharing.module_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.rule_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.relation_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.role_tree'
        UNION ALL
        SELECT 'VIEW', 'sharing.user_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.group_overview'
        UNION ALL
        SELECT 'VIEW', 'sharing.link_overview'
        UNION ALL
        SELECT 'TABLE', 'sharing.sources'
        UNION ALL
        SELECT 'TABLE', 'sharing.source_gaps'
        UNION ALL
        SELECT 'TABLE', 'sharing.last_heartbeat'
        UNION ALL
        SELECT 'FUNCTION', p.oid::pg_catalog.regprocedure::pg_catalog.text FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) p.proowner
        WHERE p.pronamespace OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
          AND r.rolname OPERATOR(pg_catalog.<>) owner
    LOOP
        EXECUTE pg_catalog.format('ALTER %s %s OWNER TO %I', kind, name, owner);
    END LOOP;
END
$$;

-- Who may use it: as sql/privileges.sql says, and whatever was granted on the rest stays.
DO $$
DECLARE
    function record;
    granted record;
    before pg_catalog.oid[] := pg_catalog.string_to_array(pg_catalog.current_setting('pg_sharing_upgrade.functions'), ',')::pg_catalog.oid[];
BEGIN
    FOR granted IN
        SELECT o.kind, o.name, a.grantee
        FROM (
            SELECT 'FUNCTION' AS kind, p.oid::pg_catalog.regprocedure::pg_catalog.text AS name, p.proacl AS acl, p.proowner AS owner
            FROM pg_catalog.pg_proc p
            WHERE p.pronamespace OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
              AND p.oid OPERATOR(pg_catalog.<>) ALL (before)
            UNION ALL
            SELECT 'SCHEMA', n.nspname::pg_catalog.text, n.nspacl, n.nspowner
            FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'sharing_internal'
            UNION ALL
            SELECT 'SEQUENCE', c.oid::pg_catalog.regclass::pg_catalog.text, c.relacl, c.relowner
            FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY ('{sharing.expectations_id_seq,sharing.sources_id_seq,sharing.criteria_id_seq}'::pg_catalog.regclass[])
            UNION ALL
            SELECT 'TABLE', c.oid::pg_catalog.regclass::pg_catalog.text, c.relacl, c.relowner
            FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY ('{sharing.specialists,sharing.audit_log,sharing.search_names,sharing.criteria,sharing.search_defaults,sharing.sources,sharing.source_gaps,sharing.last_heartbeat,sharing.expectations,sharing.record_grants,sharing.grant_stamps,sharing.module_overview,sharing.rule_overview,sharing.relation_overview,sharing.role_tree,sharing.user_overview,sharing.group_overview,sharing.link_overview,sharing.token_keys,sharing.key_overview,sharing.trust_overview}'::pg_catalog.regclass[])
        ) o, pg_catalog.aclexplode(o.acl) a
        WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s', granted.kind, granted.name,
            CASE WHEN granted.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(granted.grantee)) END);
    END LOOP;
    FOR function IN
        SELECT p.oid::pg_catalog.regprocedure AS name,
               p.prorettype OPERATOR(pg_catalog.<>) ALL ('{trigger,event_trigger,internal}'::pg_catalog.regtype[])
                   AND p.oid OPERATOR(pg_catalog.<>) 'sharing.heartbeat()'::pg_catalog.regprocedure
                   OR p.proname OPERATOR(pg_catalog.=) ANY ('{follow_source,follow_source_row}') AS is_called
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
          AND p.oid OPERATOR(pg_catalog.<>) ALL (before)
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function.name);
        IF function.is_called THEN
            EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', function.name);
        END IF;
    END LOOP;
END
$$;
GRANT USAGE ON SCHEMA sharing_internal TO PUBLIC;
GRANT SELECT ON sharing.specialists TO PUBLIC;
GRANT SELECT ON sharing.audit_log TO PUBLIC;
GRANT SELECT ON sharing.search_defaults TO PUBLIC;
GRANT SELECT ON sharing.module_overview, sharing.rule_overview, sharing.relation_overview, sharing.role_tree, sharing.user_overview, sharing.group_overview, sharing.link_overview, sharing.key_overview, sharing.trust_overview TO PUBLIC;
-- As grant_admin() does for all tables that there are.
DO $$
DECLARE
    administrator pg_catalog.text;
BEGIN
    FOR administrator IN
        SELECT r.rolname FROM sharing.administrators a JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.db_role
    LOOP
        EXECUTE pg_catalog.format('GRANT SELECT ON sharing.search_names, sharing.criteria, sharing.search_defaults, sharing.sources, sharing.source_gaps, sharing.last_heartbeat, sharing.audit_log, sharing.expectations, sharing.record_grants, sharing.grant_stamps, sharing.module_overview, sharing.rule_overview, sharing.relation_overview, sharing.role_tree, sharing.user_overview, sharing.group_overview, sharing.link_overview, sharing.key_overview, sharing.trust_overview TO %I', administrator);
    END LOOP;
END
$$;

-- Protected tables: their policies have another form, in which nothing calls what is dropped here.
SELECT pg_catalog.count(*) FROM sharing.rewrite_policies();
DROP FUNCTION sharing.always(anyelement);

-- After every command: which of them can make a partition is not for a list to tell.
CREATE EVENT TRIGGER sharing_follow_tables ON ddl_command_end EXECUTE FUNCTION sharing_internal.follow_tables();
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_follow_tables IS 'Protects new partitions and inheritance children of protected tables, and puts policies back';
CREATE EVENT TRIGGER sharing_follow_drops ON sql_drop EXECUTE FUNCTION sharing_internal.follow_drops();
ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_follow_drops IS 'A dropped table takes its module with it';
CREATE EVENT TRIGGER sharing_guard_columns ON ddl_command_start WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.guard_columns();
ALTER EVENT TRIGGER sharing_guard_columns ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_guard_columns IS 'Columns that criteria of rules name are not dropped, and keep their types';
-- CREATE SCHEMA can contain CREATE TRIGGER and CREATE TABLE.
CREATE EVENT TRIGGER sharing_guard_triggers ON ddl_command_end
    WHEN TAG IN ('CREATE TRIGGER', 'CREATE SCHEMA', 'CREATE TABLE', 'ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.guard_triggers();
ALTER EVENT TRIGGER sharing_guard_triggers ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_guard_triggers IS 'Only the owner and superusers put triggers on the tables of pg_sharing and let foreign keys lead to them';
CREATE EVENT TRIGGER sharing_mend_triggers ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.mend_triggers();
ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_mend_triggers IS 'After triggers were enabled again: ours fire always, and what changed meanwhile counts';

-- These, too, belong to the owner of the rest, if that is a superuser: others cannot have any.
DO $$
DECLARE
    owner pg_catalog.name;
    name pg_catalog.name;
BEGIN
    FOR owner, name IN
        SELECT r.rolname, e.evtname FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.relowner AND r.rolsuper
        JOIN pg_catalog.pg_event_trigger e ON e.evtowner OPERATOR(pg_catalog.<>) r.oid
            AND e.evtname OPERATOR(pg_catalog.=) ANY ('{sharing_follow_tables,sharing_follow_drops,sharing_guard_columns,sharing_guard_triggers,sharing_mend_triggers}')
        WHERE c.oid OPERATOR(pg_catalog.=) 'sharing.generation'::pg_catalog.regclass
    LOOP
        EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I OWNER TO %I', name, owner);
    END LOOP;
END
$$;
