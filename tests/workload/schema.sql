-- Ten tables with skewed and correlated values. `:scale` is the number of orders; all tables together
-- have about 6.9 times as many rows. Indexes that the statements need are missing on purpose.
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text NOT NULL, country text NOT NULL, name text NOT NULL,
    created_at timestamptz NOT NULL);
CREATE TABLE products (
    id bigint PRIMARY KEY, category_id integer NOT NULL, sku text NOT NULL UNIQUE,
    price integer NOT NULL, active boolean NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text NOT NULL,
    created_at timestamptz NOT NULL, total integer NOT NULL, shop_id integer NOT NULL);
CREATE TABLE order_items (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, product_id bigint NOT NULL,
    quantity integer NOT NULL, price integer NOT NULL);
CREATE TABLE payments (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, reference text NOT NULL, state text NOT NULL,
    amount integer NOT NULL);
CREATE TABLE events (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
    payload text NOT NULL);
CREATE TABLE sessions (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL, token text NOT NULL,
    expires_at timestamptz NOT NULL);
CREATE TABLE reviews (
    id bigint PRIMARY KEY, product_id bigint NOT NULL, customer_id bigint NOT NULL,
    rating integer NOT NULL, body text NOT NULL);
CREATE TABLE shipments (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, carrier text NOT NULL, shipped_at timestamptz);
CREATE TABLE messages (
    id bigint PRIMARY KEY, sender_id bigint NOT NULL, recipient_id bigint NOT NULL,
    read_at timestamptz, sent_at timestamptz NOT NULL, body text NOT NULL);

-- Deterministic noise: the md5 of a number, as a number below a bound.
CREATE FUNCTION noise(seed text, n bigint, bound bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT (('x' || substr(md5(seed || n), 1, 12))::bit(48)::bigint) % bound $$;

INSERT INTO customers
SELECT n, 'User' || n || '@Example.com', CASE WHEN n % 10 < 8 THEN 'DE' ELSE 'AT' END,
       'customer ' || n, timestamptz '2024-01-01' + n * interval '1 minute'
FROM generate_series(1, :scale / 10) n;
INSERT INTO products
SELECT n, 1 + noise('category', n, 50), 'sku-' || n, noise('price', n, 10000), n % 20 > 0
FROM generate_series(1, :scale / 10) n;
-- Few customers order most; what is open or failed is rare, and recent.
INSERT INTO orders
SELECT n, 1 + (noise('customer', n, 1000)::float8 / 1000) ^ 2 * (:scale / 10 - 1),
       CASE WHEN noise('status', n, 100) < 2 THEN 'failed' WHEN n > :scale * 0.97 THEN 'open' ELSE 'done' END,
       timestamptz '2024-01-01' + n * interval '30 seconds', noise('total', n, 50000), noise('shop', n, 20)
FROM generate_series(1, :scale) n;
INSERT INTO order_items
SELECT n, 1 + (n - 1) / 2, 1 + noise('product', n, :scale / 10), 1 + n % 5, noise('price', n, 10000)
FROM generate_series(1, :scale * 2) n;
INSERT INTO payments
SELECT n, n, 'ref-' || md5(n::text), CASE WHEN n % 50 = 0 THEN 'refunded' ELSE 'paid' END, noise('total', n, 50000)
FROM generate_series(1, :scale) n;
INSERT INTO events
SELECT n, 1 + noise('visitor', n, :scale / 10), (ARRAY['view', 'view', 'view', 'cart', 'buy'])[1 + n % 5],
       timestamptz '2024-01-01' + n * interval '20 seconds', repeat('x', 40)
FROM generate_series(1, :scale) n;
INSERT INTO sessions
SELECT n, 1 + n % (:scale / 10), md5('token' || n), timestamptz '2024-01-01' + n * interval '1 minute'
FROM generate_series(1, :scale / 2) n;
INSERT INTO reviews
SELECT n, 1 + noise('reviewed', n, :scale / 10), 1 + noise('reviewer', n, :scale / 10), 1 + n % 5, repeat('y', 60)
FROM generate_series(1, :scale / 4) n;
INSERT INTO shipments
SELECT n, n * 2, (ARRAY['post', 'bike', 'van'])[1 + n % 3],
       CASE WHEN n % 30 > 0 THEN timestamptz '2024-01-01' + n * interval '1 minute' END
FROM generate_series(1, :scale / 2) n;
INSERT INTO messages
SELECT n, 1 + noise('from', n, :scale / 10), 1 + noise('to', n, :scale / 10),
       CASE WHEN n % 40 > 0 THEN timestamptz '2024-01-01' + n * interval '2 minutes' END,
       timestamptz '2024-01-01' + n * interval '1 minute', repeat('z', 80)
FROM generate_series(1, :scale / 2) n;

-- These are there already.
CREATE INDEX shipments_order ON shipments (order_id);
CREATE INDEX sessions_customer ON sessions (customer_id);
CREATE INDEX reviews_customer ON reviews (customer_id);
CREATE INDEX messages_sender ON messages (sender_id, sent_at);
CREATE INDEX orders_shop ON orders (shop_id, created_at);
VACUUM ANALYZE;
