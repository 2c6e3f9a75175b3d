-- Every kind of object that the model of a MariaDB schema holds, with names that need quotes.
CREATE TABLE customers (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'it''s \\ unique',
    mood enum('sad', 'it''s ok') NOT NULL DEFAULT 'it''s ok',
    flags set('a', 'b') DEFAULT NULL,
    name varchar(100) NOT NULL,
    lower_name varchar(100) GENERATED ALWAYS AS (lower(name)) VIRTUAL,
    name_length int GENERATED ALWAYS AS (char_length(name)) STORED,
    balance decimal(12, 2) DEFAULT 0.00 CHECK (balance >= 0),
    at timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
    code char(36) DEFAULT uuid(),
    doc longtext,
    place point NOT NULL,
    hidden int INVISIBLE DEFAULT 5,
    UNIQUE KEY `by email` (email),
    KEY by_name (name(10), at DESC),
    FULLTEXT KEY words (doc),
    SPATIAL KEY places (place),
    KEY hashed (code) USING HASH COMMENT 'it''s one',
    CONSTRAINT `named check` CHECK (char_length(name) > 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPRESSED COMMENT='people; it''s all of them';
CREATE TABLE `Order Line` (
    `Id` int NOT NULL,
    `sub` int NOT NULL,
    `customer id` bigint unsigned DEFAULT NULL,
    parent int DEFAULT NULL,
    PRIMARY KEY (`sub`, `Id`),
    UNIQUE KEY `Id` (`Id`),
    CONSTRAINT `to ``customer` FOREIGN KEY (`customer id`) REFERENCES customers (id)
        ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT own FOREIGN KEY (parent) REFERENCES `Order Line` (`Id`)
);
CREATE TABLE events (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at))
    PARTITION BY RANGE (year(at)) (
        PARTITION p2024 VALUES LESS THAN (2025), PARTITION rest VALUES LESS THAN MAXVALUE);
CREATE TABLE regions (id int NOT NULL PRIMARY KEY) PARTITION BY LIST (id) (
    PARTITION a VALUES IN (1, 2), PARTITION b VALUES IN (3));
CREATE TABLE spread (id int NOT NULL PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4;
CREATE VIEW b_view AS SELECT id, name FROM customers WHERE balance > 5;
CREATE SQL SECURITY INVOKER VIEW a_view AS SELECT * FROM b_view WITH CASCADED CHECK OPTION;
CREATE FUNCTION twice(number int) RETURNS int DETERMINISTIC NO SQL COMMENT 'doubles' RETURN number * 2;
CREATE PROCEDURE clean(IN days int, OUT gone int)
BEGIN
    DELETE FROM events WHERE at < current_date - INTERVAL days DAY;
    SET gone = row_count();
END;
CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW SET NEW.name = trim(NEW.name);
