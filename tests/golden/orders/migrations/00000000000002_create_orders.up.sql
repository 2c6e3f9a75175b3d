-- The table `orders`, for SQLite.
--
-- Keys and constraints only: no index is made for a foreign key or a filter. Which ones pay is
-- decided on real data: `cargo backend-db suggest-indexes` proposes them and proves each.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'cancelled')),
    total_cents INTEGER NOT NULL,
    note TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
