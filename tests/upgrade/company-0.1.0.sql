--
-- PostgreSQL database dump
--

\restrict S1hZl1uLXGKiEy7c1GJWRD4cbu8KPXhbkTdoOhXxuqlz03zhlAoKSzIgb0baLy6

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: recorded; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA recorded;


ALTER SCHEMA recorded OWNER TO postgres;

--
-- Name: pg_sharing; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_sharing WITH SCHEMA pg_catalog;


--
-- Name: EXTENSION pg_sharing; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pg_sharing IS 'record sharing enforced inside the database: role hierarchy, groups, global access and sharing rules';


--
-- Name: kind; Type: TYPE; Schema: public; Owner: upgrade_crm
--

CREATE TYPE public.kind AS ENUM (
    'lead',
    'ticket'
);


ALTER TYPE public.kind OWNER TO upgrade_crm;

--
-- Name: reach(text); Type: FUNCTION; Schema: recorded; Owner: postgres
--

CREATE FUNCTION recorded.reach(person text) RETURNS TABLE(relation text, sees text, changes text, deletes text, creates text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    statement text;
    told text;
    answers text[];
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', person, false);
    FOREACH relation IN ARRAY '{leads,tickets,cases,docs,assets,tasks,calls,remarks,accounts,lines,prices,visits,visits_1,visits_2,visits_3,items,items_1,items_2,items_2a,items_3,items_4,persons,employees,trainees,letters,drafts,forms,loose,"\"Odd \"\"Name\"",ledgers}'::text[] LOOP
        answers := '{}';
        FOREACH statement IN ARRAY ARRAY['SELECT id FROM public.%s', 'UPDATE public.%s SET note = note RETURNING id', 'DELETE FROM public.%s RETURNING id',
                                         'INSERT INTO public.%s (id) VALUES (1000) RETURNING owner AS id'] LOOP
            CONTINUE WHEN statement LIKE 'INSERT%' AND relation <> 'forms';
            told := NULL;
            BEGIN
                EXECUTE pg_catalog.format('WITH did AS (' || statement || ') SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM did', relation) INTO told;
                RAISE EXCEPTION USING ERRCODE = 'UNDO0';
            EXCEPTION
                WHEN SQLSTATE 'UNDO0' THEN NULL;
                WHEN OTHERS THEN told := SQLSTATE;
            END;
            answers := answers || told;
        END LOOP;
        sees := answers[1];
        changes := answers[2];
        deletes := answers[3];
        creates := answers[4];
        RETURN NEXT;
    END LOOP;
END
$$;


ALTER FUNCTION recorded.reach(person text) OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Odd "Name; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public."Odd ""Name" (
    "Id" integer NOT NULL,
    id integer GENERATED ALWAYS AS (("Id" + 0)) STORED,
    "The Owner" integer,
    note text
);

ALTER TABLE ONLY public."Odd ""Name" FORCE ROW LEVEL SECURITY;


ALTER TABLE public."Odd ""Name" OWNER TO upgrade_crm;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.accounts (
    id integer NOT NULL,
    owner integer,
    parent_id integer,
    note text
);

ALTER TABLE ONLY public.accounts FORCE ROW LEVEL SECURITY;


ALTER TABLE public.accounts OWNER TO upgrade_crm;

--
-- Name: assets; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.assets (
    id uuid NOT NULL,
    owner uuid,
    note text
);

ALTER TABLE ONLY public.assets FORCE ROW LEVEL SECURITY;


ALTER TABLE public.assets OWNER TO upgrade_crm;

--
-- Name: calls; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.calls (
    id integer NOT NULL,
    owner integer,
    team integer,
    lead_id integer,
    note text
);

ALTER TABLE ONLY public.calls FORCE ROW LEVEL SECURITY;


ALTER TABLE public.calls OWNER TO upgrade_crm;

--
-- Name: cases; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.cases (
    id smallint NOT NULL,
    owner integer,
    team integer,
    note text
);

ALTER TABLE ONLY public.cases FORCE ROW LEVEL SECURITY;


ALTER TABLE public.cases OWNER TO upgrade_crm;

--
-- Name: docs; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.docs (
    id character varying(10) NOT NULL,
    owner character varying(40),
    note text
);

ALTER TABLE ONLY public.docs FORCE ROW LEVEL SECURITY;


ALTER TABLE public.docs OWNER TO upgrade_crm;

--
-- Name: drafts; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.drafts (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.drafts FORCE ROW LEVEL SECURITY;


ALTER TABLE public.drafts OWNER TO upgrade_crm;

--
-- Name: persons; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.persons (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.persons FORCE ROW LEVEL SECURITY;


ALTER TABLE public.persons OWNER TO upgrade_crm;

--
-- Name: employees; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.employees (
    salary integer
)
INHERITS (public.persons);

ALTER TABLE ONLY public.employees FORCE ROW LEVEL SECURITY;


ALTER TABLE public.employees OWNER TO upgrade_crm;

--
-- Name: forms; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.forms (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.forms FORCE ROW LEVEL SECURITY;


ALTER TABLE public.forms OWNER TO upgrade_crm;

--
-- Name: items; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items (
    id integer NOT NULL,
    owner integer,
    note text
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.items FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items OWNER TO upgrade_crm;

--
-- Name: items_1; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items_1 (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.items_1 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items_1 OWNER TO upgrade_crm;

--
-- Name: items_2; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items_2 (
    id integer NOT NULL,
    owner integer,
    note text
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.items_2 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items_2 OWNER TO upgrade_crm;

--
-- Name: items_2a; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items_2a (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.items_2a FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items_2a OWNER TO upgrade_crm;

--
-- Name: items_3; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items_3 (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.items_3 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items_3 OWNER TO upgrade_crm;

--
-- Name: items_4; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.items_4 (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.items_4 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.items_4 OWNER TO upgrade_crm;

--
-- Name: leads; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.leads (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.leads FORCE ROW LEVEL SECURITY;


ALTER TABLE public.leads OWNER TO upgrade_crm;

--
-- Name: ledgers; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.ledgers (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.ledgers FORCE ROW LEVEL SECURITY;


ALTER TABLE public.ledgers OWNER TO postgres;

--
-- Name: letters; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.letters (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.letters FORCE ROW LEVEL SECURITY;


ALTER TABLE public.letters OWNER TO upgrade_crm;

--
-- Name: lines; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.lines (
    id integer NOT NULL,
    lead_id integer,
    note text
);

ALTER TABLE ONLY public.lines FORCE ROW LEVEL SECURITY;


ALTER TABLE public.lines OWNER TO upgrade_crm;

--
-- Name: loose; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.loose (
    id integer,
    owner integer,
    note text
);

ALTER TABLE ONLY public.loose FORCE ROW LEVEL SECURITY;


ALTER TABLE public.loose OWNER TO upgrade_crm;

--
-- Name: prices; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.prices (
    id integer,
    line_id integer,
    note text
);

ALTER TABLE ONLY public.prices FORCE ROW LEVEL SECURITY;


ALTER TABLE public.prices OWNER TO upgrade_crm;

--
-- Name: remarks; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.remarks (
    id integer NOT NULL,
    owner integer,
    about public.kind,
    ref integer,
    note text
);

ALTER TABLE ONLY public.remarks FORCE ROW LEVEL SECURITY;


ALTER TABLE public.remarks OWNER TO upgrade_crm;

--
-- Name: tasks; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.tasks (
    id integer NOT NULL,
    owner integer,
    lead_id integer,
    note text
);

ALTER TABLE ONLY public.tasks FORCE ROW LEVEL SECURITY;


ALTER TABLE public.tasks OWNER TO upgrade_crm;

--
-- Name: tickets; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.tickets (
    id bigint NOT NULL,
    team text,
    note text
);

ALTER TABLE ONLY public.tickets FORCE ROW LEVEL SECURITY;


ALTER TABLE public.tickets OWNER TO upgrade_crm;

--
-- Name: trainees; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.trainees (
    id integer NOT NULL,
    owner integer,
    note text
);

ALTER TABLE ONLY public.trainees FORCE ROW LEVEL SECURITY;


ALTER TABLE public.trainees OWNER TO upgrade_crm;

--
-- Name: visits; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.visits (
    id integer NOT NULL,
    owner integer,
    note text,
    year integer NOT NULL
)
PARTITION BY LIST (year);

ALTER TABLE ONLY public.visits FORCE ROW LEVEL SECURITY;


ALTER TABLE public.visits OWNER TO upgrade_crm;

--
-- Name: visits_1; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.visits_1 (
    id integer NOT NULL,
    owner integer,
    note text,
    year integer NOT NULL
);

ALTER TABLE ONLY public.visits_1 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.visits_1 OWNER TO upgrade_crm;

--
-- Name: visits_2; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.visits_2 (
    year integer NOT NULL,
    note text,
    owner integer,
    id integer NOT NULL
);

ALTER TABLE ONLY public.visits_2 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.visits_2 OWNER TO upgrade_crm;

--
-- Name: visits_3; Type: TABLE; Schema: public; Owner: upgrade_crm
--

CREATE TABLE public.visits_3 (
    id integer NOT NULL,
    owner integer,
    note text,
    year integer NOT NULL
);

ALTER TABLE ONLY public.visits_3 FORCE ROW LEVEL SECURITY;


ALTER TABLE public.visits_3 OWNER TO upgrade_crm;

--
-- Name: answers; Type: TABLE; Schema: recorded; Owner: postgres
--

CREATE TABLE recorded.answers (
    person text NOT NULL,
    relation text NOT NULL,
    sees text,
    changes text,
    deletes text,
    creates text
);


ALTER TABLE recorded.answers OWNER TO postgres;

--
-- Name: items_1; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items ATTACH PARTITION public.items_1 FOR VALUES FROM (1) TO (14);


--
-- Name: items_2; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items ATTACH PARTITION public.items_2 FOR VALUES FROM (14) TO (27);


--
-- Name: items_2a; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_2 ATTACH PARTITION public.items_2a FOR VALUES FROM (14) TO (27);


--
-- Name: items_4; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items ATTACH PARTITION public.items_4 FOR VALUES FROM (40) TO (50);


--
-- Name: visits_1; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits ATTACH PARTITION public.visits_1 FOR VALUES IN (1);


--
-- Name: visits_2; Type: TABLE ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits ATTACH PARTITION public.visits_2 FOR VALUES IN (2);


--
-- Data for Name: Odd "Name; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public."Odd ""Name" ("Id", "The Owner", note) FROM stdin;
1	1	odd
2	2	odd
3	3	odd
4	4	odd
5	5	odd
6	6	odd
7	7	odd
8	8	odd
9	9	odd
10	10	odd
11	11	odd
12	12	odd
13	0	odd
14	1	odd
15	2	odd
16	3	odd
17	4	odd
18	5	odd
19	6	odd
20	7	odd
21	8	odd
22	9	odd
23	10	odd
24	11	odd
25	12	odd
26	0	odd
\.


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.accounts (id, owner, parent_id, note) FROM stdin;
1	1	0	account
2	2	1	account
3	3	1	account
4	4	2	account
5	5	2	account
6	6	3	account
7	7	3	account
8	8	4	account
9	9	4	account
10	10	5	account
11	11	5	account
12	12	6	account
13	0	6	account
14	1	7	account
15	2	7	account
16	3	8	account
17	4	8	account
18	5	9	account
19	6	9	account
20	7	10	account
21	8	10	account
22	9	11	account
23	10	11	account
24	11	12	account
25	12	12	account
26	0	13	account
\.


--
-- Data for Name: assets; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.assets (id, owner, note) FROM stdin;
10000000-0000-0000-0000-000000000001	\N	asset
10000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-00000000000a	asset
10000000-0000-0000-0000-000000000003	\N	asset
10000000-0000-0000-0000-000000000004	00000000-0000-0000-0000-00000000000a	asset
\.


--
-- Data for Name: calls; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.calls (id, owner, team, lead_id, note) FROM stdin;
1	1	101	2	call
2	2	101	3	call
3	3	101	4	call
4	4	101	5	call
5	5	101	6	call
6	6	101	7	call
7	0	101	8	call
8	1	101	9	call
9	2	101	10	call
10	3	101	11	call
11	4	101	12	call
12	5	101	13	call
13	6	101	14	call
14	0	101	15	call
15	1	101	16	call
16	2	101	17	call
17	3	101	18	call
18	4	101	19	call
19	5	101	20	call
20	6	101	21	call
21	0	101	22	call
22	1	101	23	call
23	2	101	24	call
24	3	101	25	call
25	4	101	26	call
26	5	101	27	call
27	6	101	28	call
28	0	101	29	call
29	1	101	30	call
30	2	101	31	call
31	3	101	32	call
32	4	101	33	call
33	5	101	34	call
34	6	101	35	call
35	0	101	36	call
36	1	101	37	call
37	2	101	38	call
38	3	101	39	call
39	4	101	1	call
\.


--
-- Data for Name: cases; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.cases (id, owner, team, note) FROM stdin;
1	1	101	case
2	2	102	case
3	3	103	case
4	4	104	case
5	5	100	case
6	6	101	case
7	7	102	case
8	8	103	case
9	9	104	case
10	10	100	case
11	11	101	case
12	12	102	case
13	0	103	case
14	1	104	case
15	2	100	case
16	3	101	case
17	4	102	case
18	5	103	case
19	6	104	case
20	7	100	case
21	8	101	case
22	9	102	case
23	10	103	case
24	11	104	case
25	12	100	case
26	0	101	case
\.


--
-- Data for Name: docs; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.docs (id, owner, note) FROM stdin;
d1	1	doc
d2	2	doc
d3	103	doc
d4	4	doc
d5	5	doc
d6	102	doc
d7	7	doc
d8	8	doc
d9	101	doc
d10	10	doc
d11	11	doc
d12	100	doc
d13	0	doc
d14	1	doc
d15	103	doc
d16	3	doc
d17	4	doc
d18	102	doc
d19	6	doc
d20	7	doc
d21	101	doc
d22	9	doc
d23	10	doc
d24	100	doc
d25	12	doc
d26	0	doc
\.


--
-- Data for Name: drafts; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.drafts (id, owner, note) FROM stdin;
1	1	draft
2	2	draft
3	3	draft
4	4	draft
5	5	draft
6	6	draft
7	7	draft
8	8	draft
9	9	draft
10	10	draft
11	11	draft
12	12	draft
13	0	draft
14	1	draft
15	2	draft
16	3	draft
17	4	draft
18	5	draft
19	6	draft
20	7	draft
21	8	draft
22	9	draft
23	10	draft
24	11	draft
25	12	draft
26	0	draft
\.


--
-- Data for Name: employees; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.employees (id, owner, note, salary) FROM stdin;
10	10	employee	1
11	11	employee	1
12	12	employee	1
13	0	employee	1
14	1	employee	1
15	2	employee	1
16	3	employee	1
17	4	employee	1
18	5	employee	1
19	6	employee	1
20	7	employee	1
21	8	employee	1
22	9	employee	1
23	10	employee	1
24	11	employee	1
25	12	employee	1
26	0	employee	1
\.


--
-- Data for Name: forms; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.forms (id, owner, note) FROM stdin;
1	1	form
2	2	form
3	3	form
4	4	form
5	5	form
6	6	form
7	7	form
8	8	form
9	9	form
10	10	form
11	11	form
12	12	form
13	0	form
14	1	form
15	2	form
16	3	form
17	4	form
18	5	form
19	6	form
20	7	form
21	8	form
22	9	form
23	10	form
24	11	form
25	12	form
26	0	form
\.


--
-- Data for Name: items_1; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.items_1 (id, owner, note) FROM stdin;
1	1	item
2	2	item
3	3	item
4	4	item
5	5	item
6	6	item
7	7	item
8	8	item
9	9	item
10	10	item
11	11	item
12	12	item
13	0	item
\.


--
-- Data for Name: items_2a; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.items_2a (id, owner, note) FROM stdin;
14	1	item
15	2	item
16	3	item
17	4	item
18	5	item
19	6	item
20	7	item
21	8	item
22	9	item
23	10	item
24	11	item
25	12	item
26	0	item
\.


--
-- Data for Name: items_3; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.items_3 (id, owner, note) FROM stdin;
27	1	item
28	2	item
29	3	item
30	4	item
31	5	item
32	6	item
33	7	item
34	8	item
35	9	item
36	10	item
37	11	item
38	12	item
39	0	item
\.


--
-- Data for Name: items_4; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.items_4 (id, owner, note) FROM stdin;
40	4	item
\.


--
-- Data for Name: leads; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.leads (id, owner, note) FROM stdin;
1	1	lead
2	2	lead
3	3	lead
4	4	lead
5	5	lead
6	6	lead
7	7	lead
8	8	lead
9	9	lead
10	10	lead
11	11	lead
12	12	lead
13	0	lead
14	1	lead
15	2	lead
16	3	lead
17	4	lead
18	5	lead
19	6	lead
20	7	lead
21	8	lead
22	9	lead
23	10	lead
24	11	lead
25	12	lead
26	0	lead
27	1	lead
28	2	lead
29	3	lead
30	4	lead
31	5	lead
32	6	lead
33	7	lead
34	8	lead
35	9	lead
36	10	lead
37	11	lead
38	12	lead
39	0	lead
\.


--
-- Data for Name: ledgers; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.ledgers (id, owner, note) FROM stdin;
1	1	ledger
2	2	ledger
3	3	ledger
4	4	ledger
5	5	ledger
6	6	ledger
7	7	ledger
8	8	ledger
9	9	ledger
10	10	ledger
11	11	ledger
12	12	ledger
13	0	ledger
14	1	ledger
15	2	ledger
16	3	ledger
17	4	ledger
18	5	ledger
19	6	ledger
20	7	ledger
21	8	ledger
22	9	ledger
23	10	ledger
24	11	ledger
25	12	ledger
26	0	ledger
\.


--
-- Data for Name: letters; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.letters (id, owner, note) FROM stdin;
1	1	letter
2	2	letter
3	3	letter
4	4	letter
5	5	letter
6	6	letter
7	7	letter
8	8	letter
9	9	letter
10	10	letter
11	11	letter
12	12	letter
13	0	letter
14	1	letter
15	2	letter
16	3	letter
17	4	letter
18	5	letter
19	6	letter
20	7	letter
21	8	letter
22	9	letter
23	10	letter
24	11	letter
25	12	letter
26	0	letter
\.


--
-- Data for Name: lines; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.lines (id, lead_id, note) FROM stdin;
1	1	line
2	2	line
3	3	line
4	4	line
5	5	line
6	6	line
7	7	line
8	8	line
9	9	line
10	10	line
11	11	line
12	12	line
13	13	line
14	14	line
15	15	line
16	16	line
17	17	line
18	18	line
19	19	line
20	20	line
21	21	line
22	22	line
23	23	line
24	24	line
25	25	line
26	26	line
27	27	line
28	28	line
29	29	line
30	30	line
31	31	line
32	32	line
33	33	line
34	34	line
35	35	line
36	36	line
37	37	line
38	38	line
39	39	line
\.


--
-- Data for Name: loose; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.loose (id, owner, note) FROM stdin;
1	1	loose
2	2	loose
3	3	loose
4	4	loose
5	5	loose
6	6	loose
7	7	loose
8	8	loose
9	9	loose
10	10	loose
11	11	loose
12	12	loose
13	0	loose
14	1	loose
15	2	loose
16	3	loose
17	4	loose
18	5	loose
19	6	loose
20	7	loose
21	8	loose
22	9	loose
23	10	loose
24	11	loose
25	12	loose
26	0	loose
\.


--
-- Data for Name: persons; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.persons (id, owner, note) FROM stdin;
1	1	person
2	2	person
3	3	person
4	4	person
5	5	person
6	6	person
7	7	person
8	8	person
9	9	person
10	10	person
11	11	person
12	12	person
13	0	person
\.


--
-- Data for Name: prices; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.prices (id, line_id, note) FROM stdin;
1	1	price
2	2	price
3	3	price
4	4	price
5	5	price
6	6	price
7	7	price
8	8	price
9	9	price
10	10	price
11	11	price
12	12	price
13	13	price
14	14	price
15	15	price
16	16	price
17	17	price
18	18	price
19	19	price
20	20	price
21	21	price
22	22	price
23	23	price
24	24	price
25	25	price
26	26	price
27	27	price
28	28	price
29	29	price
30	30	price
31	31	price
32	32	price
33	33	price
34	34	price
35	35	price
36	36	price
37	37	price
38	38	price
39	39	price
\.


--
-- Data for Name: remarks; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.remarks (id, owner, about, ref, note) FROM stdin;
1	1	ticket	2	remark
2	2	lead	3	remark
3	0	ticket	4	remark
4	1	lead	5	remark
5	2	ticket	6	remark
6	0	lead	7	remark
7	1	ticket	8	remark
8	2	lead	9	remark
9	0	ticket	10	remark
10	1	lead	11	remark
11	2	ticket	12	remark
12	0	lead	13	remark
13	1	ticket	14	remark
14	2	lead	15	remark
15	0	ticket	16	remark
16	1	lead	17	remark
17	2	ticket	18	remark
18	0	lead	19	remark
19	1	ticket	20	remark
20	2	lead	21	remark
21	0	ticket	22	remark
22	1	lead	23	remark
23	2	ticket	24	remark
24	0	lead	25	remark
25	1	ticket	26	remark
26	2	lead	27	remark
27	0	ticket	28	remark
28	1	lead	29	remark
29	2	ticket	30	remark
30	0	lead	31	remark
31	1	ticket	32	remark
32	2	lead	33	remark
33	0	ticket	34	remark
34	1	lead	35	remark
35	2	ticket	36	remark
36	0	lead	37	remark
37	1	ticket	38	remark
38	2	lead	39	remark
39	0	ticket	1	remark
\.


--
-- Data for Name: tasks; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.tasks (id, owner, lead_id, note) FROM stdin;
1	1	2	task
2	2	3	task
3	3	4	task
4	4	5	task
5	0	6	task
6	1	7	task
7	2	8	task
8	3	9	task
9	4	10	task
10	0	11	task
11	1	12	task
12	2	13	task
13	3	14	task
14	4	15	task
15	0	16	task
16	1	17	task
17	2	18	task
18	3	19	task
19	4	20	task
20	0	21	task
21	1	22	task
22	2	23	task
23	3	24	task
24	4	25	task
25	0	26	task
26	1	27	task
27	2	28	task
28	3	29	task
29	4	30	task
30	0	31	task
31	1	32	task
32	2	33	task
33	3	34	task
34	4	35	task
35	0	36	task
36	1	37	task
37	2	38	task
38	3	39	task
39	4	1	task
\.


--
-- Data for Name: tickets; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.tickets (id, team, note) FROM stdin;
1	101	ticket
2	102	ticket
3	103	ticket
4	100	ticket
5	101	ticket
6	102	ticket
7	103	ticket
8	100	ticket
9	101	ticket
10	102	ticket
11	103	ticket
12	100	ticket
\.


--
-- Data for Name: trainees; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.trainees (id, owner, note) FROM stdin;
1	1	trainee
2	2	trainee
3	3	trainee
4	4	trainee
5	5	trainee
6	6	trainee
7	7	trainee
8	8	trainee
9	9	trainee
10	10	trainee
11	11	trainee
12	12	trainee
13	0	trainee
\.


--
-- Data for Name: visits_1; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.visits_1 (id, owner, note, year) FROM stdin;
3	3	visit	1
6	6	visit	1
9	9	visit	1
12	12	visit	1
15	2	visit	1
18	5	visit	1
21	8	visit	1
24	11	visit	1
27	1	visit	1
30	4	visit	1
33	7	visit	1
36	10	visit	1
39	0	visit	1
\.


--
-- Data for Name: visits_2; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.visits_2 (year, note, owner, id) FROM stdin;
2	visit	1	1
2	visit	4	4
2	visit	7	7
2	visit	10	10
2	visit	0	13
2	visit	3	16
2	visit	6	19
2	visit	9	22
2	visit	12	25
2	visit	2	28
2	visit	5	31
2	visit	8	34
2	visit	11	37
\.


--
-- Data for Name: visits_3; Type: TABLE DATA; Schema: public; Owner: upgrade_crm
--

COPY public.visits_3 (id, owner, note, year) FROM stdin;
2	2	visit	3
5	5	visit	3
8	8	visit	3
11	11	visit	3
14	1	visit	3
17	4	visit	3
20	7	visit	3
23	10	visit	3
26	0	visit	3
29	3	visit	3
32	6	visit	3
35	9	visit	3
38	12	visit	3
\.


--
-- Data for Name: answers; Type: TABLE DATA; Schema: recorded; Owner: postgres
--

COPY recorded.answers (person, relation, sees, changes, deletes, creates) FROM stdin;
1	leads	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	\N
1	tickets	\N	\N	\N	\N
1	cases	1 2 3 4 5 6 7 8 12 14 15 16 17 18 19 20 21 25 26	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	\N
1	docs	d1 d14 d16 d17 d19 d2 d25 d4 d5 d8	d1 d14 d16 d17 d19 d2 d25 d4 d5 d8	d1 d14 d16 d17 d19 d2 d25 d4 d5 d8	\N
1	assets	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	\N
1	tasks	1 2 3 4 6 7 8 9 11 12 13 14 16 17 18 19 21 22 23 24 26 27 28 29 31 32 33 34 36 37 38 39	1 2 3 4 6 7 8 9 11 12 13 14 16 17 18 19 21 22 23 24 26 27 28 29 31 32 33 34 36 37 38 39	1 2 3 4 6 7 8 9 11 12 13 14 16 17 18 19 21 22 23 24 26 27 28 29 31 32 33 34 36 37 38 39	\N
1	calls	1 2 3 4 5 6 8 9 10 11 12 13 15 16 17 18 19 20 22 23 24 25 26 27 29 30 31 32 33 34 36 37 38 39	1 2 3 4 5 6 8 9 10 11 12 13 15 16 17 18 19 20 22 23 24 25 26 27 29 30 31 32 33 34 36 37 38 39	1 2 3 4 5 6 8 9 10 11 12 13 15 16 17 18 19 20 22 23 24 25 26 27 29 30 31 32 33 34 36 37 38 39	\N
1	remarks	1 2 4 5 7 8 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 37 38	1 2 4 5 7 8 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 37 38	1 2 4 5 7 8 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 37 38	\N
1	accounts	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	\N
1	lines	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	\N
1	prices	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 27 28 29 30 31 32 34 38	\N
1	visits	1 3 4 6 12 15 16 18 19 21 25 27 28 30 31 34	1 3 4 6 12 15 16 18 19 21 25 27 28 30 31 34	1 3 4 6 12 15 16 18 19 21 25 27 28 30 31 34	\N
1	visits_1	3 6 12 15 18 21 27 30	3 6 12 15 18 21 27 30	3 6 12 15 18 21 27 30	\N
1	visits_2	1 4 16 19 25 28 31 34	1 4 16 19 25 28 31 34	1 4 16 19 25 28 31 34	\N
1	visits_3	2 5 8 14 17 29 32 38	2 5 8 14 17 29 32 38	2 5 8 14 17 29 32 38	\N
1	items	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 40	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 40	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25 40	\N
1	items_1	1 2 3 4 5 6 8 12	1 2 3 4 5 6 8 12	1 2 3 4 5 6 8 12	\N
1	items_2	14 15 16 17 18 19 21 25	14 15 16 17 18 19 21 25	14 15 16 17 18 19 21 25	\N
1	items_2a	14 15 16 17 18 19 21 25	14 15 16 17 18 19 21 25	14 15 16 17 18 19 21 25	\N
1	items_3	27 28 29 30 31 32 34 38	27 28 29 30 31 32 34 38	27 28 29 30 31 32 34 38	\N
1	items_4	40	40	40	\N
1	persons	1 2 3 4 5 6 8 12 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 12 14 15 16 17 18 19 21 25	\N
1	employees	12 14 15 16 17 18 19 21 25	12 14 15 16 17 18 19 21 25	12 14 15 16 17 18 19 21 25	\N
1	trainees	1 2 3 4 5 6 8 12	1 2 3 4 5 6 8 12	1 2 3 4 5 6 8 12	\N
1	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18	\N
1	drafts	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	\N
1	forms	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1
1	loose	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	\N
1	"Odd ""Name"	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	1 2 3 4 5 6 8 12 14 15 16 17 18 19 21 25	\N
1	ledgers	1 14	1 14	1 14	\N
2	leads	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26 27 28 29 30 31 32 33 34 38 39	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	\N
2	tickets	1 2 4 5 6 8 9 10 12	\N	\N	\N
2	cases	1 2 3 4 5 6 7 8 12 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	\N
2	docs	d1 d12 d13 d14 d16 d17 d18 d19 d2 d20 d21 d24 d25 d26 d4 d5 d6 d7 d8 d9	d16 d17 d19 d2 d25 d4 d5 d8	d16 d17 d19 d2 d25 d4 d5 d8	\N
2	assets	10000000-0000-0000-0000-000000000001 10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000003 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	\N
2	tasks	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	2 3 4 7 8 9 12 13 14 17 18 19 22 23 24 27 28 29 32 33 34 37 38 39	2 3 4 7 8 9 12 13 14 17 18 19 22 23 24 27 28 29 32 33 34 37 38 39	\N
2	calls	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	2 3 4 5 6 9 10 11 12 13 16 17 18 19 20 23 24 25 26 27 30 31 32 33 34 37 38 39	2 3 4 5 6 9 10 11 12 13 16 17 18 19 20 23 24 25 26 27 30 31 32 33 34 37 38 39	\N
2	remarks	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	2 5 8 11 14 17 20 23 26 29 32 35 38	2 5 8 11 14 17 20 23 26 29 32 35 38	\N
2	accounts	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	\N
2	lines	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26 27 28 29 30 31 32 33 34 38 39	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	\N
2	prices	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26 27 28 29 30 31 32 33 34 38 39	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	2 3 4 5 6 8 12 15 16 17 18 19 21 25 28 29 30 31 32 34 38	\N
2	visits	1 3 4 6 7 12 13 15 16 18 19 21 25 27 28 30 31 33 34 39	3 4 6 12 15 16 18 19 21 25 28 30 31 34	3 4 6 12 15 16 18 19 21 25 28 30 31 34	\N
2	visits_1	3 6 12 15 18 21 27 30 33 39	3 6 12 15 18 21 30	3 6 12 15 18 21 30	\N
2	visits_2	1 4 7 13 16 19 25 28 31 34	4 16 19 25 28 31 34	4 16 19 25 28 31 34	\N
2	visits_3	2 5 8 14 17 20 26 29 32 38	2 5 8 17 29 32 38	2 5 8 17 29 32 38	\N
2	items	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26 40	2 3 4 5 6 8 12 15 16 17 18 19 21 25 40	2 3 4 5 6 8 12 15 16 17 18 19 21 25 40	\N
2	items_1	1 2 3 4 5 6 7 8 12 13	2 3 4 5 6 8 12	2 3 4 5 6 8 12	\N
2	items_2	14 15 16 17 18 19 20 21 25 26	15 16 17 18 19 21 25	15 16 17 18 19 21 25	\N
2	items_2a	14 15 16 17 18 19 20 21 25 26	15 16 17 18 19 21 25	15 16 17 18 19 21 25	\N
2	items_3	27 28 29 30 31 32 33 34 38 39	28 29 30 31 32 34 38	28 29 30 31 32 34 38	\N
2	items_4	40	40	40	\N
2	persons	1 2 3 4 5 6 7 8 12 12 13 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 12 15 16 17 18 19 21 25	\N
2	employees	12 13 14 15 16 17 18 19 20 21 25 26	12 15 16 17 18 19 21 25	12 15 16 17 18 19 21 25	\N
2	trainees	1 2 3 4 5 6 7 8 12 13	2 3 4 5 6 8 12	2 3 4 5 6 8 12	\N
2	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 16 18	\N
2	drafts	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	\N
2	forms	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2
2	loose	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	\N
2	"Odd ""Name"	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 3 4 5 6 8 12 15 16 17 18 19 21 25	2 3 4 5 6 8 12 15 16 17 18 19 21 25	\N
2	ledgers	1 2 3 4 5 6 7 8 12 13 14 15 16 17 18 19 20 21 25 26	2 15	2 15	\N
3	leads	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	\N
3	tickets	\N	\N	\N	\N
3	cases	1 2 3 4 5 6 7 8 12 14 15 16 17 18 19 20 21 25 26	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	docs	d16 d17 d4 d5 d8	d16 d17 d4 d5 d8	d16 d17 d4 d5 d8	\N
3	assets	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	\N
3	tasks	3 4 8 9 13 14 18 19 23 24 28 29 33 34 38 39	3 4 8 9 13 14 18 19 23 24 28 29 33 34 38 39	3 4 8 9 13 14 18 19 23 24 28 29 33 34 38 39	\N
3	calls	3 4 5 10 11 12 17 18 19 24 25 26 31 32 33 38 39	3 4 5 10 11 12 17 18 19 24 25 26 31 32 33 38 39	3 4 5 10 11 12 17 18 19 24 25 26 31 32 33 38 39	\N
3	remarks	\N	\N	\N	\N
3	accounts	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	lines	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	\N
3	prices	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	3 4 5 8 16 17 18 21 29 30 31 34	\N
3	visits	3 4 16 18 21 30 31 34	3 4 16 18 21 30 31 34	3 4 16 18 21 30 31 34	\N
3	visits_1	3 18 21 30	3 18 21 30	3 18 21 30	\N
3	visits_2	4 16 31 34	4 16 31 34	4 16 31 34	\N
3	visits_3	5 8 17 29	5 8 17 29	5 8 17 29	\N
3	items	3 4 5 8 16 17 18 21 40	3 4 5 8 16 17 18 21 40	3 4 5 8 16 17 18 21 40	\N
3	items_1	3 4 5 8	3 4 5 8	3 4 5 8	\N
3	items_2	16 17 18 21	16 17 18 21	16 17 18 21	\N
3	items_2a	16 17 18 21	16 17 18 21	16 17 18 21	\N
3	items_3	29 30 31 34	29 30 31 34	29 30 31 34	\N
3	items_4	40	40	40	\N
3	persons	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	employees	16 17 18 21	16 17 18 21	16 17 18 21	\N
3	trainees	3 4 5 8	3 4 5 8	3 4 5 8	\N
3	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	4 8 16 18	\N
3	drafts	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	forms	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3
3	loose	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	"Odd ""Name"	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	3 4 5 8 16 17 18 21	\N
3	ledgers	3 16	3 16	3 16	\N
4	leads	4 17 30	4 17 30	4 17 30	\N
4	tickets	1 5 9	1 5 9	1 5 9	\N
4	cases	1 2 3 4 5 6 7 8 11 12 14 15 16 17 18 19 20 21 25 26	1 4 6 11 16 17 21 26	1 4 6 11 16 17 21 26	\N
4	docs	d17 d21 d4 d9	d17 d21 d4 d9	d17 d21 d4 d9	\N
4	assets	\N	\N	\N	\N
4	tasks	4 9 14 19 24 29 34 39	4 9 14 19 24 29 34 39	4 9 14 19 24 29 34 39	\N
4	calls	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
4	remarks	\N	\N	\N	\N
4	accounts	2 3 4 5 6 7 8 12 13 15 16 17 18 19 21 25	4 17	4 17	\N
4	lines	4 17 30	4 17 30	4 17 30	\N
4	prices	4 17 30	4 17 30	4 17 30	\N
4	visits	4 30	4 30	4 30	\N
4	visits_1	30	30	30	\N
4	visits_2	4	4	4	\N
4	visits_3	17	17	17	\N
4	items	4 17 40	4 17 40	4 17 40	\N
4	items_1	4	4	4	\N
4	items_2	17	17	17	\N
4	items_2a	17	17	17	\N
4	items_3	30	30	30	\N
4	items_4	40	40	40	\N
4	persons	4 17	4 17	4 17	\N
4	employees	17	17	17	\N
4	trainees	4	4	4	\N
4	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	4	\N
4	drafts	4 17	4 17	4 17	\N
4	forms	4 17	4 17	4 17	4
4	loose	4 17	4 17	4 17	\N
4	"Odd ""Name"	4 17	4 17	4 17	\N
4	ledgers	4 17	4 17	4 17	\N
5	leads	5 18 31	5 18 31	5 18 31	\N
5	tickets	\N	\N	\N	\N
5	cases	1 2 3 4 5 6 7 8 12 14 15 16 17 18 19 20 21 25 26	5 18	5 18	\N
5	docs	d5	d5	d5	\N
5	assets	\N	\N	\N	\N
5	tasks	\N	\N	\N	\N
5	calls	5 12 19 26 33	5 12 19 26 33	5 12 19 26 33	\N
5	remarks	\N	\N	\N	\N
5	accounts	5 18	5 18	5 18	\N
5	lines	5 18 31	5 18 31	5 18 31	\N
5	prices	5 18 31	5 18 31	5 18 31	\N
5	visits	18 31	18 31	18 31	\N
5	visits_1	18	18	18	\N
5	visits_2	31	31	31	\N
5	visits_3	5	5	5	\N
5	items	5 18	5 18	5 18	\N
5	items_1	5	5	5	\N
5	items_2	18	18	18	\N
5	items_2a	18	18	18	\N
5	items_3	31	31	31	\N
5	items_4	\N	\N	\N	\N
5	persons	5 18	5 18	5 18	\N
5	employees	18	18	18	\N
5	trainees	5	5	5	\N
5	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	18	\N
5	drafts	5 18	5 18	5 18	\N
5	forms	5 18	5 18	5 18	5
5	loose	5 18	5 18	5 18	\N
5	"Odd ""Name"	5 18	5 18	5 18	\N
5	ledgers	5 18	5 18	5 18	\N
6	leads	4 5 6 8 17 18 19 21 30 31 32 34	4 5 6 8 17 18 19 21 30 31 32 34	6 19 32	\N
6	tickets	1 2 5 6 9 10	1 2 5 6 9 10	1 2 5 6 9 10	\N
6	cases	1 2 3 4 5 6 7 8 11 12 14 15 16 17 18 19 20 21 22 25 26	1 2 6 7 11 12 16 17 19 21 22 26	1 2 6 7 11 12 16 17 19 21 22 26	\N
6	docs	d17 d18 d19 d21 d25 d4 d6 d9	d18 d19 d21 d6 d9	d18 d19 d21 d6 d9	\N
6	assets	\N	\N	\N	\N
6	tasks	3 4 7 16 17 20 29 30 33	\N	\N	\N
6	calls	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
6	remarks	\N	\N	\N	\N
6	accounts	2 3 4 5 6 7 8 12 13 15 16 17 18 19 21 25	6 19	6 19	\N
6	lines	4 5 6 8 17 18 19 21 30 31 32 34	4 5 6 8 17 18 19 21 30 31 32 34	6 19 32	\N
6	prices	4 5 6 8 17 18 19 21 30 31 32 34	4 5 6 8 17 18 19 21 30 31 32 34	6 19 32	\N
6	visits	6 19	6 19	6 19	\N
6	visits_1	6	6	6	\N
6	visits_2	19	19	19	\N
6	visits_3	32	32	32	\N
6	items	6 19	6 19	6 19	\N
6	items_1	6	6	6	\N
6	items_2	19	19	19	\N
6	items_2a	19	19	19	\N
6	items_3	32	32	32	\N
6	items_4	\N	\N	\N	\N
6	persons	6 19	6 19	6 19	\N
6	employees	19	19	19	\N
6	trainees	6	6	6	\N
6	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	6	\N
6	drafts	4 5 6 8 17 18 19 21	4 5 6 8 17 18 19 21	6 19	\N
6	forms	6 19	\N	\N	42501
6	loose	6 19	6 19	6 19	\N
6	"Odd ""Name"	6 19	6 19	6 19	\N
6	ledgers	6 19	6 19	6 19	\N
7	leads	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	tickets	1 2 3 4 5 6 7 8 9 10 11 12	1 2 3 4 5 6 7 8 9 10 11 12	1 2 3 4 5 6 7 8 9 10 11 12	\N
7	cases	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	docs	d1 d10 d11 d12 d13 d14 d15 d16 d17 d18 d19 d2 d20 d21 d22 d23 d24 d25 d26 d3 d4 d5 d6 d7 d8 d9	d1 d10 d11 d12 d13 d14 d15 d16 d17 d18 d19 d2 d20 d21 d22 d23 d24 d25 d26 d3 d4 d5 d6 d7 d8 d9	d1 d10 d11 d12 d13 d14 d15 d16 d17 d18 d19 d2 d20 d21 d22 d23 d24 d25 d26 d3 d4 d5 d6 d7 d8 d9	\N
7	assets	10000000-0000-0000-0000-000000000001 10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000003 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000001 10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000003 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000001 10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000003 10000000-0000-0000-0000-000000000004	\N
7	tasks	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	calls	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	remarks	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	accounts	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	lines	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	prices	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	visits	1 3 4 6 7 9 10 12 13 15 16 18 19 21 22 24 25 27 28 30 31 33 34 36 37 39	1 3 4 6 7 9 10 12 13 15 16 18 19 21 22 24 25 27 28 30 31 33 34 36 37 39	1 3 4 6 7 9 10 12 13 15 16 18 19 21 22 24 25 27 28 30 31 33 34 36 37 39	\N
7	visits_1	3 6 9 12 15 18 21 24 27 30 33 36 39	3 6 9 12 15 18 21 24 27 30 33 36 39	3 6 9 12 15 18 21 24 27 30 33 36 39	\N
7	visits_2	1 4 7 10 13 16 19 22 25 28 31 34 37	1 4 7 10 13 16 19 22 25 28 31 34 37	1 4 7 10 13 16 19 22 25 28 31 34 37	\N
7	visits_3	2 5 8 11 14 17 20 23 26 29 32 35 38	2 5 8 11 14 17 20 23 26 29 32 35 38	2 5 8 11 14 17 20 23 26 29 32 35 38	\N
7	items	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 40	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 40	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 40	\N
7	items_1	1 2 3 4 5 6 7 8 9 10 11 12 13	1 2 3 4 5 6 7 8 9 10 11 12 13	1 2 3 4 5 6 7 8 9 10 11 12 13	\N
7	items_2	14 15 16 17 18 19 20 21 22 23 24 25 26	14 15 16 17 18 19 20 21 22 23 24 25 26	14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	items_2a	14 15 16 17 18 19 20 21 22 23 24 25 26	14 15 16 17 18 19 20 21 22 23 24 25 26	14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	items_3	27 28 29 30 31 32 33 34 35 36 37 38 39	27 28 29 30 31 32 33 34 35 36 37 38 39	27 28 29 30 31 32 33 34 35 36 37 38 39	\N
7	items_4	40	40	40	\N
7	persons	1 2 3 4 5 6 7 8 9 10 10 11 11 12 12 13 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 10 11 11 12 12 13 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 10 11 11 12 12 13 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
11	"Odd ""Name"	11 24	11 24	11 24	\N
7	employees	10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	trainees	1 2 3 4 5 6 7 8 9 10 11 12 13	1 2 3 4 5 6 7 8 9 10 11 12 13	1 2 3 4 5 6 7 8 9 10 11 12 13	\N
7	letters	2 4 6 8 10 12 14 16 18 20 22 24 26	2 4 6 8 10 12 14 16 18 20 22 24 26	2 4 6 8 10 12 14 16 18 20 22 24 26	\N
7	drafts	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	forms	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	7
7	loose	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	"Odd ""Name"	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
7	ledgers	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26	\N
8	leads	\N	\N	\N	\N
8	tickets	\N	\N	\N	\N
8	cases	\N	\N	\N	\N
8	docs	\N	\N	\N	\N
8	assets	\N	\N	\N	\N
8	tasks	\N	\N	\N	\N
8	calls	\N	\N	\N	\N
8	remarks	\N	\N	\N	\N
8	accounts	\N	\N	\N	\N
8	lines	\N	\N	\N	\N
8	prices	\N	\N	\N	\N
8	visits	\N	\N	\N	\N
8	visits_1	\N	\N	\N	\N
8	visits_2	\N	\N	\N	\N
8	visits_3	\N	\N	\N	\N
8	items	\N	\N	\N	\N
8	items_1	\N	\N	\N	\N
8	items_2	\N	\N	\N	\N
8	items_2a	\N	\N	\N	\N
8	items_3	\N	\N	\N	\N
8	items_4	\N	\N	\N	\N
8	persons	\N	\N	\N	\N
8	employees	\N	\N	\N	\N
8	trainees	\N	\N	\N	\N
8	letters	\N	\N	\N	\N
8	drafts	\N	\N	\N	\N
8	forms	\N	\N	\N	42501
8	loose	\N	\N	\N	\N
8	"Odd ""Name"	\N	\N	\N	\N
8	ledgers	\N	\N	\N	\N
9	leads	9 22 35	9 22 35	9 22 35	\N
9	tickets	\N	\N	\N	\N
9	cases	1 2 3 4 5 6 7 8 9 12 14 15 16 17 18 19 20 21 22 25 26	9 22	9 22	\N
9	docs	d22	d22	d22	\N
9	assets	\N	\N	\N	\N
9	tasks	\N	\N	\N	\N
9	calls	\N	\N	\N	\N
9	remarks	\N	\N	\N	\N
9	accounts	9 22	9 22	9 22	\N
9	lines	9 22 35	9 22 35	9 22 35	\N
9	prices	9 22 35	9 22 35	9 22 35	\N
9	visits	9 22	9 22	9 22	\N
9	visits_1	9	9	9	\N
9	visits_2	22	22	22	\N
9	visits_3	35	35	35	\N
9	items	9 22	9 22	9 22	\N
9	items_1	9	9	9	\N
9	items_2	22	22	22	\N
9	items_2a	22	22	22	\N
9	items_3	35	35	35	\N
9	items_4	\N	\N	\N	\N
9	persons	9 22	9 22	9 22	\N
9	employees	22	22	22	\N
9	trainees	9	9	9	\N
9	letters	2 4 6 8 12 14 16 18 20 22 26	2 4 6 8 12 14 16 18 20 22 26	22	\N
9	drafts	9 22	9 22	9 22	\N
9	forms	9 22	9 22	9 22	9
9	loose	9 22	9 22	9 22	\N
9	"Odd ""Name"	9 22	9 22	9 22	\N
9	ledgers	9 22	9 22	9 22	\N
10	leads	9 10 22 23 36	9 10 23 36	10 23 36	\N
10	tickets	\N	\N	\N	\N
10	cases	1 2 3 4 5 6 7 8 10 12 14 15 16 17 18 19 20 21 23 25 26	10 23	10 23	\N
10	docs	d10 d23	d10 d23	d10 d23	\N
10	assets	\N	\N	\N	\N
10	tasks	8 21	\N	\N	\N
10	calls	\N	\N	\N	\N
10	remarks	8	\N	\N	\N
10	accounts	10 23	10 23	10 23	\N
10	lines	9 10 22 23 36	9 10 23 36	10 23 36	\N
10	prices	9 10 22 23 36	9 10 23 36	10 23 36	\N
10	visits	10 36	10 36	10 36	\N
10	visits_1	36	36	36	\N
10	visits_2	10	10	10	\N
10	visits_3	23	23	23	\N
10	items	9 10 23	10 23	10 23	\N
10	items_1	9 10	10	10	\N
10	items_2	23	23	23	\N
10	items_2a	23	23	23	\N
10	items_3	36	36	36	\N
10	items_4	\N	\N	\N	\N
10	persons	9 10 10 23	9 10 10 23	10 10 23	\N
10	employees	10 23	10 23	10 23	\N
10	trainees	10	10	10	\N
10	letters	2 4 6 8 10 12 14 16 18 20 26	2 4 6 8 10 12 14 16 18 20 26	10	\N
10	drafts	10 23	10 23	10 23	\N
10	forms	10 23	10 23	10 23	10
10	loose	10 23	10 23	10 23	\N
10	"Odd ""Name"	10 23	10 23	10 23	\N
10	ledgers	10 23	10 23	10 23	\N
11	leads	11 24 37	11 24 37	11 24 37	\N
11	tickets	3 7 11	3 7 11	3 7 11	\N
11	cases	1 2 3 4 5 6 7 8 11 12 13 14 15 16 17 18 19 20 21 23 24 25 26	3 8 11 13 18 23 24	3 8 11 13 18 23 24	\N
11	docs	d11 d15 d3	d11 d15 d3	d11 d15 d3	\N
11	assets	\N	\N	\N	\N
11	tasks	\N	\N	\N	\N
11	calls	\N	\N	\N	\N
11	remarks	\N	\N	\N	\N
11	accounts	11 24	11 24	11 24	\N
11	lines	11 24 37	11 24 37	11 24 37	\N
11	prices	11 24 37	11 24 37	11 24 37	\N
11	visits	24 37	24 37	24 37	\N
11	visits_1	24	24	24	\N
11	visits_2	37	37	37	\N
11	visits_3	11	11	11	\N
11	items	3 11 16 24	3 11 16 24	11 24	\N
11	items_1	3 11	3 11	11	\N
11	items_2	16 24	16 24	24	\N
11	items_2a	16 24	16 24	24	\N
11	items_3	29 37	29 37	37	\N
11	items_4	\N	\N	\N	\N
11	persons	11 11 24	11 11 24	11 11 24	\N
11	employees	11 24	11 24	11 24	\N
11	trainees	11	11	11	\N
11	letters	2 4 6 8 12 14 16 18 20 24 26	2 4 6 8 12 14 16 18 20 24 26	24	\N
11	drafts	11 24	11 24	11 24	\N
11	forms	11 24	11 24	11 24	11
11	loose	11 24	11 24	11 24	\N
11	ledgers	11 24	11 24	11 24	\N
12	leads	4 5 8 12 17 18 21 25 30 31 34 38	4 5 8 12 17 18 21 25 30 31 34 38	12 25 38	\N
12	tickets	1 2 5 6 9 10	1 2 5 6 9 10	1 2 5 6 9 10	\N
12	cases	1 2 3 4 5 6 7 8 11 12 14 15 16 17 18 19 20 21 22 25 26	1 2 6 7 11 12 16 17 21 22 25 26	1 2 6 7 11 12 16 17 21 22 25 26	\N
12	docs	d17 d18 d19 d21 d25 d4 d6 d9	d18 d21 d25 d6 d9	d18 d21 d25 d6 d9	\N
12	assets	\N	\N	\N	\N
12	tasks	3 4 7 16 17 20 29 30 33	\N	\N	\N
12	calls	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39	\N
12	remarks	\N	\N	\N	\N
12	accounts	2 3 4 5 6 7 8 12 13 15 16 17 18 19 21 25	12 25	12 25	\N
12	lines	4 5 8 12 17 18 21 25 30 31 34 38	4 5 8 12 17 18 21 25 30 31 34 38	12 25 38	\N
12	prices	4 5 8 12 17 18 21 25 30 31 34 38	4 5 8 12 17 18 21 25 30 31 34 38	12 25 38	\N
12	visits	12 25	12 25	12 25	\N
12	visits_1	12	12	12	\N
12	visits_2	25	25	25	\N
12	visits_3	38	38	38	\N
12	items	12 25	12 25	12 25	\N
12	items_1	12	12	12	\N
12	items_2	25	25	25	\N
12	items_2a	25	25	25	\N
12	items_3	38	38	38	\N
12	items_4	\N	\N	\N	\N
12	persons	12 12 25	12 12 25	12 12 25	\N
12	employees	12 25	12 25	12 25	\N
12	trainees	12	12	12	\N
12	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	12	\N
12	drafts	4 5 8 12 17 18 21 25	4 5 8 12 17 18 21 25	12 25	\N
12	forms	12 25	\N	\N	42501
12	loose	12 25	12 25	12 25	\N
12	"Odd ""Name"	12 25	12 25	12 25	\N
12	ledgers	12 25	12 25	12 25	\N
00000000-0000-0000-0000-00000000000a	leads	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	tickets	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	cases	1 2 3 4 5 6 7 8 12 14 15 16 17 18 19 20 21 25 26	\N	\N	\N
00000000-0000-0000-0000-00000000000a	docs	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	assets	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	10000000-0000-0000-0000-000000000002 10000000-0000-0000-0000-000000000004	\N
00000000-0000-0000-0000-00000000000a	tasks	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	calls	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	remarks	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	accounts	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	lines	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	prices	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	visits	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	visits_1	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	visits_2	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	visits_3	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items_1	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items_2	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items_2a	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items_3	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	items_4	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	persons	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	employees	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	trainees	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	letters	2 4 6 8 12 14 16 18 20 26	2 4 6 8 12 14 16 18 20 26	\N	\N
00000000-0000-0000-0000-00000000000a	drafts	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	forms	\N	\N	\N	22P02
00000000-0000-0000-0000-00000000000a	loose	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	"Odd ""Name"	\N	\N	\N	\N
00000000-0000-0000-0000-00000000000a	ledgers	\N	\N	\N	\N
nobody	leads	\N	\N	\N	\N
nobody	tickets	\N	\N	\N	\N
nobody	cases	\N	\N	\N	\N
nobody	docs	\N	\N	\N	\N
nobody	assets	\N	\N	\N	\N
nobody	tasks	\N	\N	\N	\N
nobody	calls	\N	\N	\N	\N
nobody	remarks	\N	\N	\N	\N
nobody	accounts	\N	\N	\N	\N
nobody	lines	\N	\N	\N	\N
nobody	prices	\N	\N	\N	\N
nobody	visits	\N	\N	\N	\N
nobody	visits_1	\N	\N	\N	\N
nobody	visits_2	\N	\N	\N	\N
nobody	visits_3	\N	\N	\N	\N
nobody	items	\N	\N	\N	\N
nobody	items_1	\N	\N	\N	\N
nobody	items_2	\N	\N	\N	\N
nobody	items_2a	\N	\N	\N	\N
nobody	items_3	\N	\N	\N	\N
nobody	items_4	\N	\N	\N	\N
nobody	persons	\N	\N	\N	\N
nobody	employees	\N	\N	\N	\N
nobody	trainees	\N	\N	\N	\N
nobody	letters	\N	\N	\N	\N
nobody	drafts	\N	\N	\N	\N
nobody	forms	\N	\N	\N	42501
nobody	loose	\N	\N	\N	\N
nobody	"Odd ""Name"	\N	\N	\N	\N
nobody	ledgers	\N	\N	\N	\N
\.


--
-- Data for Name: administrators; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.administrators (db_role) FROM stdin;
\.


--
-- Data for Name: audit_entries; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.audit_entries (id, changed_at, db_role, identity, function, object, before, after) FROM stdin;
1	2026-11-27 02:24:58.268508+00	postgres	\N	trust	trust in database role "upgrade_app"	\N	{"db_role": "upgrade_app"}
2	2026-11-27 02:24:58.27575+00	postgres	\N	create_office	office "Head"	\N	{"name": "Head", "parent": null, "security": false}
3	2026-11-27 02:24:58.276299+00	postgres	\N	create_office	office "East"	\N	{"name": "East", "parent": "Head", "security": false}
4	2026-11-27 02:24:58.276705+00	postgres	\N	create_office	office "West"	\N	{"name": "West", "parent": "Head", "security": false}
5	2026-11-27 02:24:58.287269+00	postgres	\N	create_role	role "H1"	\N	{"name": "H1", "parent": null}
6	2026-11-27 02:24:58.287781+00	postgres	\N	create_role	role "H2"	\N	{"name": "H2", "parent": "H1"}
7	2026-11-27 02:24:58.288149+00	postgres	\N	create_role	role "H3"	\N	{"name": "H3", "parent": "H2"}
8	2026-11-27 02:24:58.288492+00	postgres	\N	create_role	role "H4"	\N	{"name": "H4", "parent": "H3"}
9	2026-11-27 02:24:58.288824+00	postgres	\N	create_role	role "H5"	\N	{"name": "H5", "parent": "H2"}
10	2026-11-27 02:24:58.296186+00	postgres	\N	create_user	user "1"	\N	{"key": "1", "name": "ceo", "role": "H1", "active": true, "office": null}
11	2026-11-27 02:24:58.297125+00	postgres	\N	create_user	user "2"	\N	{"key": "2", "name": "vp", "role": "H2", "active": true, "office": null}
12	2026-11-27 02:24:58.312635+00	postgres	\N	create_user	user "3"	\N	{"key": "3", "name": "mgr", "role": "H3", "active": true, "office": null}
13	2026-11-27 02:24:58.319486+00	postgres	\N	create_user	user "4"	\N	{"key": "4", "name": "rep", "role": "H4", "active": true, "office": null}
14	2026-11-27 02:24:58.322307+00	postgres	\N	create_user	user "5"	\N	{"key": "5", "name": "other rep", "role": "H4", "active": true, "office": null}
15	2026-11-27 02:24:58.323176+00	postgres	\N	create_user	user "6"	\N	{"key": "6", "name": "support", "role": "H5", "active": true, "office": null}
16	2026-11-27 02:24:58.323877+00	postgres	\N	create_user	user "7"	\N	{"key": "7", "name": "adm", "role": null, "active": true, "office": null}
17	2026-11-27 02:24:58.333602+00	postgres	\N	create_user	user "8"	\N	{"key": "8", "name": "gone", "role": "H4", "active": true, "office": null}
18	2026-11-27 02:24:58.334574+00	postgres	\N	create_user	user "9"	\N	{"key": "9", "name": "ann", "role": null, "active": true, "office": "East"}
19	2026-11-27 02:24:58.335296+00	postgres	\N	create_user	user "10"	\N	{"key": "10", "name": "liz", "role": null, "active": true, "office": "West"}
20	2026-11-27 02:24:58.336028+00	postgres	\N	create_user	user "11"	\N	{"key": "11", "name": "abe", "role": null, "active": true, "office": "East"}
21	2026-11-27 02:24:58.336713+00	postgres	\N	create_user	user "12"	\N	{"key": "12", "name": "pat", "role": "H5", "active": true, "office": null}
22	2026-11-27 02:24:58.354547+00	postgres	\N	create_user	database role of user "12"	\N	{"user": "12", "db_role": "upgrade_person"}
23	2026-11-27 02:24:58.356234+00	postgres	\N	create_user	user "00000000-0000-0000-0000-00000000000a"	\N	{"key": "00000000-0000-0000-0000-00000000000a", "name": "by uuid", "role": "H4", "active": true, "office": null}
24	2026-11-27 02:24:58.364882+00	postgres	\N	deactivate_user	user "8"	{"key": "8", "name": "gone", "role": "H4", "active": true, "office": null}	{"key": "8", "name": "gone", "role": "H4", "active": false, "office": null}
25	2026-11-27 02:24:58.368806+00	postgres	\N	grant_right	right "administrator" of user "7"	\N	{"user": "7", "right": "administrator"}
26	2026-11-27 02:24:58.37038+00	postgres	\N	create_group	group "Sales"	\N	{"key": "101", "name": "Sales", "office": null}
27	2026-11-27 02:24:58.371011+00	postgres	\N	create_group	group "Field"	\N	{"key": "102", "name": "Field", "office": null}
28	2026-11-27 02:24:58.371552+00	postgres	\N	create_group	group "Desk"	\N	{"key": "103", "name": "Desk", "office": "East"}
29	2026-11-27 02:24:58.378308+00	postgres	\N	add_member	member "user:4" of group "Sales"	\N	{"group": "Sales", "member": "user:4"}
30	2026-11-27 02:24:58.39697+00	postgres	\N	add_member	member "group:Field" of group "Sales"	\N	{"group": "Sales", "member": "group:Field"}
31	2026-11-27 02:24:58.405318+00	postgres	\N	add_member	member "role:H5" of group "Field"	\N	{"group": "Field", "member": "role:H5"}
32	2026-11-27 02:24:58.406268+00	postgres	\N	add_member	member "user:11" of group "Desk"	\N	{"group": "Desk", "member": "user:11"}
33	2026-11-27 02:24:58.884601+00	postgres	\N	protect	module "leads"	\N	{"name": "leads", "table": "public.leads", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
34	2026-11-27 02:24:58.885099+00	postgres	\N	protect	table public.leads	\N	{"table": "public.leads", "module": "leads", "had_force": false, "had_row_security": false, "public_could_truncate": false}
35	2026-11-27 02:24:58.922696+00	postgres	\N	protect	module "tickets"	\N	{"name": "tickets", "table": "public.tickets", "owners": "group", "follows": null, "hierarchy": false, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
36	2026-11-27 02:24:58.923085+00	postgres	\N	protect	table public.tickets	\N	{"table": "public.tickets", "module": "tickets", "had_force": false, "had_row_security": false, "public_could_truncate": false}
37	2026-11-27 02:24:58.954119+00	postgres	\N	protect	module "cases"	\N	{"name": "cases", "table": "public.cases", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
38	2026-11-27 02:24:58.954729+00	postgres	\N	protect	table public.cases	\N	{"table": "public.cases", "module": "cases", "had_force": false, "had_row_security": false, "public_could_truncate": false}
39	2026-11-27 02:24:58.98608+00	postgres	\N	protect	module "Documents"	\N	{"name": "Documents", "table": "public.docs", "owners": "user_or_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
40	2026-11-27 02:24:58.98662+00	postgres	\N	protect	table public.docs	\N	{"table": "public.docs", "module": "Documents", "had_force": false, "had_row_security": false, "public_could_truncate": false}
41	2026-11-27 02:24:59.012518+00	postgres	\N	protect	module "assets"	\N	{"name": "assets", "table": "public.assets", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
42	2026-11-27 02:24:59.012911+00	postgres	\N	protect	table public.assets	\N	{"table": "public.assets", "module": "assets", "had_force": false, "had_row_security": false, "public_could_truncate": false}
43	2026-11-27 02:24:59.051148+00	postgres	\N	protect	module "tasks"	\N	{"name": "tasks", "table": "public.tasks", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
44	2026-11-27 02:24:59.051516+00	postgres	\N	protect	table public.tasks	\N	{"table": "public.tasks", "module": "tasks", "had_force": false, "had_row_security": false, "public_could_truncate": false}
45	2026-11-27 02:24:59.084377+00	postgres	\N	protect	module "calls"	\N	{"name": "calls", "table": "public.calls", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
46	2026-11-27 02:24:59.084754+00	postgres	\N	protect	table public.calls	\N	{"table": "public.calls", "module": "calls", "had_force": false, "had_row_security": false, "public_could_truncate": false}
47	2026-11-27 02:24:59.108542+00	postgres	\N	protect	module "remarks"	\N	{"name": "remarks", "table": "public.remarks", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
48	2026-11-27 02:24:59.109667+00	postgres	\N	protect	table public.remarks	\N	{"table": "public.remarks", "module": "remarks", "had_force": false, "had_row_security": false, "public_could_truncate": false}
49	2026-11-27 02:24:59.160372+00	postgres	\N	protect	module "accounts"	\N	{"name": "accounts", "table": "public.accounts", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
50	2026-11-27 02:24:59.160923+00	postgres	\N	protect	table public.accounts	\N	{"table": "public.accounts", "module": "accounts", "had_force": false, "had_row_security": false, "public_could_truncate": false}
51	2026-11-27 02:24:59.193265+00	postgres	\N	protect	module "lines"	\N	{"name": "lines", "table": "public.lines", "owners": "parent", "follows": null, "hierarchy": true, "controlled_by": "leads", "default_owner": false, "global_access": "private", "staged_global_access": "private"}
52	2026-11-27 02:24:59.193662+00	postgres	\N	protect	table public.lines	\N	{"table": "public.lines", "module": "lines", "had_force": false, "had_row_security": false, "public_could_truncate": false}
53	2026-11-27 02:24:59.231012+00	postgres	\N	protect	module "prices"	\N	{"name": "prices", "table": "public.prices", "owners": "parent", "follows": null, "hierarchy": true, "controlled_by": "lines", "default_owner": false, "global_access": "private", "staged_global_access": "private"}
54	2026-11-27 02:24:59.23141+00	postgres	\N	protect	table public.prices	\N	{"table": "public.prices", "module": "prices", "had_force": false, "had_row_security": false, "public_could_truncate": false}
55	2026-11-27 02:24:59.265927+00	postgres	\N	protect	module "visits"	\N	{"name": "visits", "table": "public.visits", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
56	2026-11-27 02:24:59.266551+00	postgres	\N	protect	table public.visits	\N	{"table": "public.visits", "module": "visits", "had_force": false, "had_row_security": false, "public_could_truncate": false}
57	2026-11-27 02:24:59.266881+00	postgres	\N	protect	table public.visits_1	\N	{"table": "public.visits_1", "module": "visits", "had_force": false, "had_row_security": false, "public_could_truncate": false}
58	2026-11-27 02:24:59.267188+00	postgres	\N	protect	table public.visits_2	\N	{"table": "public.visits_2", "module": "visits", "had_force": false, "had_row_security": false, "public_could_truncate": false}
59	2026-11-27 02:24:59.267486+00	postgres	\N	protect	table public.visits_3	\N	{"table": "public.visits_3", "module": "visits", "had_force": false, "had_row_security": false, "public_could_truncate": false}
60	2026-11-27 02:24:59.327129+00	postgres	\N	protect	module "items"	\N	{"name": "items", "table": "public.items", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
61	2026-11-27 02:24:59.327744+00	postgres	\N	protect	table public.items	\N	{"table": "public.items", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
62	2026-11-27 02:24:59.328077+00	postgres	\N	protect	table public.items_1	\N	{"table": "public.items_1", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
63	2026-11-27 02:24:59.328377+00	postgres	\N	protect	table public.items_2	\N	{"table": "public.items_2", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
64	2026-11-27 02:24:59.328658+00	postgres	\N	protect	table public.items_3	\N	{"table": "public.items_3", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
65	2026-11-27 02:24:59.328901+00	postgres	\N	protect	table public.items_2a	\N	{"table": "public.items_2a", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
66	2026-11-27 02:24:59.409924+00	postgres	\N	protect	module "persons"	\N	{"name": "persons", "table": "public.persons", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
67	2026-11-27 02:24:59.410534+00	postgres	\N	protect	table public.persons	\N	{"table": "public.persons", "module": "persons", "had_force": false, "had_row_security": false, "public_could_truncate": false}
68	2026-11-27 02:24:59.410853+00	postgres	\N	protect	table public.employees	\N	{"table": "public.employees", "module": "persons", "had_force": false, "had_row_security": false, "public_could_truncate": false}
69	2026-11-27 02:24:59.411116+00	postgres	\N	protect	table public.trainees	\N	{"table": "public.trainees", "module": "persons", "had_force": false, "had_row_security": false, "public_could_truncate": false}
70	2026-11-27 02:24:59.459597+00	postgres	\N	protect	module "letters"	\N	{"name": "letters", "table": "public.letters", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
71	2026-11-27 02:24:59.459968+00	postgres	\N	protect	table public.letters	\N	{"table": "public.letters", "module": "letters", "had_force": false, "had_row_security": true, "public_could_truncate": false}
72	2026-11-27 02:24:59.479824+00	postgres	\N	protect	module "drafts"	\N	{"name": "drafts", "table": "public.drafts", "owners": "user", "follows": "leads", "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
73	2026-11-27 02:24:59.480243+00	postgres	\N	protect	table public.drafts	\N	{"table": "public.drafts", "module": "drafts", "had_force": false, "had_row_security": false, "public_could_truncate": false}
74	2026-11-27 02:24:59.515187+00	postgres	\N	protect	module "forms"	\N	{"name": "forms", "table": "public.forms", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": true, "global_access": "private", "staged_global_access": "private"}
75	2026-11-27 02:24:59.515586+00	postgres	\N	protect	table public.forms	\N	{"table": "public.forms", "module": "forms", "had_force": false, "had_row_security": false, "public_could_truncate": true}
76	2026-11-27 02:24:59.55617+00	postgres	\N	protect	module "loose"	\N	{"name": "loose", "table": "public.loose", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
77	2026-11-27 02:24:59.556713+00	postgres	\N	protect	table public.loose	\N	{"table": "public.loose", "module": "loose", "had_force": false, "had_row_security": false, "public_could_truncate": false}
78	2026-11-27 02:24:59.575503+00	postgres	\N	protect	module "Odd "Name"	\N	{"name": "Odd \\"Name", "table": "public.\\"Odd \\"\\"Name\\"", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
79	2026-11-27 02:24:59.57604+00	postgres	\N	protect	table public."Odd ""Name"	\N	{"table": "public.\\"Odd \\"\\"Name\\"", "module": "Odd \\"Name", "had_force": false, "had_row_security": false, "public_could_truncate": false}
80	2026-11-27 02:24:59.612477+00	postgres	\N	protect	module "ledgers"	\N	{"name": "ledgers", "table": "public.ledgers", "owners": "user", "follows": null, "hierarchy": false, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}
81	2026-11-27 02:24:59.612947+00	postgres	\N	protect	table public.ledgers	\N	{"table": "public.ledgers", "module": "ledgers", "had_force": false, "had_row_security": false, "public_could_truncate": false}
82	2026-11-27 02:24:59.654614+00	postgres	\N	relate	relation of "tasks" to "leads"	\N	{"id": 1, "child": "tasks", "parent": "leads", "applied": true, "with_shares": true}
83	2026-11-27 02:24:59.679111+00	postgres	\N	relate	relation of "calls" to "leads"	\N	{"id": 2, "child": "calls", "parent": "leads", "applied": true, "with_shares": false}
84	2026-11-27 02:24:59.70362+00	postgres	\N	relate	relation of "remarks" to "leads"	\N	{"id": 3, "child": "remarks", "parent": "leads", "applied": true, "with_shares": true}
85	2026-11-27 02:24:59.731361+00	postgres	\N	relate	relation of "accounts" to "accounts"	\N	{"id": 4, "child": "accounts", "parent": "accounts", "applied": true, "with_shares": true}
86	2026-11-27 02:24:59.768194+00	upgrade_crm	\N	CREATE TABLE	table public.items_4	\N	{"table": "public.items_4", "module": "items", "had_force": false, "had_row_security": false, "public_could_truncate": false}
87	2026-11-27 02:24:59.848012+00	postgres	\N	set_global_access	module "cases"	{"name": "cases", "table": "public.cases", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}	{"name": "cases", "table": "public.cases", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "public_read_only"}
88	2026-11-27 02:24:59.84922+00	postgres	\N	set_global_access	module "letters"	{"name": "letters", "table": "public.letters", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}	{"name": "letters", "table": "public.letters", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "public_read_edit"}
89	2026-11-27 02:24:59.860359+00	postgres	\N	add_rule	rule 1	\N	{"id": 1, "access": null, "module": "leads", "owned_by": "role:H4", "superiors": false, "shared_with": "role:H5", "staged_access": "read_write"}
90	2026-11-27 02:24:59.861576+00	postgres	\N	add_rule	level of rule 1 for "tasks"	\N	{"rule": 1, "level": null, "module": "tasks", "staged_level": "read_only"}
91	2026-11-27 02:24:59.861586+00	postgres	\N	add_rule	level of rule 1 for "remarks"	\N	{"rule": 1, "level": null, "module": "remarks", "staged_level": "none"}
92	2026-11-27 02:24:59.871832+00	postgres	\N	add_rule	rule 2	\N	{"id": 2, "access": null, "module": "accounts", "owned_by": "role_and_subordinates:H2", "superiors": false, "shared_with": "group:Sales", "staged_access": "read_only"}
93	2026-11-27 02:24:59.873432+00	postgres	\N	add_rule	rule 3	\N	{"id": 3, "access": null, "module": "items", "owned_by": "role:H3", "superiors": false, "shared_with": "group:Desk", "staged_access": "read_write"}
94	2026-11-27 02:24:59.88783+00	postgres	\N	add_rule	rule 4	\N	{"id": 4, "access": null, "module": "Documents", "owned_by": "group:Sales", "superiors": false, "shared_with": "role:H5", "staged_access": "read_only"}
95	2026-11-27 02:24:59.894648+00	postgres	\N	create_profile	profile "Reader"	\N	{"name": "Reader", "edit_all": false, "view_all": false}
96	2026-11-27 02:24:59.895801+00	postgres	\N	set_permission	permissions of profile "Reader" for any other module	\N	{"edit": true, "view": true, "create": true, "delete": true, "module": null, "profile": "Reader"}
97	2026-11-27 02:24:59.896695+00	postgres	\N	set_permission	permissions of profile "Reader" for "forms"	\N	{"edit": false, "view": true, "create": false, "delete": false, "module": "forms", "profile": "Reader"}
98	2026-11-27 02:24:59.912998+00	postgres	\N	assign_profile	profile "Reader" of role "H5"	\N	{"role": "H5", "profile": "Reader"}
99	2026-11-27 02:24:59.914659+00	postgres	\N	create_profile	profile "All"	\N	{"name": "All", "edit_all": false, "view_all": true}
100	2026-11-27 02:24:59.915928+00	postgres	\N	set_permission	permissions of profile "All" for any other module	\N	{"edit": true, "view": true, "create": true, "delete": true, "module": null, "profile": "All"}
101	2026-11-27 02:24:59.916967+00	postgres	\N	assign_profile	profile "All" of role "H2"	\N	{"role": "H2", "profile": "All"}
102	2026-11-27 02:24:59.930585+00	postgres	\N	apply_rules	module "cases"	{"name": "cases", "table": "public.cases", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "public_read_only"}	{"name": "cases", "table": "public.cases", "owners": "user_and_group", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "public_read_only", "staged_global_access": "public_read_only"}
103	2026-11-27 02:24:59.9306+00	postgres	\N	apply_rules	module "letters"	{"name": "letters", "table": "public.letters", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "public_read_edit"}	{"name": "letters", "table": "public.letters", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "public_read_edit", "staged_global_access": "public_read_edit"}
104	2026-11-27 02:24:59.933261+00	postgres	\N	apply_rules	rule 1	{"id": 1, "access": null, "module": "leads", "owned_by": "role:H4", "superiors": false, "shared_with": "role:H5", "staged_access": "read_write"}	{"id": 1, "access": "read_write", "module": "leads", "owned_by": "role:H4", "superiors": false, "shared_with": "role:H5", "staged_access": "read_write"}
105	2026-11-27 02:24:59.933276+00	postgres	\N	apply_rules	rule 2	{"id": 2, "access": null, "module": "accounts", "owned_by": "role_and_subordinates:H2", "superiors": false, "shared_with": "group:Sales", "staged_access": "read_only"}	{"id": 2, "access": "read_only", "module": "accounts", "owned_by": "role_and_subordinates:H2", "superiors": false, "shared_with": "group:Sales", "staged_access": "read_only"}
106	2026-11-27 02:24:59.933279+00	postgres	\N	apply_rules	rule 3	{"id": 3, "access": null, "module": "items", "owned_by": "role:H3", "superiors": false, "shared_with": "group:Desk", "staged_access": "read_write"}	{"id": 3, "access": "read_write", "module": "items", "owned_by": "role:H3", "superiors": false, "shared_with": "group:Desk", "staged_access": "read_write"}
107	2026-11-27 02:24:59.933282+00	postgres	\N	apply_rules	rule 4	{"id": 4, "access": null, "module": "Documents", "owned_by": "group:Sales", "superiors": false, "shared_with": "role:H5", "staged_access": "read_only"}	{"id": 4, "access": "read_only", "module": "Documents", "owned_by": "group:Sales", "superiors": false, "shared_with": "role:H5", "staged_access": "read_only"}
108	2026-11-27 02:24:59.950915+00	postgres	\N	apply_rules	level of rule 1 for "tasks"	{"rule": 1, "level": null, "module": "tasks", "staged_level": "read_only"}	{"rule": 1, "level": "read_only", "module": "tasks", "staged_level": "read_only"}
109	2026-11-27 02:24:59.950937+00	postgres	\N	apply_rules	level of rule 1 for "remarks"	{"rule": 1, "level": null, "module": "remarks", "staged_level": "none"}	{"rule": 1, "level": "none", "module": "remarks", "staged_level": "none"}
110	2026-11-27 02:24:59.955816+00	postgres	\N	set_global_access	module "tasks"	{"name": "tasks", "table": "public.tasks", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "private"}	{"name": "tasks", "table": "public.tasks", "owners": "user", "follows": null, "hierarchy": true, "controlled_by": null, "default_owner": false, "global_access": "private", "staged_global_access": "public_read_only"}
111	2026-11-27 02:24:59.95727+00	postgres	\N	add_rule	rule 5	\N	{"id": 5, "access": null, "module": "persons", "owned_by": "role:H4", "superiors": false, "shared_with": "role:H5", "staged_access": "read_only"}
112	2026-11-27 02:24:59.972258+00	postgres	\N	enable_record_sharing	right "record_sharing" of user "9"	\N	{"user": "9", "right": "record_sharing"}
113	2026-11-27 02:24:59.973077+00	postgres	\N	enable_record_sharing	office "East"	{"name": "East", "parent": "Head", "security": false}	{"name": "East", "parent": "Head", "security": true}
114	2026-11-27 02:24:59.982536+00	postgres	\N	enable_record_sharing	right "record_sharing" of user "10"	\N	{"user": "10", "right": "record_sharing"}
115	2026-11-27 02:24:59.983515+00	postgres	\N	enable_record_sharing	office "West"	{"name": "West", "parent": "Head", "security": false}	{"name": "West", "parent": "Head", "security": true}
116	2026-11-27 02:25:00.025763+00	upgrade_app	9	request_link	link 1	\N	{"id": 1, "to": "10", "from": "9", "status": "waiting"}
117	2026-11-27 02:25:00.038147+00	upgrade_app	10	accept_links	link 1	{"id": 1, "to": "10", "from": "9", "status": "waiting"}	{"id": 1, "to": "10", "from": "9", "status": "active"}
118	2026-11-27 02:25:00.055472+00	upgrade_app	9	share_record	share of record 9 of "leads" over link 1	\N	{"link": 1, "access": "edit", "module": "leads", "record": "9"}
119	2026-11-27 02:25:00.057076+00	upgrade_app	9	share_record	share of record 22 of "leads" over link 1	\N	{"link": 1, "access": "read", "module": "leads", "record": "22"}
120	2026-11-27 02:25:00.06552+00	upgrade_app	9	share_record	share of record 9 of "items" over link 1	\N	{"link": 1, "access": "read", "module": "items", "record": "9"}
121	2026-11-27 02:25:00.075661+00	upgrade_app	9	share_record	share of record 9 of "persons" over link 1	\N	{"link": 1, "access": "edit", "module": "persons", "record": "9"}
\.


--
-- Data for Name: group_members; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.group_members (group_id, role_id, subordinates, member_group_id) FROM stdin;
1	\N	f	2
2	5	f	\N
\.


--
-- Data for Name: group_users; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.group_users (group_id, user_id) FROM stdin;
1	4
3	11
\.


--
-- Data for Name: groups; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.groups (id, key, name, office_id) FROM stdin;
1	101	Sales	\N
2	102	Field	\N
3	103	Desk	2
\.


--
-- Data for Name: links; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.links (id, from_user_id, to_user_id, status, requested_at, stamp) FROM stdin;
1	9	10	active	2026-11-27 02:25:00.00522+00	aa2d40c0-5f67-4f03-b9da-8d8d5cb2a163
\.


--
-- Data for Name: modules; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.modules (id, name, relation, owners, hierarchy, default_owner, global_access, staged_global_access, controlled_by_id, follows_id) FROM stdin;
1	leads	public.leads	user	t	f	private	private	\N	\N
2	tickets	public.tickets	group	f	f	private	private	\N	\N
4	Documents	public.docs	user_or_group	t	f	private	private	\N	\N
5	assets	public.assets	user	t	f	private	private	\N	\N
7	calls	public.calls	user_and_group	t	f	private	private	\N	\N
8	remarks	public.remarks	user	t	f	private	private	\N	\N
9	accounts	public.accounts	user	t	f	private	private	\N	\N
10	lines	public.lines	parent	t	f	private	private	1	\N
11	prices	public.prices	parent	t	f	private	private	10	\N
12	visits	public.visits	user	t	f	private	private	\N	\N
13	items	public.items	user	t	f	private	private	\N	\N
14	persons	public.persons	user	t	f	private	private	\N	\N
16	drafts	public.drafts	user	t	f	private	private	\N	1
17	forms	public.forms	user	t	t	private	private	\N	\N
18	loose	public.loose	user	t	f	private	private	\N	\N
19	Odd "Name	public."Odd ""Name"	user	t	f	private	private	\N	\N
20	ledgers	public.ledgers	user	f	f	private	private	\N	\N
3	cases	public.cases	user_and_group	t	f	public_read_only	public_read_only	\N	\N
15	letters	public.letters	user	t	f	public_read_edit	public_read_edit	\N	\N
6	tasks	public.tasks	user	t	f	private	public_read_only	\N	\N
\.


--
-- Data for Name: offices; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.offices (id, name, parent_id, security) FROM stdin;
1	Head	\N	f
2	East	1	t
3	West	1	t
\.


--
-- Data for Name: profile_permissions; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.profile_permissions (profile_id, module_id, can_view, can_create, can_edit, can_delete) FROM stdin;
1	\N	t	t	t	t
1	17	t	f	f	f
2	\N	t	t	t	t
\.


--
-- Data for Name: profiles; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.profiles (id, name, view_all, edit_all) FROM stdin;
1	Reader	f	f
2	All	t	f
\.


--
-- Data for Name: protected_relations; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.protected_relations (relation, module_id, had_row_security, had_force, public_could_truncate) FROM stdin;
public.leads	1	f	f	f
public.tickets	2	f	f	f
public.cases	3	f	f	f
public.docs	4	f	f	f
public.assets	5	f	f	f
public.tasks	6	f	f	f
public.calls	7	f	f	f
public.remarks	8	f	f	f
public.accounts	9	f	f	f
public.lines	10	f	f	f
public.prices	11	f	f	f
public.visits	12	f	f	f
public.visits_1	12	f	f	f
public.visits_2	12	f	f	f
public.visits_3	12	f	f	f
public.items	13	f	f	f
public.items_1	13	f	f	f
public.items_2	13	f	f	f
public.items_3	13	f	f	f
public.items_2a	13	f	f	f
public.persons	14	f	f	f
public.employees	14	f	f	f
public.trainees	14	f	f	f
public.letters	15	t	f	f
public.drafts	16	f	f	f
public.forms	17	f	f	t
public.loose	18	f	f	f
public."Odd ""Name"	19	f	f	f
public.ledgers	20	f	f	f
public.items_4	13	f	f	f
\.


--
-- Data for Name: related_levels; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.related_levels (rule_id, module_id, level, staged_level) FROM stdin;
1	8	none	none
1	6	read_only	read_only
\.


--
-- Data for Name: relations; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.relations (id, child_id, parent_id, with_shares, applied) FROM stdin;
1	6	1	t	t
2	7	1	f	t
3	8	1	t	t
4	9	9	t	t
\.


--
-- Data for Name: role_profiles; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.role_profiles (role_id, profile_id) FROM stdin;
5	1
2	2
\.


--
-- Data for Name: roles; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.roles (id, name, parent_id) FROM stdin;
1	H1	\N
2	H2	1
3	H3	2
4	H4	3
5	H5	2
\.


--
-- Data for Name: rules; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.rules (id, module_id, owned_by_role_id, owned_by_subordinates, owned_by_group_id, shared_with_role_id, shared_with_subordinates, shared_with_group_id, superiors, access, staged_access) FROM stdin;
1	1	4	f	\N	5	f	\N	f	read_write	read_write
2	9	2	t	\N	\N	f	1	f	read_only	read_only
3	13	3	f	\N	\N	f	3	f	read_write	read_write
4	4	\N	f	1	5	f	\N	f	read_only	read_only
5	14	4	f	\N	5	f	\N	f	\N	read_only
\.


--
-- Data for Name: shared_modules; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.shared_modules (module_id) FROM stdin;
1
13
14
\.


--
-- Data for Name: shares; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.shares (link_id, module_id, record_id, access, shared_at) FROM stdin;
1	1	9	edit	2026-11-27 02:25:00.040777+00
1	1	22	read	2026-11-27 02:25:00.056648+00
1	13	9	read	2026-11-27 02:25:00.065064+00
1	14	9	edit	2026-11-27 02:25:00.07521+00
\.


--
-- Data for Name: trusted_roles; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.trusted_roles (db_role) FROM stdin;
upgrade_app
\.


--
-- Data for Name: user_db_roles; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.user_db_roles (db_role, user_id) FROM stdin;
upgrade_person	12
\.


--
-- Data for Name: user_rights; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.user_rights (user_id, "right") FROM stdin;
7	administrator
9	record_sharing
10	record_sharing
\.


--
-- Data for Name: users; Type: TABLE DATA; Schema: sharing; Owner: postgres
--

COPY sharing.users (id, key, name, role_id, office_id, active) FROM stdin;
1	1	ceo	1	\N	t
2	2	vp	2	\N	t
3	3	mgr	3	\N	t
4	4	rep	4	\N	t
5	5	other rep	4	\N	t
6	6	support	5	\N	t
7	7	adm	\N	\N	t
9	9	ann	\N	2	t
10	10	liz	\N	3	t
11	11	abe	\N	2	t
12	12	pat	5	\N	t
13	00000000-0000-0000-0000-00000000000a	by uuid	4	\N	t
8	8	gone	4	\N	f
\.


--
-- Name: audit_entries_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.audit_entries_id_seq', 131, true);


--
-- Name: groups_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.groups_id_seq', 3, true);


--
-- Name: links_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.links_id_seq', 1, true);


--
-- Name: modules_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.modules_id_seq', 20, true);


--
-- Name: offices_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.offices_id_seq', 3, true);


--
-- Name: profiles_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.profiles_id_seq', 2, true);


--
-- Name: relations_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.relations_id_seq', 4, true);


--
-- Name: roles_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.roles_id_seq', 5, true);


--
-- Name: rules_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.rules_id_seq', 5, true);


--
-- Name: users_id_seq; Type: SEQUENCE SET; Schema: sharing; Owner: postgres
--

SELECT pg_catalog.setval('sharing.users_id_seq', 13, true);


--
-- Name: Odd "Name Odd "Name_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public."Odd ""Name"
    ADD CONSTRAINT "Odd ""Name_pkey" PRIMARY KEY ("Id");


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: assets assets_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_pkey PRIMARY KEY (id);


--
-- Name: calls calls_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (id);


--
-- Name: cases cases_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (id);


--
-- Name: docs docs_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.docs
    ADD CONSTRAINT docs_pkey PRIMARY KEY (id);


--
-- Name: drafts drafts_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT drafts_pkey PRIMARY KEY (id);


--
-- Name: forms forms_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.forms
    ADD CONSTRAINT forms_pkey PRIMARY KEY (id);


--
-- Name: items items_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);


--
-- Name: items_1 items_1_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_1
    ADD CONSTRAINT items_1_pkey PRIMARY KEY (id);


--
-- Name: items_2 items_2_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_2
    ADD CONSTRAINT items_2_pkey PRIMARY KEY (id);


--
-- Name: items_2a items_2a_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_2a
    ADD CONSTRAINT items_2a_pkey PRIMARY KEY (id);


--
-- Name: items_3 items_3_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_3
    ADD CONSTRAINT items_3_pkey PRIMARY KEY (id);


--
-- Name: items_4 items_4_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.items_4
    ADD CONSTRAINT items_4_pkey PRIMARY KEY (id);


--
-- Name: leads leads_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_pkey PRIMARY KEY (id);


--
-- Name: ledgers ledgers_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.ledgers
    ADD CONSTRAINT ledgers_pkey PRIMARY KEY (id);


--
-- Name: letters letters_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_pkey PRIMARY KEY (id);


--
-- Name: lines lines_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (id);


--
-- Name: persons persons_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.persons
    ADD CONSTRAINT persons_pkey PRIMARY KEY (id);


--
-- Name: remarks remarks_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT remarks_pkey PRIMARY KEY (id);


--
-- Name: tasks tasks_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);


--
-- Name: tickets tickets_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);


--
-- Name: visits visits_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT visits_pkey PRIMARY KEY (id, year);


--
-- Name: visits_1 visits_1_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits_1
    ADD CONSTRAINT visits_1_pkey PRIMARY KEY (id, year);


--
-- Name: visits_2 visits_2_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits_2
    ADD CONSTRAINT visits_2_pkey PRIMARY KEY (id, year);


--
-- Name: visits_3 visits_3_pkey; Type: CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.visits_3
    ADD CONSTRAINT visits_3_pkey PRIMARY KEY (id, year);


--
-- Name: answers answers_pkey; Type: CONSTRAINT; Schema: recorded; Owner: postgres
--

ALTER TABLE ONLY recorded.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (person, relation);


--
-- Name: leads_owner_idx; Type: INDEX; Schema: public; Owner: upgrade_crm
--

CREATE INDEX leads_owner_idx ON public.leads USING btree (owner);


--
-- Name: items_1_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.items_pkey ATTACH PARTITION public.items_1_pkey;


--
-- Name: items_2_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.items_pkey ATTACH PARTITION public.items_2_pkey;


--
-- Name: items_2a_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.items_2_pkey ATTACH PARTITION public.items_2a_pkey;


--
-- Name: items_4_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.items_pkey ATTACH PARTITION public.items_4_pkey;


--
-- Name: visits_1_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.visits_pkey ATTACH PARTITION public.visits_1_pkey;


--
-- Name: visits_2_pkey; Type: INDEX ATTACH; Schema: public; Owner: upgrade_crm
--

ALTER INDEX public.visits_pkey ATTACH PARTITION public.visits_2_pkey;


--
-- Name: forms sharing_default_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_default_owner BEFORE INSERT ON public.forms FOR EACH ROW EXECUTE FUNCTION sharing.default_owner();


--
-- Name: Odd "Name sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public."Odd ""Name" FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: accounts sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: assets sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.assets FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: calls sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.calls FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: cases sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.cases FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: docs sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.docs FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: drafts sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.drafts FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: employees sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.employees FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: forms sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.forms FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: items sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: leads sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: ledgers sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.ledgers FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: letters sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.letters FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: loose sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.loose FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: persons sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.persons FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: remarks sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.remarks FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: tasks sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: tickets sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.tickets FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: trainees sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.trainees FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: visits sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.visits FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: items_3 sharing_guard_owner_detached; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner_detached AFTER UPDATE ON public.items_3 FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: visits_3 sharing_guard_owner_detached; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_guard_owner_detached AFTER UPDATE ON public.visits_3 FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: Odd "Name sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public."Odd ""Name" FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public."Odd ""Name" ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: accounts sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.accounts FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.accounts ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: assets sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.assets FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.assets ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: calls sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.calls FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.calls ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: cases sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.cases FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.cases ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: docs sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.docs FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.docs ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: drafts sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.drafts FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.drafts ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: forms sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.forms FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.forms ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: items sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.items FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: leads sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.leads FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.leads ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: ledgers sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.ledgers FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.ledgers ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: letters sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.letters FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.letters ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: persons sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.persons FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.persons ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: remarks sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.remarks FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.remarks ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: tasks sharing_record_deleted; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_deleted AFTER DELETE ON public.tasks FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER sharing_record_deleted;


--
-- Name: Odd "Name sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public."Odd ""Name" FOR EACH ROW WHEN ((old."Id" IS DISTINCT FROM new."Id")) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public."Odd ""Name" ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: accounts sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.accounts ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: assets sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.assets FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.assets ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: calls sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.calls FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.calls ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: cases sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.cases FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.cases ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: docs sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.docs FOR EACH ROW WHEN (((old.id)::text IS DISTINCT FROM (new.id)::text)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.docs ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: drafts sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.drafts FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.drafts ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: forms sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.forms FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.forms ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: items sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.items FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: leads sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.leads FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.leads ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: ledgers sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.ledgers FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.ledgers ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: letters sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.letters FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.letters ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: persons sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.persons FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.persons ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: remarks sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.remarks FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.remarks ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: tasks sharing_record_renamed; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_record_renamed AFTER UPDATE ON public.tasks FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER sharing_record_renamed;


--
-- Name: Odd "Name sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public."Odd ""Name" FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public."Odd ""Name" ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: accounts sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.accounts ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: assets sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.assets FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.assets ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: calls sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.calls FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.calls ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: cases sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.cases FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.cases ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: docs sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.docs FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.docs ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: drafts sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.drafts FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.drafts ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: forms sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.forms FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.forms ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items_1 sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items_1 FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items_1 ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items_2 sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items_2 FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items_2 ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items_2a sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items_2a FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items_2a ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items_3 sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items_3 FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items_3 ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: items_4 sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.items_4 FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.items_4 ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: leads sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.leads FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.leads ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: ledgers sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.ledgers FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.ledgers ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: letters sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.letters FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.letters ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: persons sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.persons FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.persons ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: remarks sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.remarks FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.remarks ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: tasks sharing_table_truncated; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION sharing.forget_shares();

ALTER TABLE public.tasks ENABLE ALWAYS TRIGGER sharing_table_truncated;


--
-- Name: Odd "Name zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public."Odd ""Name" FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: accounts zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: assets zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.assets FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: calls zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.calls FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: cases zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.cases FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: docs zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.docs FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: drafts zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.drafts FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: employees zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.employees FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: forms zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.forms FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: items zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: leads zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: ledgers zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.ledgers FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: letters zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.letters FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: loose zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.loose FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: persons zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.persons FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: remarks zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.remarks FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: tasks zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: tickets zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.tickets FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: trainees zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.trainees FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: visits zz_sharing_guard_owner; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON public.visits FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: items_3 zz_sharing_guard_owner_detached; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner_detached BEFORE UPDATE ON public.items_3 FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: visits_3 zz_sharing_guard_owner_detached; Type: TRIGGER; Schema: public; Owner: upgrade_crm
--

CREATE TRIGGER zz_sharing_guard_owner_detached BEFORE UPDATE ON public.visits_3 FOR EACH ROW EXECUTE FUNCTION sharing.guard_owner();


--
-- Name: lines lines_lead_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE CASCADE;


--
-- Name: tasks tasks_lead_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: upgrade_crm
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE CASCADE;


--
-- Name: Odd "Name; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public."Odd ""Name" ENABLE ROW LEVEL SECURITY;

--
-- Name: accounts; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;

--
-- Name: assets; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;

--
-- Name: calls; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.calls ENABLE ROW LEVEL SECURITY;

--
-- Name: cases; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;

--
-- Name: docs; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY;

--
-- Name: drafts; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.drafts ENABLE ROW LEVEL SECURITY;

--
-- Name: employees; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.employees ENABLE ROW LEVEL SECURITY;

--
-- Name: letters even; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY even ON public.letters USING (((id % 2) = 0));


--
-- Name: forms; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.forms ENABLE ROW LEVEL SECURITY;

--
-- Name: items; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items ENABLE ROW LEVEL SECURITY;

--
-- Name: items_1; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items_1 ENABLE ROW LEVEL SECURITY;

--
-- Name: items_2; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items_2 ENABLE ROW LEVEL SECURITY;

--
-- Name: items_2a; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items_2a ENABLE ROW LEVEL SECURITY;

--
-- Name: items_3; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items_3 ENABLE ROW LEVEL SECURITY;

--
-- Name: items_4; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.items_4 ENABLE ROW LEVEL SECURITY;

--
-- Name: leads; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.leads ENABLE ROW LEVEL SECURITY;

--
-- Name: ledgers; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.ledgers ENABLE ROW LEVEL SECURITY;

--
-- Name: letters; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.letters ENABLE ROW LEVEL SECURITY;

--
-- Name: lines; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.lines ENABLE ROW LEVEL SECURITY;

--
-- Name: loose; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.loose ENABLE ROW LEVEL SECURITY;

--
-- Name: persons; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.persons ENABLE ROW LEVEL SECURITY;

--
-- Name: prices; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.prices ENABLE ROW LEVEL SECURITY;

--
-- Name: remarks; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.remarks ENABLE ROW LEVEL SECURITY;

--
-- Name: Odd "Name sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public."Odd ""Name" AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public."Odd ""Name"'::regclass, "The Owner"));


--
-- Name: accounts sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.accounts AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.accounts'::regclass, owner));


--
-- Name: assets sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.assets AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.assets'::regclass, owner));


--
-- Name: calls sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.calls AS RESTRICTIVE FOR DELETE USING ((sharing.may_delete('public.calls'::regclass, owner, team) OR sharing.may_delete_as_group('public.calls'::regclass, team, owner)));


--
-- Name: cases sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.cases AS RESTRICTIVE FOR DELETE USING ((sharing.may_delete('public.cases'::regclass, owner, team) OR sharing.may_delete_as_group('public.cases'::regclass, team, owner)));


--
-- Name: docs sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.docs AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.docs'::regclass, owner));


--
-- Name: drafts sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.drafts AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.drafts'::regclass, owner));


--
-- Name: employees sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.employees AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.persons'::regclass, owner));


--
-- Name: forms sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.forms AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.forms'::regclass, owner));


--
-- Name: items sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: items_1 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items_1 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: items_2 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items_2 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: items_2a sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items_2a AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: items_3 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items_3 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: items_4 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.items_4 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.items'::regclass, owner));


--
-- Name: leads sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.leads AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.leads'::regclass, owner));


--
-- Name: ledgers sharing_delete; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sharing_delete ON public.ledgers AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.ledgers'::regclass, owner));


--
-- Name: letters sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.letters AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.letters'::regclass, owner));


--
-- Name: lines sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.lines AS RESTRICTIVE FOR DELETE USING (sharing.may_delete_detail('public.lines'::regclass, lead_id));


--
-- Name: loose sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.loose AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.loose'::regclass, owner));


--
-- Name: persons sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.persons AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.persons'::regclass, owner));


--
-- Name: prices sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.prices AS RESTRICTIVE FOR DELETE USING (sharing.may_delete_detail('public.prices'::regclass, line_id));


--
-- Name: remarks sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.remarks AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.remarks'::regclass, owner));


--
-- Name: tasks sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.tasks AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.tasks'::regclass, owner));


--
-- Name: tickets sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.tickets AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.tickets'::regclass, team));


--
-- Name: trainees sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.trainees AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.persons'::regclass, owner));


--
-- Name: visits sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.visits AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.visits'::regclass, owner));


--
-- Name: visits_1 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.visits_1 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.visits'::regclass, owner));


--
-- Name: visits_2 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.visits_2 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.visits'::regclass, owner));


--
-- Name: visits_3 sharing_delete; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_delete ON public.visits_3 AS RESTRICTIVE FOR DELETE USING (sharing.may_delete('public.visits'::regclass, owner));


--
-- Name: Odd "Name sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public."Odd ""Name" AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public."Odd ""Name"'::regclass, "The Owner"));


--
-- Name: accounts sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.accounts AS RESTRICTIVE FOR INSERT WITH CHECK ((sharing.may_create('public.accounts'::regclass, owner) OR sharing.may_create_related('public.accounts'::regclass, parent_id, 4, owner)));


--
-- Name: assets sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.assets AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.assets'::regclass, owner));


--
-- Name: calls sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.calls AS RESTRICTIVE FOR INSERT WITH CHECK ((sharing.may_create('public.calls'::regclass, owner, team) OR sharing.may_create_as_group('public.calls'::regclass, team, owner) OR sharing.may_create_related('public.calls'::regclass, lead_id, 2, owner, team)));


--
-- Name: cases sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.cases AS RESTRICTIVE FOR INSERT WITH CHECK ((sharing.may_create('public.cases'::regclass, owner, team) OR sharing.may_create_as_group('public.cases'::regclass, team, owner)));


--
-- Name: docs sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.docs AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.docs'::regclass, owner));


--
-- Name: drafts sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.drafts AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.drafts'::regclass, owner));


--
-- Name: employees sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.employees AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.persons'::regclass, owner));


--
-- Name: forms sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.forms AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.forms'::regclass, owner));


--
-- Name: items sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: items_1 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items_1 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: items_2 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items_2 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: items_2a sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items_2a AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: items_3 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items_3 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: items_4 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.items_4 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.items'::regclass, owner));


--
-- Name: leads sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.leads AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.leads'::regclass, owner));


--
-- Name: ledgers sharing_insert; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sharing_insert ON public.ledgers AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.ledgers'::regclass, owner));


--
-- Name: letters sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.letters AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.letters'::regclass, owner));


--
-- Name: lines sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.lines AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create_detail('public.lines'::regclass, lead_id));


--
-- Name: loose sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.loose AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.loose'::regclass, owner));


--
-- Name: persons sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.persons AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.persons'::regclass, owner));


--
-- Name: prices sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.prices AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create_detail('public.prices'::regclass, line_id));


--
-- Name: remarks sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.remarks AS RESTRICTIVE FOR INSERT WITH CHECK ((sharing.may_create('public.remarks'::regclass, owner) OR ((about = 'lead'::public.kind) AND sharing.may_create_related('public.remarks'::regclass, ref, 3, owner))));


--
-- Name: tasks sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.tasks AS RESTRICTIVE FOR INSERT WITH CHECK ((sharing.may_create('public.tasks'::regclass, owner) OR sharing.may_create_related('public.tasks'::regclass, lead_id, 1, owner)));


--
-- Name: tickets sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.tickets AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.tickets'::regclass, team));


--
-- Name: trainees sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.trainees AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.persons'::regclass, owner));


--
-- Name: visits sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.visits AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.visits'::regclass, owner));


--
-- Name: visits_1 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.visits_1 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.visits'::regclass, owner));


--
-- Name: visits_2 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.visits_2 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.visits'::regclass, owner));


--
-- Name: visits_3 sharing_insert; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_insert ON public.visits_3 AS RESTRICTIVE FOR INSERT WITH CHECK (sharing.may_create('public.visits'::regclass, owner));


--
-- Name: Odd "Name sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public."Odd ""Name" USING ((sharing.always("The Owner") AND sharing.always("Id"))) WITH CHECK ((sharing.always("The Owner") AND sharing.always("Id")));


--
-- Name: accounts sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.accounts USING ((sharing.always(owner) AND sharing.always(id) AND sharing.always(parent_id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id) AND sharing.always(parent_id)));


--
-- Name: assets sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.assets USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: calls sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.calls USING ((sharing.always(owner) AND sharing.always(team) AND sharing.always(id) AND sharing.always(lead_id))) WITH CHECK ((sharing.always(owner) AND sharing.always(team) AND sharing.always(id) AND sharing.always(lead_id)));


--
-- Name: cases sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.cases USING ((sharing.always(owner) AND sharing.always(team) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(team) AND sharing.always(id)));


--
-- Name: docs sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.docs USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: drafts sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.drafts USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: employees sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.employees USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: forms sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.forms USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: items sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: items_1 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items_1 USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: items_2 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items_2 USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: items_2a sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items_2a USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: items_3 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items_3 USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: items_4 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.items_4 USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: leads sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.leads USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: ledgers sharing_open; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sharing_open ON public.ledgers USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: lines sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.lines USING (sharing.always(lead_id)) WITH CHECK (sharing.always(lead_id));


--
-- Name: loose sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.loose USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: persons sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.persons USING ((sharing.always(owner) AND sharing.always(id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id)));


--
-- Name: prices sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.prices USING (sharing.always(line_id)) WITH CHECK (sharing.always(line_id));


--
-- Name: remarks sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.remarks USING ((sharing.always(owner) AND sharing.always(id) AND sharing.always(ref) AND sharing.always(about))) WITH CHECK ((sharing.always(owner) AND sharing.always(id) AND sharing.always(ref) AND sharing.always(about)));


--
-- Name: tasks sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.tasks USING ((sharing.always(owner) AND sharing.always(id) AND sharing.always(lead_id))) WITH CHECK ((sharing.always(owner) AND sharing.always(id) AND sharing.always(lead_id)));


--
-- Name: tickets sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.tickets USING (sharing.always(team)) WITH CHECK (sharing.always(team));


--
-- Name: trainees sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.trainees USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: visits sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.visits USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: visits_1 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.visits_1 USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: visits_2 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.visits_2 USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: visits_3 sharing_open; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_open ON public.visits_3 USING (sharing.always(owner)) WITH CHECK (sharing.always(owner));


--
-- Name: Odd "Name sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public."Odd ""Name" AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public."Odd ""Name"'::regclass, "The Owner") OR sharing.may_read_shared('public."Odd ""Name"'::regclass, "Id", "The Owner")));


--
-- Name: accounts sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.accounts AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.accounts'::regclass, owner) OR sharing.may_read_shared('public.accounts'::regclass, id, owner) OR sharing.may_read_related('public.accounts'::regclass, parent_id, 4, owner)));


--
-- Name: assets sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.assets AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.assets'::regclass, owner) OR sharing.may_read_shared('public.assets'::regclass, id, owner)));


--
-- Name: calls sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.calls AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.calls'::regclass, owner, team) OR sharing.may_read_as_group('public.calls'::regclass, team, owner) OR sharing.may_read_shared('public.calls'::regclass, id, owner) OR sharing.may_read_related('public.calls'::regclass, lead_id, 2, owner, team)));


--
-- Name: cases sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.cases AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.cases'::regclass, owner, team) OR sharing.may_read_as_group('public.cases'::regclass, team, owner) OR sharing.may_read_shared('public.cases'::regclass, id, owner)));


--
-- Name: docs sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.docs AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.docs'::regclass, owner) OR sharing.may_read_shared('public.docs'::regclass, id, owner)));


--
-- Name: drafts sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.drafts AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.drafts'::regclass, owner) OR sharing.may_read_shared('public.drafts'::regclass, id, owner)));


--
-- Name: employees sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.employees AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.persons'::regclass, owner));


--
-- Name: forms sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.forms AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.forms'::regclass, owner) OR sharing.may_read_shared('public.forms'::regclass, id, owner)));


--
-- Name: items sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.items'::regclass, owner) OR sharing.may_read_shared('public.items'::regclass, id, owner)));


--
-- Name: items_1 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items_1 AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.items'::regclass, owner) OR sharing.may_read_shared('public.items'::regclass, id, owner)));


--
-- Name: items_2 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items_2 AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.items'::regclass, owner) OR sharing.may_read_shared('public.items'::regclass, id, owner)));


--
-- Name: items_2a sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items_2a AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.items'::regclass, owner) OR sharing.may_read_shared('public.items'::regclass, id, owner)));


--
-- Name: items_3 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items_3 AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.items'::regclass, owner));


--
-- Name: items_4 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.items_4 AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.items'::regclass, owner) OR sharing.may_read_shared('public.items'::regclass, id, owner)));


--
-- Name: leads sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.leads AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.leads'::regclass, owner) OR sharing.may_read_shared('public.leads'::regclass, id, owner)));


--
-- Name: ledgers sharing_select; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sharing_select ON public.ledgers AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.ledgers'::regclass, owner) OR sharing.may_read_shared('public.ledgers'::regclass, id, owner)));


--
-- Name: letters sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.letters AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.letters'::regclass, owner) OR sharing.may_read_shared('public.letters'::regclass, id, owner)));


--
-- Name: lines sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.lines AS RESTRICTIVE FOR SELECT USING (sharing.may_read_detail('public.lines'::regclass, lead_id));


--
-- Name: loose sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.loose AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.loose'::regclass, owner));


--
-- Name: persons sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.persons AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.persons'::regclass, owner) OR ((tableoid = ('public.persons'::regclass)::oid) AND sharing.may_read_shared('public.persons'::regclass, id, owner))));


--
-- Name: prices sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.prices AS RESTRICTIVE FOR SELECT USING (sharing.may_read_detail('public.prices'::regclass, line_id));


--
-- Name: remarks sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.remarks AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.remarks'::regclass, owner) OR sharing.may_read_shared('public.remarks'::regclass, id, owner) OR ((about = 'lead'::public.kind) AND sharing.may_read_related('public.remarks'::regclass, ref, 3, owner))));


--
-- Name: tasks sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.tasks AS RESTRICTIVE FOR SELECT USING ((sharing.may_read('public.tasks'::regclass, owner) OR sharing.may_read_shared('public.tasks'::regclass, id, owner) OR sharing.may_read_related('public.tasks'::regclass, lead_id, 1, owner)));


--
-- Name: tickets sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.tickets AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.tickets'::regclass, team));


--
-- Name: trainees sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.trainees AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.persons'::regclass, owner));


--
-- Name: visits sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.visits AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.visits'::regclass, owner));


--
-- Name: visits_1 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.visits_1 AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.visits'::regclass, owner));


--
-- Name: visits_2 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.visits_2 AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.visits'::regclass, owner));


--
-- Name: visits_3 sharing_select; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_select ON public.visits_3 AS RESTRICTIVE FOR SELECT USING (sharing.may_read('public.visits'::regclass, owner));


--
-- Name: Odd "Name sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public."Odd ""Name" AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public."Odd ""Name"'::regclass, "The Owner") OR sharing.may_edit_shared('public."Odd ""Name"'::regclass, "Id", "The Owner"))) WITH CHECK ((sharing.may_edit('public."Odd ""Name"'::regclass, "The Owner") OR sharing.may_edit_shared('public."Odd ""Name"'::regclass, "Id", "The Owner")));


--
-- Name: accounts sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.accounts AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.accounts'::regclass, owner) OR sharing.may_edit_shared('public.accounts'::regclass, id, owner) OR sharing.may_edit_related('public.accounts'::regclass, parent_id, 4, owner))) WITH CHECK ((sharing.may_edit('public.accounts'::regclass, owner) OR sharing.may_edit_shared('public.accounts'::regclass, id, owner) OR sharing.may_edit_related('public.accounts'::regclass, parent_id, 4, owner)));


--
-- Name: assets sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.assets AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.assets'::regclass, owner) OR sharing.may_edit_shared('public.assets'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.assets'::regclass, owner) OR sharing.may_edit_shared('public.assets'::regclass, id, owner)));


--
-- Name: calls sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.calls AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.calls'::regclass, owner, team) OR sharing.may_edit_as_group('public.calls'::regclass, team, owner) OR sharing.may_edit_shared('public.calls'::regclass, id, owner) OR sharing.may_edit_related('public.calls'::regclass, lead_id, 2, owner, team))) WITH CHECK ((sharing.may_edit('public.calls'::regclass, owner, team) OR sharing.may_edit_as_group('public.calls'::regclass, team, owner) OR sharing.may_edit_shared('public.calls'::regclass, id, owner) OR sharing.may_edit_related('public.calls'::regclass, lead_id, 2, owner, team)));


--
-- Name: cases sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.cases AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.cases'::regclass, owner, team) OR sharing.may_edit_as_group('public.cases'::regclass, team, owner) OR sharing.may_edit_shared('public.cases'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.cases'::regclass, owner, team) OR sharing.may_edit_as_group('public.cases'::regclass, team, owner) OR sharing.may_edit_shared('public.cases'::regclass, id, owner)));


--
-- Name: docs sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.docs AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.docs'::regclass, owner) OR sharing.may_edit_shared('public.docs'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.docs'::regclass, owner) OR sharing.may_edit_shared('public.docs'::regclass, id, owner)));


--
-- Name: drafts sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.drafts AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.drafts'::regclass, owner) OR sharing.may_edit_shared('public.drafts'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.drafts'::regclass, owner) OR sharing.may_edit_shared('public.drafts'::regclass, id, owner)));


--
-- Name: employees sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.employees AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.persons'::regclass, owner)) WITH CHECK (sharing.may_edit('public.persons'::regclass, owner));


--
-- Name: forms sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.forms AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.forms'::regclass, owner) OR sharing.may_edit_shared('public.forms'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.forms'::regclass, owner) OR sharing.may_edit_shared('public.forms'::regclass, id, owner)));


--
-- Name: items sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner)));


--
-- Name: items_1 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items_1 AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner)));


--
-- Name: items_2 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items_2 AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner)));


--
-- Name: items_2a sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items_2a AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner)));


--
-- Name: items_3 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items_3 AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.items'::regclass, owner)) WITH CHECK (sharing.may_edit('public.items'::regclass, owner));


--
-- Name: items_4 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.items_4 AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.items'::regclass, owner) OR sharing.may_edit_shared('public.items'::regclass, id, owner)));


--
-- Name: leads sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.leads AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.leads'::regclass, owner) OR sharing.may_edit_shared('public.leads'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.leads'::regclass, owner) OR sharing.may_edit_shared('public.leads'::regclass, id, owner)));


--
-- Name: ledgers sharing_update; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sharing_update ON public.ledgers AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.ledgers'::regclass, owner) OR sharing.may_edit_shared('public.ledgers'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.ledgers'::regclass, owner) OR sharing.may_edit_shared('public.ledgers'::regclass, id, owner)));


--
-- Name: letters sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.letters AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.letters'::regclass, owner) OR sharing.may_edit_shared('public.letters'::regclass, id, owner))) WITH CHECK ((sharing.may_edit('public.letters'::regclass, owner) OR sharing.may_edit_shared('public.letters'::regclass, id, owner)));


--
-- Name: lines sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.lines AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit_detail('public.lines'::regclass, lead_id)) WITH CHECK (sharing.may_edit_detail('public.lines'::regclass, lead_id));


--
-- Name: loose sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.loose AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.loose'::regclass, owner)) WITH CHECK (sharing.may_edit('public.loose'::regclass, owner));


--
-- Name: persons sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.persons AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.persons'::regclass, owner) OR ((tableoid = ('public.persons'::regclass)::oid) AND sharing.may_edit_shared('public.persons'::regclass, id, owner)))) WITH CHECK ((sharing.may_edit('public.persons'::regclass, owner) OR ((tableoid = ('public.persons'::regclass)::oid) AND sharing.may_edit_shared('public.persons'::regclass, id, owner))));


--
-- Name: prices sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.prices AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit_detail('public.prices'::regclass, line_id)) WITH CHECK (sharing.may_edit_detail('public.prices'::regclass, line_id));


--
-- Name: remarks sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.remarks AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.remarks'::regclass, owner) OR sharing.may_edit_shared('public.remarks'::regclass, id, owner) OR ((about = 'lead'::public.kind) AND sharing.may_edit_related('public.remarks'::regclass, ref, 3, owner)))) WITH CHECK ((sharing.may_edit('public.remarks'::regclass, owner) OR sharing.may_edit_shared('public.remarks'::regclass, id, owner) OR ((about = 'lead'::public.kind) AND sharing.may_edit_related('public.remarks'::regclass, ref, 3, owner))));


--
-- Name: tasks sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.tasks AS RESTRICTIVE FOR UPDATE USING ((sharing.may_edit('public.tasks'::regclass, owner) OR sharing.may_edit_shared('public.tasks'::regclass, id, owner) OR sharing.may_edit_related('public.tasks'::regclass, lead_id, 1, owner))) WITH CHECK ((sharing.may_edit('public.tasks'::regclass, owner) OR sharing.may_edit_shared('public.tasks'::regclass, id, owner) OR sharing.may_edit_related('public.tasks'::regclass, lead_id, 1, owner)));


--
-- Name: tickets sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.tickets AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.tickets'::regclass, team)) WITH CHECK (sharing.may_edit('public.tickets'::regclass, team));


--
-- Name: trainees sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.trainees AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.persons'::regclass, owner)) WITH CHECK (sharing.may_edit('public.persons'::regclass, owner));


--
-- Name: visits sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.visits AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.visits'::regclass, owner)) WITH CHECK (sharing.may_edit('public.visits'::regclass, owner));


--
-- Name: visits_1 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.visits_1 AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.visits'::regclass, owner)) WITH CHECK (sharing.may_edit('public.visits'::regclass, owner));


--
-- Name: visits_2 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.visits_2 AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.visits'::regclass, owner)) WITH CHECK (sharing.may_edit('public.visits'::regclass, owner));


--
-- Name: visits_3 sharing_update; Type: POLICY; Schema: public; Owner: upgrade_crm
--

CREATE POLICY sharing_update ON public.visits_3 AS RESTRICTIVE FOR UPDATE USING (sharing.may_edit('public.visits'::regclass, owner)) WITH CHECK (sharing.may_edit('public.visits'::regclass, owner));


--
-- Name: tasks; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;

--
-- Name: tickets; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.tickets ENABLE ROW LEVEL SECURITY;

--
-- Name: trainees; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.trainees ENABLE ROW LEVEL SECURITY;

--
-- Name: visits; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.visits ENABLE ROW LEVEL SECURITY;

--
-- Name: visits_1; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.visits_1 ENABLE ROW LEVEL SECURITY;

--
-- Name: visits_2; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.visits_2 ENABLE ROW LEVEL SECURITY;

--
-- Name: visits_3; Type: ROW SECURITY; Schema: public; Owner: upgrade_crm
--

ALTER TABLE public.visits_3 ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT ALL ON SCHEMA public TO upgrade_crm;


--
-- Name: SCHEMA recorded; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA recorded TO upgrade_app;


--
-- Name: TABLE "Odd ""Name"; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public."Odd ""Name" TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public."Odd ""Name" TO upgrade_person;


--
-- Name: TABLE accounts; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO upgrade_person;


--
-- Name: TABLE assets; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.assets TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.assets TO upgrade_person;


--
-- Name: TABLE calls; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calls TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calls TO upgrade_person;


--
-- Name: TABLE cases; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cases TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cases TO upgrade_person;


--
-- Name: TABLE docs; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.docs TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.docs TO upgrade_person;


--
-- Name: TABLE drafts; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.drafts TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.drafts TO upgrade_person;


--
-- Name: TABLE persons; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.persons TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.persons TO upgrade_person;


--
-- Name: TABLE employees; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.employees TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.employees TO upgrade_person;


--
-- Name: TABLE forms; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.forms TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.forms TO upgrade_person;


--
-- Name: TABLE items; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items TO upgrade_person;


--
-- Name: TABLE items_1; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_1 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_1 TO upgrade_person;


--
-- Name: TABLE items_2; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_2 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_2 TO upgrade_person;


--
-- Name: TABLE items_2a; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_2a TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_2a TO upgrade_person;


--
-- Name: TABLE items_3; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_3 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.items_3 TO upgrade_person;


--
-- Name: TABLE items_4; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,DELETE,UPDATE ON TABLE public.items_4 TO upgrade_app;


--
-- Name: TABLE leads; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.leads TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.leads TO upgrade_person;


--
-- Name: TABLE ledgers; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ledgers TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ledgers TO upgrade_person;


--
-- Name: TABLE letters; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.letters TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.letters TO upgrade_person;


--
-- Name: TABLE lines; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lines TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lines TO upgrade_person;


--
-- Name: TABLE loose; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.loose TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.loose TO upgrade_person;


--
-- Name: TABLE prices; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.prices TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.prices TO upgrade_person;


--
-- Name: TABLE remarks; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.remarks TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.remarks TO upgrade_person;


--
-- Name: TABLE tasks; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tasks TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tasks TO upgrade_person;


--
-- Name: TABLE tickets; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tickets TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tickets TO upgrade_person;


--
-- Name: TABLE trainees; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.trainees TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.trainees TO upgrade_person;


--
-- Name: TABLE visits; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits TO upgrade_person;


--
-- Name: TABLE visits_1; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_1 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_1 TO upgrade_person;


--
-- Name: TABLE visits_2; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_2 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_2 TO upgrade_person;


--
-- Name: TABLE visits_3; Type: ACL; Schema: public; Owner: upgrade_crm
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_3 TO upgrade_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.visits_3 TO upgrade_person;


--
-- Name: TABLE answers; Type: ACL; Schema: recorded; Owner: postgres
--

GRANT SELECT,INSERT ON TABLE recorded.answers TO upgrade_app;


--
-- PostgreSQL database dump complete
--

\unrestrict S1hZl1uLXGKiEy7c1GJWRD4cbu8KPXhbkTdoOhXxuqlz03zhlAoKSzIgb0baLy6

