-- The table `customers`, for SQLite.
--
-- Keys and constraints only: no index is made for a foreign key or a filter. Which ones pay is
-- decided on real data: `cargo backend-db suggest-indexes` proposes them and proves each.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
