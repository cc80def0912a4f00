-- The SQL surface of pg_sharing, in the order of docs/semantics.md. Functions that administer check
-- their caller themselves, since users without any database privilege may be administrators.
-- None is SECURITY DEFINER: such a function cannot see who called it (src/catalog/write/elevation.rs).

-- Who is asking

CREATE FUNCTION sharing.current_user_key()
    RETURNS text STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'current_user_key_wrapper';
COMMENT ON FUNCTION sharing.current_user_key() IS
    'The key of the user as whom the caller is known, or NULL';

CREATE FUNCTION sharing.current_user_name()
    RETURNS text STABLE PARALLEL SAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'current_user_name_wrapper';
COMMENT ON FUNCTION sharing.current_user_name() IS
    'The name of the user as whom the caller is known, or NULL';

CREATE FUNCTION sharing.whoami()
    RETURNS TABLE ("session_user" text, "current_user" text, source text, trusted boolean, user_key text, found boolean,
        active boolean, user_name text, role text, office text, rights text[], note text) STABLE PARALLEL RESTRICTED
    LANGUAGE c AS 'MODULE_PATHNAME', 'whoami_wrapper';
COMMENT ON FUNCTION sharing.whoami() IS
    'As whom the caller is known, by which source, and if that is nobody, why';

CREATE FUNCTION sharing.trust(role regrole, setting text DEFAULT NULL, claim text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'trust_wrapper';
COMMENT ON FUNCTION sharing.trust(regrole, text, text) IS
    'Lets sessions of a database role name the user for whom they act: by sharing.user_key, by another setting, or by a field of the JSON object in that';

CREATE FUNCTION sharing.untrust(role regrole)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'untrust_wrapper';
COMMENT ON FUNCTION sharing.untrust(regrole) IS
    'Takes trust back';

-- Signed tokens

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

-- Organization

CREATE FUNCTION sharing.create_office(name text, parent text DEFAULT NULL, security boolean DEFAULT false)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'create_office_wrapper';
COMMENT ON FUNCTION sharing.create_office(text, text, boolean) IS
    'Creates an office, below another or on its own';

CREATE FUNCTION sharing.set_office_security(name text, security boolean)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_office_security_wrapper';
COMMENT ON FUNCTION sharing.set_office_security(text, boolean) IS
    'Closes or opens an office';

CREATE FUNCTION sharing.move_office(name text, parent text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'move_office_wrapper';
COMMENT ON FUNCTION sharing.move_office(text, text) IS
    'Places an office below another; NULL makes it a root';

CREATE FUNCTION sharing.rename_office(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_office_wrapper';
COMMENT ON FUNCTION sharing.rename_office(text, text) IS
    'Renames an office';

CREATE FUNCTION sharing.drop_office(name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_office_wrapper';
COMMENT ON FUNCTION sharing.drop_office(text) IS
    'Drops an office that nothing uses';

CREATE FUNCTION sharing.create_role(name text, parent text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'create_role_wrapper';
COMMENT ON FUNCTION sharing.create_role(text, text) IS
    'Creates a role, below another or on its own';

CREATE FUNCTION sharing.move_role(name text, parent text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'move_role_wrapper';
COMMENT ON FUNCTION sharing.move_role(text, text) IS
    'Places a role below another; NULL makes it a root';

CREATE FUNCTION sharing.rename_role(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_role_wrapper';
COMMENT ON FUNCTION sharing.rename_role(text, text) IS
    'Renames a role';

CREATE FUNCTION sharing.drop_role(name text, reassign_to text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_role_wrapper';
COMMENT ON FUNCTION sharing.drop_role(text, text) IS
    'Drops a role; its users, memberships, rules and subordinate roles go to another, if one is named. The assignments of its profiles end with it: that other role keeps its own';

CREATE FUNCTION sharing.create_user(key text, name text, role text DEFAULT NULL, office text DEFAULT NULL, db_role regrole DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'create_user_wrapper';
COMMENT ON FUNCTION sharing.create_user(text, text, text, text, regrole) IS
    'Creates a user; key is the text form of what owner columns hold';

CREATE FUNCTION sharing.rename_user(key text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_user_wrapper';
COMMENT ON FUNCTION sharing.rename_user(text, text) IS
    'Renames a user; the key stays';

CREATE FUNCTION sharing.set_user_role(key text, role text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_user_role_wrapper';
COMMENT ON FUNCTION sharing.set_user_role(text, text) IS
    'Gives a user a role, or takes it away (NULL)';

CREATE FUNCTION sharing.set_user_office(key text, office text)
    RETURNS text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_user_office_wrapper';
COMMENT ON FUNCTION sharing.set_user_office(text, text) IS
    'Moves a user to an office, or out of it (NULL); that of a user who shares records is closed: returns what is said of that, or NULL';

CREATE FUNCTION sharing.set_user_db_role(key text, db_role regrole)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_user_db_role_wrapper';
COMMENT ON FUNCTION sharing.set_user_db_role(text, regrole) IS
    'Makes sessions of a database role be the user, or no longer (NULL)';

CREATE FUNCTION sharing.activate_user(key text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'activate_user_wrapper';
COMMENT ON FUNCTION sharing.activate_user(text) IS
    'Makes a user active';

CREATE FUNCTION sharing.deactivate_user(key text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'deactivate_user_wrapper';
COMMENT ON FUNCTION sharing.deactivate_user(text) IS
    'Makes a user nobody; records that they own stay with the people above them';

CREATE FUNCTION sharing.drop_user(key text, reassign_to text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_user_wrapper';
COMMENT ON FUNCTION sharing.drop_user(text, text) IS
    'Drops a user whom nothing names; their records go to user:KEY or group:NAME, if one is named, and otherwise have no known owner any more';

CREATE FUNCTION sharing.grant_right(key text, "right" text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'grant_right_wrapper';
COMMENT ON FUNCTION sharing.grant_right(text, text) IS
    'Gives a user administrator, super_user or enterprise_view';

CREATE FUNCTION sharing.revoke_right(key text, "right" text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'revoke_right_wrapper';
COMMENT ON FUNCTION sharing.revoke_right(text, text) IS
    'Takes a right away';

CREATE FUNCTION sharing.create_group(key text, name text, office text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'create_group_wrapper';
COMMENT ON FUNCTION sharing.create_group(text, text, text) IS
    'Creates a group; key is the text form of what group columns hold';

CREATE FUNCTION sharing.rename_group(name text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_group_wrapper';
COMMENT ON FUNCTION sharing.rename_group(text, text) IS
    'Renames a group; the key stays';

CREATE FUNCTION sharing.drop_group(name text, reassign_to text DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_group_wrapper';
COMMENT ON FUNCTION sharing.drop_group(text, text) IS
    'Drops a group that nothing names, with its memberships';

CREATE FUNCTION sharing.add_member("group" text, member text, until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'add_member_wrapper';
COMMENT ON FUNCTION sharing.add_member(text, text, timestamptz) IS
    'Adds user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME to a group, until then, if that is said; gives a member that end';

CREATE FUNCTION sharing.remove_member("group" text, member text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'remove_member_wrapper';
COMMENT ON FUNCTION sharing.remove_member(text, text) IS
    'Removes a member from a group';

CREATE FUNCTION sharing.create_profile(name text, view_all boolean DEFAULT false, edit_all boolean DEFAULT false)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'create_profile_wrapper';
COMMENT ON FUNCTION sharing.create_profile(text, boolean, boolean) IS
    'Creates a profile, which denies every module until set_permission(); view_all and edit_all let its users see or change every record of the modules that it permits';

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

CREATE FUNCTION sharing.drop_profile(name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_profile_wrapper';
COMMENT ON FUNCTION sharing.drop_profile(text) IS
    'Drops a profile that no role has, with its permissions';

CREATE FUNCTION sharing.set_permission(profile text, module text, "view" boolean, "create" boolean, "edit" boolean, "delete" boolean)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_permission_wrapper';
COMMENT ON FUNCTION sharing.set_permission(text, text, boolean, boolean, boolean, boolean) IS
    'Says what a profile lets its users do in a module, or in any other module (NULL); forgotten with the module';

CREATE FUNCTION sharing.assign_profile(role text, profile text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'assign_profile_wrapper';
COMMENT ON FUNCTION sharing.assign_profile(text, text) IS
    'Gives a role a profile: of several the most permissive wins, action by action';

CREATE FUNCTION sharing.unassign_profile(role text, profile text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'unassign_profile_wrapper';
COMMENT ON FUNCTION sharing.unassign_profile(text, text) IS
    'Takes a profile from a role; a role without any is not restricted';

-- Modules

CREATE FUNCTION sharing.protect(relation regclass, owner name DEFAULT NULL, module text DEFAULT NULL,
        owner_group name DEFAULT NULL, controlled_by regclass DEFAULT NULL, via name DEFAULT NULL, follows text DEFAULT NULL,
        hierarchy boolean DEFAULT true, default_owner boolean DEFAULT false, grants boolean DEFAULT true,
        global_access sharing.global_access DEFAULT 'private', dry_run boolean DEFAULT false)
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'protect_wrapper';
COMMENT ON FUNCTION sharing.protect(regclass, name, text, name, regclass, name, text, boolean, boolean, boolean, sharing.global_access, boolean) IS
    'Protects a table and all its partitions; returns the statements that it runs, or with dry_run would run';

CREATE FUNCTION sharing.unprotect(relation regclass)
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'unprotect_wrapper';
COMMENT ON FUNCTION sharing.unprotect(regclass) IS
    'Puts a table back as it was before protect(); returns the statements that it runs';

CREATE FUNCTION sharing.rename_module(module text, new_name text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rename_module_wrapper';
COMMENT ON FUNCTION sharing.rename_module(text, text) IS
    'Renames a module; its rules and what profiles permit in it stay';

CREATE FUNCTION sharing.rewrite_policies(relation regclass DEFAULT NULL)
    RETURNS SETOF text VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'rewrite_policies_wrapper';
COMMENT ON FUNCTION sharing.rewrite_policies(regclass) IS
    'Writes the policies and triggers of all modules anew, or of the one to which a table belongs, in the form of this version; returns the statements';

CREATE FUNCTION sharing.relate(child regclass, via name, parent regclass,
        when_column name DEFAULT NULL, when_value text DEFAULT NULL, with_shares boolean DEFAULT true,
        with_parent sharing.access_level DEFAULT 'none')
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'relate_wrapper';
COMMENT ON FUNCTION sharing.relate(regclass, name, regclass, name, text, boolean, sharing.access_level) IS
    'Declares that a column of a table holds keys of another, so that rules and shares of the parent carry to its children, and with_parent (read or edit) any access to it';

CREATE FUNCTION sharing.unrelate(child regclass, via name, parent regclass)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'unrelate_wrapper';
COMMENT ON FUNCTION sharing.unrelate(regclass, name, regclass) IS
    'Takes such a declaration back';

CREATE FUNCTION sharing.transfer(relation regclass, record_ids text[], new_owner text)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'transfer_wrapper';
COMMENT ON FUNCTION sharing.transfer(regclass, text[], text) IS
    'Gives records to user:KEY or group:NAME, all or none; returns how many. Where the key has several columns, a record''s id is a JSON object of them';

CREATE FUNCTION sharing.transfer_all(owner text, new_owner text)
    RETURNS TABLE (module text, records bigint) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'transfer_all_wrapper';
COMMENT ON FUNCTION sharing.transfer_all(text, text) IS
    'Gives all records of user:KEY or group:NAME to another, in all modules, all or none; returns the modules that had some, and how many';

-- Sharing rules

CREATE FUNCTION sharing.set_global_access(module text, access text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'set_global_access_wrapper';
COMMENT ON FUNCTION sharing.set_global_access(text, text) IS
    'Stages what everybody may do with the records of a module: a word of the type global_access, or the words that people are shown';

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

CREATE FUNCTION sharing.drop_rule(id bigint)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'drop_rule_wrapper';
COMMENT ON FUNCTION sharing.drop_rule(bigint) IS
    'Stages the end of a rule';

CREATE FUNCTION sharing.pending_changes()
    RETURNS TABLE (module text, change text, detail jsonb) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'pending_changes_wrapper';
COMMENT ON FUNCTION sharing.pending_changes() IS
    'Lists what is staged and not yet valid';

CREATE FUNCTION sharing.preview_rules()
    RETURNS TABLE (module text, user_key text, user_name text, gained bigint, lost bigint, edit_gained bigint,
        edit_lost bigint, delete_gained bigint, delete_lost bigint) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'preview_rules_wrapper';
COMMENT ON FUNCTION sharing.preview_rules() IS
    'Counts the records that each affected user would gain or lose by apply_rules(): to see, to edit, to delete; the last row is the total';

CREATE FUNCTION sharing.apply_rules(check_expectations boolean DEFAULT true)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'apply_rules_wrapper';
COMMENT ON FUNCTION sharing.apply_rules(boolean) IS
    'Makes everything staged valid, unless an expectation would break by it; returns the number of changes';

CREATE FUNCTION sharing.discard_changes()
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'discard_changes_wrapper';
COMMENT ON FUNCTION sharing.discard_changes() IS
    'Forgets everything staged; returns the number of changes';

-- Record sharing between offices

CREATE FUNCTION sharing.enable_record_sharing(user_key text, handshake_office text DEFAULT NULL,
        handshake_user text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail text) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'enable_record_sharing_wrapper';
COMMENT ON FUNCTION sharing.enable_record_sharing(text, text, text, boolean) IS
    'Lets a user share records with other offices, with all that this brings; returns what changes, with dry_run what would';

CREATE FUNCTION sharing.disable_record_sharing(user_key text, delete_links boolean DEFAULT false, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail text) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'disable_record_sharing_wrapper';
COMMENT ON FUNCTION sharing.disable_record_sharing(text, boolean, boolean) IS
    'Ends that: links and shares count for nothing until it is enabled again, or are deleted';

CREATE FUNCTION sharing.request_link(office text, user_name text, until timestamptz DEFAULT NULL)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'request_link_wrapper';
COMMENT ON FUNCTION sharing.request_link(text, text, timestamptz) IS
    'Asks a user of another office for a link from the caller, until then, if that is said; returns its number';

CREATE FUNCTION sharing.pending_links()
    RETURNS TABLE (link_id bigint, from_office text, from_user text, requested_at timestamptz) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'pending_links_wrapper';
COMMENT ON FUNCTION sharing.pending_links() IS
    'Links that wait for the caller';

CREATE FUNCTION sharing.accept_links(link_ids bigint[])
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'accept_links_wrapper';
COMMENT ON FUNCTION sharing.accept_links(bigint[]) IS
    'Accepts links that wait for the caller, all or none; returns how many';

CREATE FUNCTION sharing.decline_links(link_ids bigint[])
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'decline_links_wrapper';
COMMENT ON FUNCTION sharing.decline_links(bigint[]) IS
    'Declines links that wait for the caller, all or none; returns how many';

CREATE FUNCTION sharing.delete_link(link_id bigint, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail text) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'delete_link_wrapper';
COMMENT ON FUNCTION sharing.delete_link(bigint, boolean) IS
    'Deletes a link of the caller with all its shares; returns what goes, with dry_run what would';

CREATE FUNCTION sharing.my_receivers()
    RETURNS TABLE (link_id bigint, office text, user_name text, status text, records bigint) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'my_receivers_wrapper';
COMMENT ON FUNCTION sharing.my_receivers() IS
    'Users who receive records of the caller, with the number of records that the link opens while it is active';

CREATE FUNCTION sharing.my_sharers()
    RETURNS TABLE (link_id bigint, office text, user_name text, status text, records bigint) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'my_sharers_wrapper';
COMMENT ON FUNCTION sharing.my_sharers() IS
    'Users who share records with the caller, with the number of records that the link opens while it is active';

CREATE FUNCTION sharing.shared_records(link_id bigint)
    RETURNS TABLE (module text, record_id text, access sharing.access_level, shared_at timestamptz, until timestamptz, status text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'shared_records_wrapper';
COMMENT ON FUNCTION sharing.shared_records(bigint) IS
    'The records shared over a link of the caller; with access none those that it does not open, since another user owns them now, the profiles of the receiver take the module away, or they have ended';

CREATE FUNCTION sharing.share_record(relation regclass, record_id text, with_user text, access sharing.access_level DEFAULT 'read', until timestamptz DEFAULT NULL)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'share_record_wrapper';
COMMENT ON FUNCTION sharing.share_record(regclass, text, text, sharing.access_level, timestamptz) IS
    'Shares a record of the caller with the user of this key, over an active link; read or edit; until then, if that is said';

CREATE FUNCTION sharing.unshare_record(relation regclass, record_id text, with_user text)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'unshare_record_wrapper';
COMMENT ON FUNCTION sharing.unshare_record(regclass, text, text) IS
    'Takes a share back';

CREATE FUNCTION sharing.share_records(relation regclass, record_ids text[], with_user text, access sharing.access_level DEFAULT 'read', until timestamptz DEFAULT NULL)
    RETURNS bigint VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'share_records_wrapper';
COMMENT ON FUNCTION sharing.share_records(regclass, text[], text, sharing.access_level, timestamptz) IS
    'Shares records of the caller with the user of this key, all or none, until then, if that is said; returns how many';

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

-- Whom to ask for a link. Of a session that is nobody it is nobody's business.
CREATE FUNCTION sharing_internal.list_specialists()
    RETURNS TABLE (office text, user_name text, user_key text) STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'list_specialists_wrapper';
COMMENT ON FUNCTION sharing_internal.list_specialists() IS
    'The rows of sharing.specialists';

-- Over a function, since EXPLAIN of a view over the tables counts users for everybody.
CREATE VIEW sharing.specialists AS
    SELECT l.office, l.user_name, l.user_key FROM sharing_internal.list_specialists() l;
COMMENT ON VIEW sharing.specialists IS 'Users with the right record_sharing, and their office';
COMMENT ON COLUMN sharing.specialists.office IS 'The office, as request_link() wants it';
COMMENT ON COLUMN sharing.specialists.user_name IS 'The name, as request_link() wants it';
COMMENT ON COLUMN sharing.specialists.user_key IS 'The key, as share_record() wants it';

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

-- Configuration as one document

CREATE FUNCTION sharing.export_config()
    RETURNS jsonb STABLE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'export_config_wrapper';
COMMENT ON FUNCTION sharing.export_config() IS
    'The configuration as one document; what is only staged is told as that';

CREATE FUNCTION sharing.import_config(config jsonb, apply boolean DEFAULT false, dry_run boolean DEFAULT false)
    RETURNS TABLE (change text, object text, detail jsonb) VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'import_config_wrapper';
COMMENT ON FUNCTION sharing.import_config(jsonb, boolean, boolean) IS
    'Makes the configuration equal to each section of the document, with apply at once valid; returns the changes';

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

-- Administration

CREATE FUNCTION sharing.grant_admin(role regrole)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'grant_admin_wrapper';
COMMENT ON FUNCTION sharing.grant_admin(regrole) IS
    'Lets a database role administer record sharing';

CREATE FUNCTION sharing.revoke_admin(role regrole)
    RETURNS void VOLATILE PARALLEL UNSAFE
    LANGUAGE c AS 'MODULE_PATHNAME', 'revoke_admin_wrapper';
COMMENT ON FUNCTION sharing.revoke_admin(regrole) IS
    'Takes that back';

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

-- Predicates of the policies. Not strict: a record without an owner is still a record.


CREATE FUNCTION sharing_internal.predicate_support(internal) RETURNS internal
    VOLATILE PARALLEL SAFE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'predicate_support';
COMMENT ON FUNCTION sharing_internal.predicate_support(internal) IS
    'Tells the planner how many rows a predicate keeps and which index answers it';

-- Of the column by which the records of a table are known: the policy for reading says with it which
-- one that is. The planner drops it from every plan.
CREATE FUNCTION sharing_internal.record_key(key anyelement) RETURNS boolean
    IMMUTABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'record_key';
COMMENT ON FUNCTION sharing_internal.record_key(anyelement) IS
    'True. The policy for reading calls it of the column by which records of the table are shared, transferred and pointed at';

-- Reading goes by the statement's snapshot, also in parallel workers; the others by the latest
-- committed configuration, which a parallel query cannot look up.

CREATE FUNCTION sharing_internal.may_read(module regclass, owner "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read';
COMMENT ON FUNCTION sharing_internal.may_read(regclass, "any") IS
    'Whether the caller may see records of this owner';

CREATE FUNCTION sharing_internal.may_read(module regclass, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read';
COMMENT ON FUNCTION sharing_internal.may_read(regclass, "any", "any") IS
    'Whether the caller may see records of this user owner; see also may_read_as_group';

CREATE FUNCTION sharing_internal.may_read_as_group(module regclass, "group" "any", owner "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_as_group';
COMMENT ON FUNCTION sharing_internal.may_read_as_group(regclass, "any", "any") IS
    'Whether the caller may see records of this group, given their user owner';

CREATE FUNCTION sharing_internal.may_create(module regclass, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create';
COMMENT ON FUNCTION sharing_internal.may_create(regclass, "any") IS
    'Whether the caller may store records of this owner';

CREATE FUNCTION sharing_internal.may_create(module regclass, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create';
COMMENT ON FUNCTION sharing_internal.may_create(regclass, "any", "any") IS
    'Whether the caller may store records of this user owner; see also may_create_as_group';

CREATE FUNCTION sharing_internal.may_create_as_group(module regclass, "group" "any", owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_as_group';
COMMENT ON FUNCTION sharing_internal.may_create_as_group(regclass, "any", "any") IS
    'Whether the caller may store records of this group, given their user owner';

CREATE FUNCTION sharing_internal.may_edit(module regclass, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit';
COMMENT ON FUNCTION sharing_internal.may_edit(regclass, "any") IS
    'Whether the caller may change records of this owner';

CREATE FUNCTION sharing_internal.may_edit(module regclass, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit';
COMMENT ON FUNCTION sharing_internal.may_edit(regclass, "any", "any") IS
    'Whether the caller may change records of this user owner; see also may_edit_as_group';

CREATE FUNCTION sharing_internal.may_edit_as_group(module regclass, "group" "any", owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_as_group';
COMMENT ON FUNCTION sharing_internal.may_edit_as_group(regclass, "any", "any") IS
    'Whether the caller may change records of this group, given their user owner';

CREATE FUNCTION sharing_internal.may_delete(module regclass, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_delete';
COMMENT ON FUNCTION sharing_internal.may_delete(regclass, "any") IS
    'Whether the caller may delete records of this owner';

CREATE FUNCTION sharing_internal.may_delete(module regclass, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_delete';
COMMENT ON FUNCTION sharing_internal.may_delete(regclass, "any", "any") IS
    'Whether the caller may delete records of this user owner; see also may_delete_as_group';

CREATE FUNCTION sharing_internal.may_delete_as_group(module regclass, "group" "any", owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_delete_as_group';
COMMENT ON FUNCTION sharing_internal.may_delete_as_group(regclass, "any", "any") IS
    'Whether the caller may delete records of this group, given their user owner';

CREATE FUNCTION sharing_internal.may_change_owner(module regclass, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_change_owner';
COMMENT ON FUNCTION sharing_internal.may_change_owner(regclass, "any") IS
    'Whether the caller may give away records of this owner';

CREATE FUNCTION sharing_internal.may_change_owner(module regclass, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_change_owner';
COMMENT ON FUNCTION sharing_internal.may_change_owner(regclass, "any", "any") IS
    'Whether the caller may give away records of this user owner; see also may_change_owner_as_group';

CREATE FUNCTION sharing_internal.may_change_owner_as_group(module regclass, "group" "any", owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_change_owner_as_group';
COMMENT ON FUNCTION sharing_internal.may_change_owner_as_group(regclass, "any", "any") IS
    'Whether the caller may give away records of this group, given their user owner';

CREATE FUNCTION sharing_internal.may_read_shared(module regclass, record "any", owner "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_shared';
COMMENT ON FUNCTION sharing_internal.may_read_shared(regclass, "any", "any") IS
    'Whether the record with this key was shared with the caller by this owner, or given to them, so that they may see it';

CREATE FUNCTION sharing_internal.may_read_shared(module regclass, record "any", owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_shared';
COMMENT ON FUNCTION sharing_internal.may_read_shared(regclass, "any", "any", "any") IS
    'Whether the record with this key was shared with the caller by this user owner, or given to them, so that they may see it';

CREATE FUNCTION sharing_internal.may_edit_shared(module regclass, record "any", owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_shared';
COMMENT ON FUNCTION sharing_internal.may_edit_shared(regclass, "any", "any") IS
    'Whether the record with this key was shared with the caller by this owner, or given to them, so that they may change it';

CREATE FUNCTION sharing_internal.may_edit_shared(module regclass, record "any", owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_shared';
COMMENT ON FUNCTION sharing_internal.may_edit_shared(regclass, "any", "any", "any") IS
    'Whether the record with this key was shared with the caller by this user owner, or given to them, so that they may change it';

-- Over relations, and of modules that another controls.

CREATE FUNCTION sharing_internal.may_read_related(module regclass, parent "any", relation integer, owner "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_related';
COMMENT ON FUNCTION sharing_internal.may_read_related(regclass, "any", integer, "any") IS
    'Whether the parent record with this key lets the caller see records of this owner, by a rule or a share';

CREATE FUNCTION sharing_internal.may_read_related(module regclass, parent "any", relation integer, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_related';
COMMENT ON FUNCTION sharing_internal.may_read_related(regclass, "any", integer, "any", "any") IS
    'Whether the parent record with this key lets the caller see records of this owner, by a rule or a share';

CREATE FUNCTION sharing_internal.may_create_related(module regclass, parent "any", relation integer, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_related';
COMMENT ON FUNCTION sharing_internal.may_create_related(regclass, "any", integer, "any") IS
    'Whether the parent record with this key lets the caller store records of this owner, by a rule or a share';

CREATE FUNCTION sharing_internal.may_create_related(module regclass, parent "any", relation integer, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_related';
COMMENT ON FUNCTION sharing_internal.may_create_related(regclass, "any", integer, "any", "any") IS
    'Whether the parent record with this key lets the caller store records of this owner, by a rule or a share';

CREATE FUNCTION sharing_internal.may_edit_related(module regclass, parent "any", relation integer, owner "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_related';
COMMENT ON FUNCTION sharing_internal.may_edit_related(regclass, "any", integer, "any") IS
    'Whether the parent record with this key lets the caller change records of this owner, by a rule or a share';

CREATE FUNCTION sharing_internal.may_edit_related(module regclass, parent "any", relation integer, owner "any", "group" "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_related';
COMMENT ON FUNCTION sharing_internal.may_edit_related(regclass, "any", integer, "any", "any") IS
    'Whether the parent record with this key lets the caller change records of this owner, by a rule or a share';

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

CREATE FUNCTION sharing_internal.may_read_detail(module regclass, parent "any") RETURNS boolean
    STABLE PARALLEL SAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_read_detail';
COMMENT ON FUNCTION sharing_internal.may_read_detail(regclass, "any") IS
    'Whether the caller may see records that the one with this key controls';

CREATE FUNCTION sharing_internal.may_create_detail(module regclass, parent "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_create_detail';
COMMENT ON FUNCTION sharing_internal.may_create_detail(regclass, "any") IS
    'Whether the caller may store records that the one with this key controls';

CREATE FUNCTION sharing_internal.may_edit_detail(module regclass, parent "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_edit_detail';
COMMENT ON FUNCTION sharing_internal.may_edit_detail(regclass, "any") IS
    'Whether the caller may change records that the one with this key controls';

CREATE FUNCTION sharing_internal.may_delete_detail(module regclass, parent "any") RETURNS boolean
    STABLE PARALLEL UNSAFE SUPPORT sharing_internal.predicate_support LANGUAGE c AS 'MODULE_PATHNAME', 'may_delete_detail';
COMMENT ON FUNCTION sharing_internal.may_delete_detail(regclass, "any") IS
    'Whether the caller may delete records that the one with this key controls';

-- What index conditions look up when the plan runs. STABLE, so an index scan asks once.

CREATE FUNCTION sharing_internal.owner_keys(module regclass, action text, of_type anyelement) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'owner_keys';
COMMENT ON FUNCTION sharing_internal.owner_keys(regclass, text, anyelement) IS
    'The owners with whose records the caller may do an action, where they can be listed';

CREATE FUNCTION sharing_internal.group_keys(module regclass, action text, of_type anyelement) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_keys';
COMMENT ON FUNCTION sharing_internal.group_keys(regclass, text, anyelement) IS
    'The groups with whose records the caller may do an action, where they can be listed';

CREATE FUNCTION sharing_internal.shared_keys(module regclass, action text, of_type anyelement) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'shared_keys';
COMMENT ON FUNCTION sharing_internal.shared_keys(regclass, text, anyelement) IS
    'The records that were shared with the caller, or given to them, so that they may do an action';

CREATE FUNCTION sharing_internal.related_keys(module regclass, action text, of_type anyelement, relation integer) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'related_keys';
COMMENT ON FUNCTION sharing_internal.related_keys(regclass, text, anyelement, integer) IS
    'The parent records over a relation that let the caller do an action with their children';

CREATE FUNCTION sharing_internal.parent_keys(module regclass, action text, of_type anyelement) RETURNS anyarray
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'parent_keys';
COMMENT ON FUNCTION sharing_internal.parent_keys(regclass, text, anyelement) IS
    'The records that let the caller do an action with what they control, where they can be listed';

-- Triggers on protected tables.

CREATE FUNCTION sharing_internal.forget_shares() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'forget_shares';
COMMENT ON FUNCTION sharing_internal.forget_shares() IS 'Shares and grants go with their record';

CREATE FUNCTION sharing_internal.any_shared(module regclass) RETURNS boolean
    STABLE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'any_shared';
COMMENT ON FUNCTION sharing_internal.any_shared(regclass) IS
    'Whether a record of the table may be shared or given: otherwise forget_shares() has nothing to do';

CREATE FUNCTION sharing_internal.differs(before "any", after "any") RETURNS boolean
    IMMUTABLE PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'differs';
COMMENT ON FUNCTION sharing_internal.differs("any", "any") IS
    'Whether an owner is another one, also where an operator takes them for equal: otherwise guard_owner() has nothing to do';

CREATE FUNCTION sharing_internal.follow_source() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_source';
COMMENT ON FUNCTION sharing_internal.follow_source() IS 'What a statement changes in a table of the application changes the organization';

CREATE FUNCTION sharing_internal.follow_source_row() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_source_row';
COMMENT ON FUNCTION sharing_internal.follow_source_row() IS 'The same for rows that logical replication brings, for which no statement triggers fire';

CREATE FUNCTION sharing_internal.guard_owner() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'guard_owner';
COMMENT ON FUNCTION sharing_internal.guard_owner() IS 'Changing the owner of a record takes full access to it';

CREATE FUNCTION sharing_internal.default_owner() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'default_owner';
COMMENT ON FUNCTION sharing_internal.default_owner() IS 'A new record without an owner becomes the caller''s own';

-- New partitions and dropped tables.

CREATE FUNCTION sharing_internal.follow_tables() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_tables';
COMMENT ON FUNCTION sharing_internal.follow_tables() IS 'Protects new partitions and inheritance children of protected tables, and puts policies back';
-- After every command: which of them can make a partition is not for a list to tell.
CREATE EVENT TRIGGER sharing_follow_tables ON ddl_command_end EXECUTE FUNCTION sharing_internal.follow_tables();
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_follow_tables IS 'Protects new partitions and inheritance children of protected tables, and puts policies back';

CREATE FUNCTION sharing_internal.follow_drops() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'follow_drops';
COMMENT ON FUNCTION sharing_internal.follow_drops() IS 'A dropped table takes its module with it';
CREATE EVENT TRIGGER sharing_follow_drops ON sql_drop EXECUTE FUNCTION sharing_internal.follow_drops();
ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_follow_drops IS 'A dropped table takes its module with it';

-- Before it is done: PostgreSQL's own refusal does not know the rule.
CREATE FUNCTION sharing_internal.guard_columns() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'guard_columns';
COMMENT ON FUNCTION sharing_internal.guard_columns() IS 'Columns that criteria of rules name are not dropped, and keep their types';
CREATE EVENT TRIGGER sharing_guard_columns ON ddl_command_start WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.guard_columns();
ALTER EVENT TRIGGER sharing_guard_columns ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_guard_columns IS 'Columns that criteria of rules name are not dropped, and keep their types';
