//! PostgreSQL.

use super::cases;

/// Many searches for the orders of one customer each, after some lists of customers.
fn one_by_one(scene: &Scene) {
    scene.repeat(20, "SELECT id FROM customers LIMIT 50");
    let searches: String = (1..=1_000)
        .map(|n| format!("SELECT * FROM orders WHERE customer_id = {};", n % 500 + 1))
        .collect();
    scene.execute(&searches);
}

/// Ten segments of write-ahead log behind a new replication slot.
fn slot_and_log(scene: &mut Scene) {
    let slot = scene.name.clone();
    scene.execute(&format!(
        "SELECT pg_create_physical_replication_slot('{slot}', true)"
    ));
    scene.finally(format!("SELECT pg_drop_replication_slot('{slot}')"));
    scene.threshold("slot-wal-mebibytes=100");
    scene.repeat(
        10,
        "SELECT pg_logical_emit_message(false, 'a', 'b'); SELECT pg_switch_wal()",
    );
}

/// 45 MB, more than a quarter of the shared buffers: reading it in sequence leaves them alone.
const PAGES: &str = "
    CREATE TABLE pages AS SELECT i, repeat('x', 1000) AS text FROM generate_series(1, 45000) i;
    CREATE INDEX pages_i ON pages (i);
    ANALYZE pages;";

fn pages(scene: &mut Scene) {
    scene.threshold("cache-read-mebibytes=100");
    scene.execute(PAGES);
    scene.settle();
    scene.execute("SELECT pg_stat_reset()");
}

/// An index in no order, of whose entries one in twenty is left.
const EMPTIED: &str = "
    CREATE TABLE logs (id bigint PRIMARY KEY, text text);
    INSERT INTO logs SELECT i, md5(i::text) FROM generate_series(1, 200000) i;
    CREATE INDEX logs_text ON logs (text);
    DELETE FROM logs WHERE id % 20 <> 0;";

/// 160,000 transactions.
const TRANSACTIONS: &str = "
    DO $$ BEGIN
        FOR i IN 1..160000 LOOP PERFORM txid_current(); COMMIT; END LOOP;
    END $$";

cases! { Postgres:
    blocked_session {
        sick: |scene: &mut Scene| {
            scene.threshold("blocked-seconds=0");
            scene.hold("UPDATE orders SET total_cents = 1 WHERE id = 1");
            scene.meanwhile("UPDATE orders SET total_cents = 2 WHERE id = 1");
        },
        well: |scene: &mut Scene| {
            scene.threshold("blocked-seconds=0");
            scene.hold("UPDATE orders SET total_cents = 1 WHERE id = 1");
            scene.meanwhile("UPDATE orders SET total_cents = 2 WHERE id = 2");
        },
    }
    connections_near_limit {
        sick: |scene: &mut Scene| {
            scene.execute(&format!("ALTER DATABASE {} CONNECTION LIMIT 10", scene.name));
            for _ in 0..9 {
                scene.hold("SELECT 1");
            }
        },
        well: |scene: &mut Scene| {
            scene.execute(&format!("ALTER DATABASE {} CONNECTION LIMIT 100", scene.name));
            for _ in 0..9 {
                scene.hold("SELECT 1");
            }
        },
    }
    constraint_not_validated {
        sick: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_cents < 90000) NOT VALID"
        ),
        well: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_cents < 90000) NOT VALID;
             ALTER TABLE orders VALIDATE CONSTRAINT cheap"
        ),
    }
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
            "CREATE TABLE tickets (id int PRIMARY KEY, order_id bigint REFERENCES orders (id))"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id int PRIMARY KEY, order_id int REFERENCES orders (id))"
        ),
    }
    foreign_key_without_index {
        sick: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (total_cents)"),
        well: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (customer_id)"),
    }
    idle_in_transaction {
        sick: |scene: &mut Scene| {
            scene.threshold("idle-in-transaction-seconds=1");
            scene.hold("SELECT 1");
            scene.wait(1.1);
        },
        well: |scene: &mut Scene| {
            scene.threshold("idle-in-transaction-seconds=1");
            scene.hold("COMMIT");
            scene.wait(1.1);
        },
    }
    index_bloat {
        sick: |scene: &mut Scene| {
            scene.threshold("index-bloat-mebibytes=1");
            scene.execute(EMPTIED);
            scene.settle();
            scene.execute("VACUUM (ANALYZE) logs");
        },
        well: |scene: &mut Scene| {
            scene.threshold("index-bloat-mebibytes=1");
            scene.execute(EMPTIED);
            scene.settle();
            scene.execute("VACUUM (ANALYZE) logs");
            scene.execute("REINDEX TABLE logs");
        },
    }
    invalid_index {
        sick: |scene: &mut Scene| {
            scene.execute("UPDATE customers SET name = 'same' WHERE id < 3");
            // It fails on the two equal names, and leaves its index behind.
            scene.database.fail("CREATE UNIQUE INDEX CONCURRENTLY one ON customers (name)");
        },
        well: |scene: &mut Scene| {
            scene.execute("UPDATE customers SET name = 'other' WHERE id < 2");
            scene.execute("CREATE UNIQUE INDEX CONCURRENTLY one ON customers (name)");
        },
    }
    key_near_exhaustion {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id serial PRIMARY KEY); SELECT setval('tickets_id_seq', 1800000000)"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id bigserial PRIMARY KEY); SELECT setval('tickets_id_seq', 1800000000)"
        ),
    }
    long_transaction {
        sick: |scene: &mut Scene| {
            scene.threshold("long-transaction-seconds=1");
            scene.meanwhile("BEGIN; SELECT pg_sleep(4); COMMIT");
            scene.wait(1.0);
        },
        well: |scene: &mut Scene| {
            scene.threshold("long-transaction-seconds=1");
            scene.meanwhile(
                "DO $$ BEGIN
                    FOR i IN 1..40 LOOP PERFORM pg_sleep(0.1); COMMIT; END LOOP;
                 END $$"
            );
            scene.wait(1.0);
        },
    }
    low_cache_hit_ratio {
        sick: |scene: &mut Scene| {
            pages(scene);
            scene.repeat(6, "SELECT count(*) FROM pages");
        },
        well: |scene: &mut Scene| {
            pages(scene);
            scene.repeat(300, "SELECT count(text) FROM pages WHERE i <= 900");
            scene.settle();
        },
    }
    n_plus_one {
        sick: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (customer_id)");
            one_by_one(scene);
        },
        well: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (customer_id)");
            scene.repeat(20, "SELECT id FROM customers LIMIT 50");
            scene.repeat(20, "SELECT * FROM orders WHERE customer_id = ANY ('{1, 2, 3}')");
            scene.repeat(980, "SELECT 1");
        },
    }
    never_analysed_table {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE TABLE logs (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
             INSERT INTO logs SELECT generate_series(1, 5000)"
        ),
        well: |scene: &mut Scene| {
            scene.execute(
                "CREATE TABLE logs (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
                 INSERT INTO logs SELECT generate_series(1, 5000)"
            );
            scene.execute("ANALYZE logs");
            scene.settle();
        },
    }
    policy_without_row_security {
        sick: |scene: &mut Scene| scene.execute("CREATE POLICY own ON orders USING (id > 5)"),
        well: |scene: &mut Scene| scene.execute(
            "CREATE POLICY own ON orders USING (id > 5); ALTER TABLE orders ENABLE ROW LEVEL SECURITY"
        ),
    }
    replication_slot_holding_wal {
        sick: |scene: &mut Scene| slot_and_log(scene),
        well: |scene: &mut Scene| {
            slot_and_log(scene);
            let slot = scene.name.clone();
            scene.execute(&format!(
                "SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())"
            ));
        },
    }
    risky_column_type {
        sick: |scene: &mut Scene| scene.execute("ALTER TABLE orders ADD at timestamp, ADD cost money"),
        well: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders ADD at timestamptz, ADD cost numeric(12, 2)"
        ),
    }
    row_security_without_policy {
        sick: |scene: &mut Scene| scene.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY"),
        well: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON orders USING (id > 5)"
        ),
    }
    sequential_scan_on_large_table {
        sick: |scene: &mut Scene| scene.repeat(
            120, "SELECT count(*) FROM orders WHERE total_cents = 5"
        ),
        well: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (total_cents)");
            scene.repeat(120, "SELECT count(*) FROM orders WHERE total_cents = 5");
            scene.settle();
        },
    }
    slow_statement {
        sick: |scene: &mut Scene| scene.repeat(100, "SELECT pg_sleep(0.025)"),
        well: |scene: &mut Scene| scene.repeat(100, "SELECT pg_sleep(0.001)"),
    }
    stale_statistics {
        sick: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders SET (autovacuum_enabled = false);
             UPDATE orders SET total_cents = 7"
        ),
        well: |scene: &mut Scene| {
            scene.execute(
                "ALTER TABLE orders SET (autovacuum_enabled = false);
                 UPDATE orders SET total_cents = 7"
            );
            scene.settle();
            scene.execute("ANALYZE orders");
            scene.settle();
        },
    }
    table_bloat {
        sick: |scene: &mut Scene| scene.execute(
            "ALTER TABLE orders SET (autovacuum_enabled = false);
             UPDATE orders SET total_cents = 7"
        ),
        well: |scene: &mut Scene| {
            scene.execute(
                "ALTER TABLE orders SET (autovacuum_enabled = false);
                 UPDATE orders SET total_cents = 7"
            );
            scene.settle();
            scene.execute("VACUUM orders");
            scene.settle();
        },
    }
    table_without_primary_key {
        sick: |scene: &mut Scene| scene.execute("CREATE TABLE events (at timestamptz)"),
        well: |scene: &mut Scene| scene.execute("CREATE TABLE events (at timestamptz PRIMARY KEY)"),
    }
    temporary_files {
        sick: |scene: &mut Scene| {
            scene.threshold("temporary-mebibytes-per-day=1");
            scene.execute(
                "SET work_mem = '64kB';
                 SELECT count(*) FROM (SELECT i FROM generate_series(1, 200000) i ORDER BY -i OFFSET 0) s"
            );
        },
        well: |scene: &mut Scene| {
            scene.threshold("temporary-mebibytes-per-day=1");
            scene.execute(
                "SET work_mem = '64MB';
                 SELECT count(*) FROM (SELECT i FROM generate_series(1, 200000) i ORDER BY -i OFFSET 0) s"
            );
            scene.settle();
        },
    }
    transaction_id_wraparound {
        sick: |scene: &mut Scene| {
            scene.execute("ALTER TABLE customers SET (autovacuum_freeze_max_age = 100000)");
            // What is open keeps every vacuum from freezing what came after it.
            scene.hold("SELECT txid_current()");
            scene.execute(TRANSACTIONS);
        },
        well: |scene: &mut Scene| {
            scene.execute("ALTER TABLE customers SET (autovacuum_freeze_max_age = 100000)");
            scene.hold("SELECT txid_current()");
            scene.execute(TRANSACTIONS);
            scene.release();
            scene.settle();
            scene.execute("VACUUM (FREEZE) customers");
        },
    }
    unused_index {
        sick: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (total_cents)"),
        well: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (total_cents)");
            scene.execute("SELECT id FROM orders WHERE total_cents = 5");
            scene.settle();
        },
    }
}
