-- Record sharing between offices; Errors: what cannot be done with links, each with its SQLSTATE and the hint that mends it; nothing is changed by it.
-- Self-accept, accept by a third party, accept twice. A foreign link answers as one that does not exist.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_user('nik', 'nik'), sharing.create_user('amy', 'amy', NULL, 'New York'), sharing.create_user('ida', 'ida', NULL, 'Los Angeles') \g /dev/null
SELECT sharing.enable_record_sharing('amy'), sharing.enable_record_sharing('ida'), sharing.deactivate_user('ida') \g /dev/null
\c - app
SELECT test.call('ann', 'SELECT sharing.request_link(''Los Angeles'', ''liz'')') AS waiting;
SELECT test.link('bob', 'liz') AS active;
SELECT test.call('bob', 'SELECT sharing.request_link(''New York'', ''ann'')') AS waiting;
\c - postgres
SELECT test.configuration() AS before \gset
\c - app
SELECT who, statement, test.call(who, 'SELECT sharing.' || statement) AS answer FROM (VALUES
    -- request
    ('ann', 'request_link(''New York'', ''amy'')'),
    ('ann', 'request_link(''New York'', ''ann'')'),
    ('ann', 'request_link(''New York'', ''abe'')'),
    ('ann', 'request_link(''Los Angeles'', ''leo'')'),
    ('abe', 'request_link(''Los Angeles'', ''liz'')'),
    ('nik', 'request_link(''Los Angeles'', ''liz'')'),
    ('ann', 'request_link(''Los Angeles'', ''ida'')'),
    ('ann', 'request_link(''Los Angeles'', ''nobody'')'),
    ('ann', 'request_link(''Nowhere'', ''liz'')'),
    ('ann', 'request_link(''Los Angeles'', ''liz'')'),
    ('bob', 'request_link(''Los Angeles'', ''liz'')'),
    ('ann', 'request_link(NULL, ''liz'')'),
    ('ann', 'request_link(''Los Angeles'', NULL)'),
    ('', 'request_link(''Los Angeles'', ''liz'')'),
    ('ida', 'request_link(''New York'', ''ann'')'),
    ('ghost', 'request_link(''Los Angeles'', ''liz'')'),
    -- accept and decline: all or none
    ('ann', 'accept_links(''{1}'')'),
    ('ann', 'decline_links(''{1}'')'),
    ('bob', 'accept_links(''{1}'')'),
    ('bob', 'decline_links(''{1}'')'),
    ('adm', 'accept_links(''{1}'')'),
    ('adm', 'decline_links(''{1}'')'),
    ('liz', 'accept_links(''{2}'')'),
    ('liz', 'decline_links(''{2}'')'),
    ('liz', 'accept_links(''{1,2}'')'),
    ('liz', 'accept_links(''{1,3}'')'),
    ('liz', 'decline_links(''{1,99}'')'),
    ('liz', 'accept_links(''{99}'')'),
    ('liz', 'accept_links(''{1,NULL}'')'),
    ('liz', 'accept_links(NULL)'),
    ('liz', 'decline_links(NULL)'),
    ('', 'accept_links(''{1}'')'),
    ('', 'decline_links(''{1}'')'),
    -- delete
    ('bob', 'delete_link(1)'),
    ('leo', 'delete_link(1)'),
    ('bob', 'delete_link(99)'),
    ('adm', 'delete_link(99)'),
    ('', 'delete_link(1)'),
    ('ann', 'delete_link(NULL)'),
    -- look
    ('bob', 'shared_records(1)'),
    ('bob', 'shared_records(99)'),
    ('', 'shared_records(1)'),
    ('ann', 'shared_records(NULL)'),
    ('', 'pending_links()'),
    ('', 'my_receivers()'),
    ('', 'my_sharers()')) AS attempts (who, statement);
\c - postgres
SELECT test.configuration() = :'before' AS nothing_changed;
\c - app
-- Waiting when one side loses what it takes: it can no longer be accepted.
SELECT situation, test.outcome_for('adm', before), test.outcome_for('liz', format('DO $do$BEGIN PERFORM set_config(''sharing.user_key'', ''adm'', true); PERFORM %s; PERFORM set_config(''sharing.user_key'', ''liz'', true); PERFORM sharing.accept_links(''{1}''); END$do$', substr(before, 8)))
FROM (VALUES ('right of the sender', 'SELECT sharing.disable_record_sharing(''ann'')'), ('activity of the sender', 'SELECT sharing.deactivate_user(''ann'')'),
             ('right of the receiver', 'SELECT sharing.disable_record_sharing(''liz'')'), ('same office', 'SELECT sharing.set_user_office(''ann'', ''Los Angeles'')'),
             ('no office', 'SELECT sharing.set_user_office(''ann'', NULL)'), ('nothing of it', 'SELECT 1')) s (situation, before);
-- Nobody who is linked is dropped.
SELECT test.call('adm', 'SELECT sharing.drop_user(''ann'')');
-- Accepted once, not twice, nor declined any more.
SELECT test.call('liz', 'SELECT sharing.accept_links(''{1}'')');
SELECT test.call('liz', 'SELECT sharing.accept_links(''{1}'')');
SELECT test.call('liz', 'SELECT sharing.decline_links(''{1}'')');
-- The tables behind it are nobody's.
SELECT test.call('ann', 'SELECT * FROM sharing.' || name), test.call('ann', format('DELETE FROM sharing.%s', name)), test.call('ann', format('TRUNCATE sharing.%s', name))
FROM unnest('{links,shares,shared_modules}'::text[]) name;
SELECT test.call('ann', 'INSERT INTO sharing.shares VALUES (1, 1, ''3'', ''edit'')'), test.call('ann', 'UPDATE sharing.links SET status = ''active''');
