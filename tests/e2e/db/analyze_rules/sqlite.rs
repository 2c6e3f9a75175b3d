//! SQLite.

use super::cases;

cases! { Sqlite:
    duplicate_index {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (total_cents); CREATE INDEX two ON orders (total_cents, id)"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (total_cents); CREATE INDEX two ON orders (customer_id, id)"
        ),
    }
    foreign_key_type_mismatch {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY, order_id TEXT REFERENCES orders (id))"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY, order_id INT REFERENCES orders (id))"
        ),
    }
    foreign_key_without_index {
        sick: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (total_cents)"),
        well: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (customer_id)"),
    }
    never_analysed_table {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (customer_id); DELETE FROM sqlite_stat1"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (customer_id); ANALYZE"
        ),
    }
    table_bloat {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, text TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
             INSERT INTO logs SELECT i, hex(zeroblob(500)) FROM n;
             DELETE FROM logs"
        ),
        well: |scene: &mut Scene| {
            scene.execute(
                "CREATE TABLE logs (id INTEGER PRIMARY KEY, text TEXT);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
                 INSERT INTO logs SELECT i, hex(zeroblob(500)) FROM n;
                 DELETE FROM logs"
            );
            scene.execute("VACUUM");
        },
    }
    table_without_primary_key {
        sick: |scene: &mut Scene| scene.execute("CREATE TABLE events (at TEXT)"),
        well: |scene: &mut Scene| scene.execute("CREATE TABLE events (at TEXT PRIMARY KEY)"),
    }
}
