-- The CRM of the demo: an application's own tables and data, and the organization that works with them.
-- People are known by their login names, which is also what the application stores as the owner.

CREATE TABLE leads (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    company text NOT NULL,
    city text NOT NULL,
    status text NOT NULL DEFAULT 'new',
    owner text, -- a person
    team text -- or a team
);
CREATE INDEX ON leads (owner);
CREATE INDEX ON leads (team);

CREATE TABLE accounts (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    city text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON accounts (owner);

CREATE TABLE contacts (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    account_id integer REFERENCES accounts,
    owner text NOT NULL
);
CREATE INDEX ON contacts (owner);

CREATE TABLE potentials (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    account_id integer NOT NULL REFERENCES accounts,
    subject text NOT NULL,
    amount numeric(12, 2) NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON potentials (owner);
CREATE INDEX ON potentials (account_id);

-- What is sold, from the quote to the invoice.
CREATE TABLE quotes (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    potential_id integer REFERENCES potentials,
    subject text NOT NULL,
    stage text NOT NULL DEFAULT 'draft',
    owner text NOT NULL
);
CREATE INDEX ON quotes (owner);
CREATE INDEX ON quotes (potential_id);

CREATE TABLE quote_lines (
    quote_id integer NOT NULL REFERENCES quotes,
    line integer NOT NULL,
    product text NOT NULL,
    quantity integer NOT NULL,
    price numeric(12, 2) NOT NULL,
    PRIMARY KEY (quote_id, line)
);

CREATE TABLE sales_orders (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    potential_id integer REFERENCES potentials,
    quote_id integer REFERENCES quotes,
    subject text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON sales_orders (owner);
CREATE INDEX ON sales_orders (potential_id);
CREATE INDEX ON sales_orders (quote_id);

CREATE TABLE invoices (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sales_order_id integer REFERENCES sales_orders,
    amount numeric(12, 2) NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON invoices (owner);
CREATE INDEX ON invoices (sales_order_id);

CREATE TABLE purchase_orders (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    vendor text NOT NULL,
    amount numeric(12, 2) NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON purchase_orders (owner);

CREATE TABLE service_requests (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    account_id integer REFERENCES accounts,
    subject text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON service_requests (owner);
CREATE INDEX ON service_requests (account_id);

CREATE TABLE campaigns (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON campaigns (owner);

CREATE TABLE emails (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    parent_type text, -- 'Leads' or 'Accounts'
    parent_id integer,
    subject text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON emails (owner);
CREATE INDEX ON emails (parent_id, parent_type);

CREATE TABLE calls (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    called_at timestamptz NOT NULL,
    minutes integer NOT NULL,
    owner text NOT NULL
);

INSERT INTO leads (company, city, status, owner, team) VALUES
    ('Alster Marine', 'Hamburg', 'new', 'nina', NULL),
    ('Borkum Ferries', 'Emden', 'contacted', 'nina', NULL),
    ('Deichwerk', 'Bremen', 'new', 'nina', NULL),
    ('Fjord Textiles', 'Bergen', 'new', 'paul', NULL),
    ('Hansa Logistics', 'Luebeck', 'qualified', 'rita', NULL),
    ('Nordlicht Optics', 'Kiel', 'new', 'stefan', NULL),
    ('Skagen Foods', 'Aarhus', 'contacted', 'oskar', NULL),
    ('Arno Ceramics', 'Florence', 'new', 'diego', NULL),
    ('Brenta Tools', 'Padua', 'contacted', 'diego', NULL),
    ('Lario Silk', 'Como', 'new', 'elif', NULL),
    ('Ponente Yachts', 'Genoa', 'qualified', 'farid', NULL),
    ('Vesuvio Glass', 'Naples', 'new', 'greta', NULL),
    ('Messe Contact 101', 'Hanover', 'new', NULL, 'fair'),
    ('Messe Contact 102', 'Hanover', 'new', NULL, 'fair');

INSERT INTO accounts (name, city, owner) VALUES
    ('Baltic Cranes', 'Rostock', 'nina'),
    ('Elbe Paper', 'Hamburg', 'paul'),
    ('Holm Dairy', 'Kiel', 'rita'),
    ('Sund Shipyard', 'Malmo', 'oskar'),
    ('Adria Cement', 'Trieste', 'diego'),
    ('Etna Foods', 'Catania', 'elif'),
    ('Garda Wines', 'Verona', 'farid'),
    ('Tiber Print', 'Rome', 'carla');

INSERT INTO contacts (name, account_id, owner) VALUES
    ('Birte Kranz', 1, 'nina'),
    ('Claas Petersen', 2, 'paul'),
    ('Dario Costa', 5, 'diego'),
    ('Enza Greco', 6, 'elif'),
    ('Fabia Riva', 7, 'nina'),
    ('Gino Sala', NULL, 'farid');

INSERT INTO potentials (account_id, subject, amount, owner) VALUES
    (1, 'Dock lighting', 48000, 'nina'),
    (1, 'Spare parts', 9500, 'nina'),
    (2, 'Roller service', 22000, 'paul'),
    (3, 'Cooling line', 135000, 'rita'),
    (4, 'Paint shop', 310000, 'oskar'),
    (5, 'Kiln control', 87000, 'diego'),
    (6, 'Packing robots', 64000, 'elif'),
    (7, 'Cellar sensors', 31000, 'farid'),
    (8, 'Press upgrade', 140000, 'carla');

-- greta writes the quotes of the company.
INSERT INTO quotes (potential_id, subject, owner) VALUES
    (1, 'Dock lighting, 40 lamps', 'greta'),
    (3, 'Roller service, one year', 'greta'),
    (5, 'Paint shop, two lines', 'greta'),
    (6, 'Kiln control, retrofit', 'greta');
INSERT INTO quote_lines VALUES
    (1, 1, 'Lamp', 40, 900), (1, 2, 'Mast', 10, 1200), (2, 1, 'Service visit', 4, 5500),
    (3, 1, 'Spray line', 2, 140000), (4, 1, 'Controller', 3, 29000);
INSERT INTO sales_orders (potential_id, quote_id, subject, owner) VALUES
    (1, 1, 'Dock lighting, first half', 'greta'), (6, 4, 'Kiln control', 'greta');
INSERT INTO invoices (sales_order_id, amount, owner) VALUES (1, 24000, 'greta');
INSERT INTO purchase_orders (vendor, amount, owner) VALUES ('Lumen AG', 19500, 'greta');
INSERT INTO service_requests (account_id, subject, owner) VALUES (1, 'Lamp 12 flickers', 'tomas'), (5, 'Kiln does not start', 'vera');
INSERT INTO campaigns (name, owner) VALUES ('Spring fairs', 'wanda');
INSERT INTO emails (parent_type, parent_id, subject, owner) VALUES
    ('Leads', 1, 'Your visit at our booth', 'greta'),
    ('Leads', 8, 'Sample tiles', 'greta'),
    ('Accounts', 1, 'Terms of payment', 'greta');

-- The application signs in to the database as this role, for all of its users.
CREATE ROLE crm_app LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO crm_app;
SELECT sharing.trust('crm_app');

SELECT sharing.create_office('Hamburg');
SELECT sharing.create_office('Milan', parent => 'Hamburg');

SELECT sharing.create_role('Director');
SELECT sharing.create_role('Manager North', parent => 'Director');
SELECT sharing.create_role('Rep North', parent => 'Manager North');
SELECT sharing.create_role('Manager South', parent => 'Director');
SELECT sharing.create_role('Rep South', parent => 'Manager South');
SELECT sharing.create_role('Head of Support', parent => 'Director');
SELECT sharing.create_role('Support', parent => 'Head of Support');
SELECT sharing.create_role('Head of Marketing', parent => 'Director');
SELECT sharing.create_role('Marketing', parent => 'Head of Marketing');

SELECT sharing.create_user('helena', 'Helena Brandt', role => 'Director', office => 'Hamburg');
SELECT sharing.create_user('oskar', 'Oskar Lund', role => 'Manager North', office => 'Hamburg');
SELECT sharing.create_user('nina', 'Nina Roth', role => 'Rep North', office => 'Hamburg');
SELECT sharing.create_user('paul', 'Paul Jansen', role => 'Rep North', office => 'Hamburg');
SELECT sharing.create_user('rita', 'Rita Holm', role => 'Rep North', office => 'Hamburg');
SELECT sharing.create_user('stefan', 'Stefan Vogt', role => 'Rep North', office => 'Hamburg');
SELECT sharing.create_user('carla', 'Carla Moretti', role => 'Manager South', office => 'Milan');
SELECT sharing.create_user('diego', 'Diego Serra', role => 'Rep South', office => 'Milan');
SELECT sharing.create_user('elif', 'Elif Demir', role => 'Rep South', office => 'Milan');
SELECT sharing.create_user('farid', 'Farid Nasser', role => 'Rep South', office => 'Milan');
SELECT sharing.create_user('greta', 'Greta Conti', role => 'Rep South', office => 'Milan');
SELECT sharing.create_user('samir', 'Samir Patel', role => 'Head of Support', office => 'Hamburg');
SELECT sharing.create_user('tomas', 'Tomas Novak', role => 'Support', office => 'Hamburg');
SELECT sharing.create_user('uma', 'Uma Rao', role => 'Support', office => 'Hamburg');
SELECT sharing.create_user('vera', 'Vera Kovac', role => 'Support', office => 'Milan');
SELECT sharing.create_user('wanda', 'Wanda Keller', role => 'Head of Marketing', office => 'Hamburg');
SELECT sharing.create_user('xenia', 'Xenia Berg', role => 'Marketing', office => 'Hamburg');
SELECT sharing.create_user('yusuf', 'Yusuf Aydin', role => 'Marketing', office => 'Milan');
SELECT sharing.create_user('zoe', 'Zoe Marchand', office => 'Hamburg');
SELECT sharing.create_user('adam', 'Adam Fuchs', office => 'Hamburg');
SELECT sharing.grant_right('adam', 'administrator');

SELECT sharing.create_group('fair', 'Trade Fair');
SELECT sharing.add_member('Trade Fair', 'user:xenia');
SELECT sharing.add_member('Trade Fair', 'user:paul');
SELECT sharing.add_member('Trade Fair', 'user:farid');
SELECT sharing.create_group('care', 'Customer Care');
SELECT sharing.add_member('Customer Care', 'role_and_subordinates:Head of Support');
SELECT sharing.add_member('Customer Care', 'user:zoe');

-- Some history, for the plan at the end of the story.
INSERT INTO calls (called_at, minutes, owner)
SELECT timestamptz '2026-01-01' + n * interval '1 minute', 1 + n % 20, u.key
FROM generate_series(1, 200000) n
JOIN (SELECT key, row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS people FROM sharing.users) u
    ON u.number = n % u.people;
CREATE INDEX calls_owner_idx ON calls (owner);

-- Two offices overseas, for the second act. Advisors share their clients with specialists elsewhere.
CREATE TABLE clients (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    city text NOT NULL,
    owner text NOT NULL
);
CREATE INDEX ON clients (owner);
INSERT INTO clients (name, city, owner) VALUES
    ('Hudson Trust', 'New York', 'amy'), ('Brooklyn Bakery', 'New York', 'amy'), ('Harlem Press', 'New York', 'ben'),
    ('Venice Surf', 'Los Angeles', 'luis'), ('Burbank Studios', 'Los Angeles', 'mona');
SELECT sharing.create_office('New York', parent => 'Hamburg');
SELECT sharing.create_office('Los Angeles', parent => 'Hamburg');
SELECT sharing.create_role('Head of Advice', parent => 'Director');
SELECT sharing.create_role('Advisor', parent => 'Head of Advice');
SELECT sharing.create_user('iris', 'Iris Blum', role => 'Head of Advice', office => 'Hamburg');
SELECT sharing.create_user('amy', 'Amy Stone', role => 'Advisor', office => 'New York');
SELECT sharing.create_user('ben', 'Ben Okoye', role => 'Advisor', office => 'New York');
SELECT sharing.create_user('luis', 'Luis Vega', role => 'Advisor', office => 'Los Angeles');
SELECT sharing.create_user('mona', 'Mona Field', role => 'Advisor', office => 'Los Angeles');
SELECT sharing.enable_record_sharing('luis');
SELECT sharing.protect('clients', owner => 'owner');
GRANT SELECT, INSERT, UPDATE, DELETE ON clients TO crm_app;
