CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) > 1),
    email VARCHAR(120) UNIQUE,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    vip BOOLEAN NOT NULL DEFAULT 0,
    score REAL,
    photo BLOB,
    extra JSON
);
CREATE TABLE "Order Lines" (
    "Order" INTEGER NOT NULL REFERENCES customers (id),
    "line-no" INTEGER NOT NULL,
    sku TEXT NOT NULL,
    qty INTEGER NOT NULL DEFAULT 1,
    "select" TEXT,
    twice INTEGER GENERATED ALWAYS AS (qty * 2) STORED,
    PRIMARY KEY ("Order", "line-no")
);
CREATE TABLE log (at TEXT NOT NULL, what TEXT);
CREATE VIEW scored AS SELECT id, name, score FROM customers WHERE score > 10;
INSERT INTO customers (name, email, score) VALUES ('Ann', 'ann@example.com', 12.5), ('Bob', NULL, 3);
INSERT INTO "Order Lines" ("Order", "line-no", sku) VALUES (1, 1, 'a'), (1, 2, 'b');
