-- Every kind of object that the model of a SQLite schema holds, with names that need quotes.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (email LIKE '%@%'),
    name TEXT NOT NULL DEFAULT 'it''s',
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    lower_name TEXT GENERATED ALWAYS AS (lower(name)) VIRTUAL,
    size INTEGER AS (length(name)) STORED,
    CONSTRAINT "no name" CHECK (name <> '')
);
CREATE TABLE "Order Line" (
    "Id" INTEGER NOT NULL,
    sub INTEGER NOT NULL,
    "customer id" INTEGER CONSTRAINT "to customer" REFERENCES customers ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    parent INTEGER, parent_sub INTEGER,
    PRIMARY KEY (sub, "Id"),
    FOREIGN KEY (parent_sub, parent) REFERENCES "Order Line" (sub, "Id") ON UPDATE SET NULL
) WITHOUT ROWID;
CREATE TABLE strict_one (id INTEGER PRIMARY KEY, any_thing ANY, real_one REAL) STRICT;
CREATE INDEX by_name ON customers (name COLLATE RTRIM DESC, at) WHERE name <> '';
CREATE INDEX by_expression ON customers (lower(email));
CREATE UNIQUE INDEX "weird "" index" ON "Order Line" ("customer id", sub);
CREATE VIEW b_view AS SELECT id, name FROM customers;
CREATE VIEW a_view AS SELECT * FROM b_view;
CREATE TRIGGER touch AFTER UPDATE ON customers BEGIN UPDATE customers SET at = 'x' WHERE id = new.id; END;
CREATE TRIGGER through INSTEAD OF INSERT ON b_view BEGIN INSERT INTO customers (name) VALUES (new.name); END;
