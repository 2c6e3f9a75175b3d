-- 20,000 customers and 200,000 orders, ten for each customer and spread over the whole table.
-- The same rows every time: figures of two runs can be compared.
INSERT INTO customers (id, name, email, created_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT i, 'Customer ' || i, 'customer' || i || '@example.com', '2026-01-01T00:00:00Z' FROM n;

INSERT INTO orders (id, customer_id, status, total_cents, note, created_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
SELECT i, 1 + (i * 7919) % 20000,
       CASE i % 4 WHEN 0 THEN 'pending' WHEN 1 THEN 'paid' WHEN 2 THEN 'shipped' ELSE 'cancelled' END,
       100 + (i * 37) % 99900, NULL, '2026-01-01T00:00:00Z'
FROM n;
