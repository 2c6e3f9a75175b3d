CREATE TABLE customers (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(80) NOT NULL CHECK (char_length(name) > 1),
    email varchar(120) UNIQUE,
    mood enum('glad', 'so-so', 'It''s SAD') NOT NULL DEFAULT 'glad',
    vip boolean NOT NULL DEFAULT 0,
    level smallint NOT NULL DEFAULT 1,
    points int unsigned,
    credit decimal(12, 2),
    flags bit(3),
    extra json,
    photo varbinary(64),
    code char(4),
    seen datetime(6),
    born date,
    opens time,
    since year,
    ratio float,
    place point,
    tags set('a', 'b'),
    note text,
    created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6),
    shout varchar(80) GENERATED ALWAYS AS (upper(name)) STORED
) CHARACTER SET utf8mb4;
CREATE TABLE `Order Lines` (
    `Order` bigint unsigned NOT NULL,
    `line-no` int NOT NULL,
    sku varchar(40) NOT NULL,
    qty int NOT NULL DEFAULT 1 CHECK (qty > 0),
    `select` tinytext,
    twice int GENERATED ALWAYS AS (qty * 2) VIRTUAL,
    PRIMARY KEY (`Order`, `line-no`),
    CONSTRAINT of_customer FOREIGN KEY (`Order`) REFERENCES customers (id)
) CHARACTER SET utf8mb4;
CREATE TABLE parcels (id uuid NOT NULL PRIMARY KEY, weight double NOT NULL);
CREATE TABLE log (at varchar(40) NOT NULL, what text) CHARACTER SET utf8mb4;
CREATE VIEW glad AS SELECT id, name, mood FROM customers WHERE mood = 'glad';
INSERT INTO customers (name, email, points) VALUES ('Ann', 'ann@example.com', 12), ('Bob', NULL, 4294967295);
INSERT INTO `Order Lines` (`Order`, `line-no`, sku) VALUES (1, 1, 'a'), (1, 2, 'b');
