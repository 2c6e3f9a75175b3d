CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('glad', 'so-so', 'SAD');
CREATE DOMAIN sales.email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(80) NOT NULL CHECK (length(name) > 1),
    email sales.email UNIQUE,
    mood mood NOT NULL DEFAULT 'glad',
    level smallint NOT NULL DEFAULT 1,
    credit numeric(12, 2),
    tags text[] NOT NULL DEFAULT '{}',
    sizes integer[],
    extra jsonb,
    raw json,
    photo bytea,
    code char(4),
    seen timestamp,
    opens time,
    home inet,
    ratio real,
    created_at timestamptz NOT NULL DEFAULT now(),
    shout text GENERATED ALWAYS AS (upper(name::text)) STORED
);
CREATE TABLE sales."Order Lines" (
    "Order" bigint NOT NULL REFERENCES customers (id),
    "line-no" integer NOT NULL,
    product uuid NOT NULL DEFAULT gen_random_uuid(),
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    twice integer GENERATED ALWAYS AS (quantity * 2) STORED,
    PRIMARY KEY ("Order", "line-no")
);
CREATE TABLE parcels (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), weight double precision NOT NULL, "select" text);
CREATE TABLE log (at timestamptz NOT NULL DEFAULT now(), what text);
CREATE VIEW glad AS SELECT id, name, mood FROM customers WHERE mood = 'glad';
