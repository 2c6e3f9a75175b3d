//! MariaDB, for MySQL too.

use super::cases;

fn lists(scene: &Scene) {
    scene.repeat(20, "SELECT id FROM customers LIMIT 50");
}

cases! { MariaDb:
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
    // The limit is one for the whole server, so that here the traffic differs.
    connections_near_limit {
        sick: |scene: &mut Scene| {
            scene.threshold("connections-percent=20");
            for _ in 0..31 {
                scene.hold("SELECT 1");
            }
        },
        well: |scene: &mut Scene| scene.threshold("connections-percent=20"),
    }
    duplicate_index {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (total_cents); CREATE INDEX two ON orders (total_cents, id)"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE INDEX one ON orders (total_cents); CREATE INDEX two ON orders (customer_id, id)"
        ),
    }
    idle_in_transaction {
        sick: |scene: &mut Scene| {
            scene.threshold("idle-in-transaction-seconds=1");
            scene.hold("UPDATE orders SET total_cents = 1 WHERE id = 1");
            scene.wait(1.1);
        },
        well: |scene: &mut Scene| {
            scene.threshold("idle-in-transaction-seconds=1");
            scene.hold("UPDATE orders SET total_cents = 1 WHERE id = 1; COMMIT");
            scene.wait(1.1);
        },
    }
    key_near_exhaustion {
        sick: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 1800000000"
        ),
        well: |scene: &mut Scene| scene.execute(
            "CREATE TABLE tickets (id BIGINT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 1800000000"
        ),
    }
    long_transaction {
        sick: |scene: &mut Scene| {
            scene.threshold("long-transaction-seconds=1");
            scene.meanwhile(
                "BEGIN; UPDATE orders SET total_cents = 1 WHERE id = 1; SELECT SLEEP(4); COMMIT"
            );
            scene.wait(1.0);
        },
        well: |scene: &mut Scene| {
            scene.threshold("long-transaction-seconds=1");
            scene.meanwhile(
                "BEGIN; UPDATE orders SET total_cents = 1 WHERE id = 1; COMMIT; SELECT SLEEP(4)"
            );
            scene.wait(1.0);
        },
    }
    n_plus_one {
        sick: |scene: &mut Scene| {
            lists(scene);
            let searches: String = (1..=1_000)
                .map(|n| format!("SELECT * FROM orders WHERE customer_id = {};", n % 500 + 1))
                .collect();
            scene.execute(&searches);
        },
        well: |scene: &mut Scene| {
            lists(scene);
            scene.repeat(20, "SELECT * FROM orders WHERE customer_id IN (1, 2, 3)");
            scene.repeat(980, "SELECT 1");
        },
    }
    risky_column_type {
        sick: |scene: &mut Scene| scene.execute("ALTER TABLE orders ADD at TIMESTAMP NULL"),
        well: |scene: &mut Scene| scene.execute("ALTER TABLE orders ADD at DATETIME NULL"),
    }
    sequential_scan_on_large_table {
        sick: |scene: &mut Scene| scene.repeat(
            120, "SELECT count(*) FROM orders WHERE total_cents = 5"
        ),
        well: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (total_cents)");
            scene.repeat(120, "SELECT count(*) FROM orders WHERE total_cents = 5");
        },
    }
    slow_statement {
        sick: |scene: &mut Scene| scene.repeat(100, "SELECT SLEEP(0.025)"),
        well: |scene: &mut Scene| scene.repeat(100, "SELECT SLEEP(0.001)"),
    }
    table_without_primary_key {
        sick: |scene: &mut Scene| scene.execute("CREATE TABLE events (at DATETIME)"),
        well: |scene: &mut Scene| scene.execute("CREATE TABLE events (at DATETIME PRIMARY KEY)"),
    }
    unused_index {
        sick: |scene: &mut Scene| scene.execute("CREATE INDEX one ON orders (total_cents)"),
        well: |scene: &mut Scene| {
            scene.execute("CREATE INDEX one ON orders (total_cents)");
            scene.execute("SELECT id FROM orders WHERE total_cents = 5");
        },
    }
}
