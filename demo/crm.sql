-- The CRM of the demo: an application's own tables and data, and nothing of pg_sharing.
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

-- Who works here, as the CRM has kept it all along: branches, positions, users, teams.
CREATE TABLE branches (
    name text PRIMARY KEY,
    above text REFERENCES branches ON UPDATE CASCADE
);
CREATE TABLE positions (
    name text PRIMARY KEY,
    above text REFERENCES positions ON UPDATE CASCADE
);
CREATE TABLE users (
    login text PRIMARY KEY,
    name text NOT NULL,
    position text REFERENCES positions ON UPDATE CASCADE,
    branch text REFERENCES branches ON UPDATE CASCADE,
    active boolean NOT NULL DEFAULT true,
    last_login timestamptz
);
CREATE TABLE teams (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE
);
CREATE TABLE team_members (
    team text NOT NULL REFERENCES teams ON DELETE CASCADE,
    login text REFERENCES users ON DELETE CASCADE, -- a person
    position text REFERENCES positions ON DELETE CASCADE ON UPDATE CASCADE -- or everybody who has it, or one below it
);
INSERT INTO branches VALUES
    ('Hamburg', NULL), ('Milan', 'Hamburg'), ('New York', 'Hamburg'), ('Los Angeles', 'Hamburg');
INSERT INTO positions VALUES
    ('Director', NULL), ('Manager North', 'Director'), ('Rep North', 'Manager North'),
    ('Manager South', 'Director'), ('Rep South', 'Manager South'), ('Head of Support', 'Director'),
    ('Support', 'Head of Support'), ('Head of Marketing', 'Director'), ('Marketing', 'Head of Marketing'),
    ('Head of Advice', 'Director'), ('Advisor', 'Head of Advice');
INSERT INTO users (login, name, position, branch) VALUES
    ('helena', 'Helena Brandt', 'Director', 'Hamburg'),
    ('oskar', 'Oskar Lund', 'Manager North', 'Hamburg'),
    ('nina', 'Nina Roth', 'Rep North', 'Hamburg'),
    ('paul', 'Paul Jansen', 'Rep North', 'Hamburg'),
    ('rita', 'Rita Holm', 'Rep North', 'Hamburg'),
    ('stefan', 'Stefan Vogt', 'Rep North', 'Hamburg'),
    ('carla', 'Carla Moretti', 'Manager South', 'Milan'),
    ('diego', 'Diego Serra', 'Rep South', 'Milan'),
    ('elif', 'Elif Demir', 'Rep South', 'Milan'),
    ('farid', 'Farid Nasser', 'Rep South', 'Milan'),
    ('greta', 'Greta Conti', 'Rep South', 'Milan'),
    ('samir', 'Samir Patel', 'Head of Support', 'Hamburg'),
    ('tomas', 'Tomas Novak', 'Support', 'Hamburg'),
    ('uma', 'Uma Rao', 'Support', 'Hamburg'),
    ('vera', 'Vera Kovac', 'Support', 'Milan'),
    ('wanda', 'Wanda Keller', 'Head of Marketing', 'Hamburg'),
    ('xenia', 'Xenia Berg', 'Marketing', 'Hamburg'),
    ('yusuf', 'Yusuf Aydin', 'Marketing', 'Milan'),
    ('zoe', 'Zoe Marchand', NULL, 'Hamburg'),
    ('adam', 'Adam Fuchs', NULL, 'Hamburg'),
    ('iris', 'Iris Blum', 'Head of Advice', 'Hamburg'),
    ('amy', 'Amy Stone', 'Advisor', 'New York'),
    ('ben', 'Ben Okoye', 'Advisor', 'New York'),
    ('luis', 'Luis Vega', 'Advisor', 'Los Angeles'),
    ('mona', 'Mona Field', 'Advisor', 'Los Angeles');
INSERT INTO teams VALUES ('fair', 'Trade Fair'), ('care', 'Customer Care');
INSERT INTO team_members VALUES
    ('fair', 'xenia', NULL), ('fair', 'paul', NULL), ('fair', 'farid', NULL),
    ('care', NULL, 'Head of Support'), ('care', 'zoe', NULL);

-- Some history, for the plan at the end of the story.
INSERT INTO calls (called_at, minutes, owner)
SELECT timestamptz '2026-01-01' + n * interval '1 minute', 1 + n % 20, u.login
FROM generate_series(1, 200000) n
JOIN (SELECT login, row_number() OVER (ORDER BY login) - 1 AS number, count(*) OVER () AS people FROM users) u
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
-- The application signs in to the database as this role, for all of its users.
CREATE ROLE crm_app LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO crm_app;
