//! The rows that `suggest-indexes` takes into a scratch database: of every type, in every spelling.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

/// Rows of these types came over, or a scan of the copy would read nothing.
fn a_sample_has_the_rows(project: &Project) {
    project.file("statements.sql", "SELECT id FROM many WHERE place = 5;");
    let line = [
        "suggest-indexes",
        "--workload",
        "statements.sql",
        "--same-server",
    ];
    let told = project.run(Plugin::Db, &line).good();
    assert!(told.contains("many_place_idx"), "{told}");
}

#[test]
fn on_mariadb_rows_of_every_type_are_sampled() {
    let mut project = Project::empty();
    let database = TestDatabase::mariadb("suggest_types");
    database.execute(
        "CREATE TABLE many (
             id BIGINT AUTO_INCREMENT PRIMARY KEY, place INT, note TEXT CHARACTER SET utf8mb4,
             latin VARCHAR(20) CHARACTER SET latin1, bytes BLOB, flags BIT(5), kind ENUM('a', 'b''c'),
             price DECIMAL(9, 2), at DATETIME(3), doc JSON, where_at POINT,
             twice INT AS (place * 2) STORED, `or``der` YEAR);
         INSERT INTO many (place, note, latin, bytes, flags, kind, price, at, doc, where_at, `or``der`)
         SELECT seq, IF(seq % 3 = 0, NULL, IF(seq % 3 = 1, '', concat('ü\\\\'';🦀', seq))), 'é', x'00ff27',
                b'101', 'b''c', -1.50, '2026-11-21 10:00:00.123', '{\"a\": \"b'' c\"}', POINT(1, 2), 2026
         FROM seq_1_to_3000;",
    );
    project.variable("DATABASE_URL", database.url());
    a_sample_has_the_rows(&project);
}

#[test]
fn on_postgres_rows_of_every_type_are_sampled() {
    let mut project = Project::empty();
    let database = TestDatabase::postgres("suggest_types");
    database.execute(
        "CREATE TYPE kind AS ENUM ('a', 'b''c');
         CREATE TYPE spot AS (x integer, label text);
         CREATE TABLE parents (id integer PRIMARY KEY);
         CREATE TABLE many (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place integer, note text, bytes bytea,
             kind kind, kinds kind[], spot spot, price numeric(20, 2), at timestamptz, doc jsonb,
             span int4range, twice integer GENERATED ALWAYS AS (place * 2) STORED, \"or\"\"der\" text,
             parent integer REFERENCES parents DEFAULT 1);
         INSERT INTO parents VALUES (1);
         INSERT INTO many (place, note, bytes, kind, kinds, spot, price, at, doc, span, \"or\"\"der\")
         SELECT i, CASE WHEN i % 3 > 0 THEN repeat('ü\"\\, (' || i, i % 3 * 20) END, '\\x00ff27', 'b''c', '{a}',
                ROW(i, 'a,\"b'::text)::spot, -1.5, now(), '{\"a\": [1, null]}', '[1,5)', ''
         FROM generate_series(1, 20000) i;
         ANALYZE;",
    );
    project.variable("DATABASE_URL", database.url());
    a_sample_has_the_rows(&project);
}
