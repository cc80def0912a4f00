-- What the caller may not know is answered like what does not exist, in text, SQLSTATE and plan.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
-- A link: who cannot share gets one answer, whatever he asks for.
SELECT person, count(DISTINCT answer), min(answer)
FROM unnest('{abe,rep1}'::text[]) person,
     unnest(ARRAY['SELECT sharing.request_link(''Los Angeles'', ''liz'')', 'SELECT sharing.request_link(''Los Angeles'', ''leo'')',
                  'SELECT sharing.request_link(''Los Angeles'', ''absent'')', 'SELECT sharing.request_link(''absent'', ''liz'')',
                  'SELECT sharing.request_link(''New York'', ''abe'')']) statement,
     test.call(person, statement) answer
GROUP BY person ORDER BY person;
-- For a specialist, a user whom sharing.specialists does not list and one who does not exist are the same, and so are offices.
SELECT replace(replace(answer, name, 'NAME'), office, 'OFFICE') AS answer, count(*)
FROM unnest('{leo,absent,abe,rep1}'::text[]) name, unnest('{Los Angeles,New York,Head,Nowhere}'::text[]) office,
     test.call('ann', format('SELECT sharing.request_link(%L, %L)', office, name)) answer
GROUP BY 1 ORDER BY 1;
SELECT test.call('ann', 'SELECT sharing.request_link(''Los Angeles'', ''liz'') > 0');
-- A new owner: a record that the caller cannot give away is refused first.
SELECT person, count(DISTINCT answer), min(answer)
FROM unnest('{ghost,leo,rep1}'::text[]) person, unnest('{user:ann,user:absent}'::text[]) receiver,
     test.call(person, format('SELECT sharing.transfer(''clients'', ''{1}'', %L)', receiver)) answer
GROUP BY person ORDER BY person;
SELECT receiver, test.call('ghost', format('SELECT sharing.transfer(''clients'', ''{}'', %L)', receiver))
FROM unnest('{user:ann,user:absent}'::text[]) receiver;
SELECT test.call('ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:absent'')');
-- A link, a record, a user: hidden and absent.
SELECT test.link('ann', 'bob') AS link \gset
SELECT person, count(DISTINCT regexp_replace(answer, 'link \d+', 'link N')) AS answers, min(regexp_replace(answer, 'link \d+', 'link N'))
FROM unnest('{leo,liz}'::text[]) person, unnest(ARRAY[:link, 999]) link,
     unnest(ARRAY['shared_records(%s)', 'delete_link(%s)', 'accept_links(''{%s}'')', 'decline_links(''{%s}'')']) call,
     test.call(person, 'SELECT sharing.' || format(call, link)) answer
GROUP BY person, call ORDER BY person, call;
SELECT count(DISTINCT replace(replace(answer, '''4''', 'N'), '''999''', 'N')) AS answers
FROM unnest('{4,999}'::text[]) record, test.call('ann', format('SELECT sharing.share_record(''clients'', %L, ''bob'')', record)) answer;
-- With whom a record is shared: a user without a link and one who does not exist.
SELECT call, count(DISTINCT replace(answer, person, 'N')) AS answers, min(replace(answer, person, 'N'))
FROM unnest(ARRAY['share_record(''clients'', ''1'', %L)', 'unshare_record(''clients'', ''1'', %L)', 'unshare_record(''clients'', ''4'', %L)']) call,
     unnest('{leo,rep1,absent}'::text[]) person, test.call('ann', 'SELECT sharing.' || format(call, person)) answer
GROUP BY call ORDER BY call;
-- EXPLAIN of the list of specialists, and of the audit log, tells nobody how many users there are.
\c - postgres
SELECT count(sharing.create_user('more' || n, 'more' || n, NULL, 'Boston')) FROM generate_series(1, 40) n;
SELECT count(*) FROM generate_series(1, 9) n, sharing.enable_record_sharing('more' || n);
ANALYZE sharing.users;
\c - app
SET sharing.user_key = 'ghost';
EXPLAIN (ANALYZE, COSTS ON, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT * FROM sharing.specialists;
EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT * FROM sharing.specialists WHERE user_key = 'more1';
SELECT count(*) FROM sharing.specialists;
SET sharing.user_key = 'leo';
SELECT count(*) FROM sharing.specialists;
