-- Forty statements. Those before a mark `planted:` lack the index that the mark names.
-- planted: orders (customer_id
SELECT id, status, total FROM orders WHERE customer_id = 37 ORDER BY created_at DESC LIMIT 20;
SELECT count(*) FROM orders WHERE customer_id = 4711;
SELECT c.name, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 12 GROUP BY c.name;
-- planted: order_items (order_id
SELECT product_id, quantity, price FROM order_items WHERE order_id = 1234;
SELECT o.id, sum(i.quantity * i.price) FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.id = 777 GROUP BY o.id;
SELECT sum(quantity) FROM order_items WHERE order_id = ANY ('{5,50,500}');
-- planted: order_items (product_id
SELECT sum(quantity) FROM order_items WHERE product_id = 99;
SELECT p.sku, count(*) FROM products p JOIN order_items i ON i.product_id = p.id WHERE p.sku = 'sku-77' GROUP BY p.sku;
-- planted: payments (reference
SELECT id, state, amount FROM payments WHERE reference = 'ref-c81e728d9d4c2f636f067f89cc14862c';
SELECT order_id FROM payments WHERE reference = 'ref-eccbc87e4b5ce2fe28308fd9f2a7baf3';
-- planted: payments (order_id
SELECT state, amount FROM payments WHERE order_id = 555;
SELECT o.status, p.state FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = 556;
-- planted: orders (created_at) where failed
SELECT id, customer_id, total FROM orders WHERE status = 'failed' ORDER BY created_at DESC LIMIT 50;
SELECT id FROM orders WHERE status = 'failed' AND created_at > '2024-06-01' ORDER BY created_at LIMIT 50;
-- planted: customers (lower(email))
SELECT id, name FROM customers WHERE lower(email) = 'user77@example.com';
SELECT id FROM customers WHERE lower(email) = 'user1234@example.com' AND country = 'DE';
-- planted: events (customer_id, at)
SELECT kind, at FROM events WHERE customer_id = 55 AND at > '2024-02-01' ORDER BY at;
SELECT count(*) FROM events WHERE customer_id = 56 AND at BETWEEN '2024-01-05' AND '2024-03-01';
SELECT max(at) FROM events WHERE customer_id = 57;
-- planted: sessions (token)
SELECT id, customer_id, expires_at FROM sessions WHERE token = 'd41d8cd98f00b204e9800998ecf8427e';
SELECT c.name FROM sessions s JOIN customers c ON c.id = s.customer_id WHERE s.token = 'aa';
-- planted: messages (recipient_id
SELECT id, sender_id, sent_at FROM messages WHERE recipient_id = 66 AND read_at IS NULL ORDER BY sent_at DESC;
SELECT count(*) FROM messages WHERE recipient_id = 67 AND read_at IS NULL;
-- planted: reviews (product_id
SELECT avg(rating) FROM reviews WHERE product_id = 88;
SELECT id, body FROM reviews WHERE product_id = 88 AND rating >= 4;
SELECT p.sku, avg(r.rating) FROM products p JOIN reviews r ON r.product_id = p.id WHERE p.id = 89 GROUP BY p.sku;
-- planted: products (category_id, price)
SELECT id, sku, price FROM products WHERE category_id = 7 ORDER BY price LIMIT 10;
SELECT id, sku FROM products WHERE category_id = 8 AND price < 500;
-- planted: nothing
SELECT * FROM customers WHERE id = 5;
SELECT * FROM products WHERE sku = 'sku-5';
SELECT carrier, shipped_at FROM shipments WHERE order_id = 50;
SELECT * FROM orders WHERE id = 100;
SELECT id, token FROM sessions WHERE customer_id = 31;
SELECT rating, body FROM reviews WHERE customer_id = 32;
SELECT body FROM messages WHERE sender_id = 33 ORDER BY sent_at DESC LIMIT 5;
SELECT id, total FROM orders WHERE shop_id = 3 ORDER BY created_at DESC LIMIT 10;
SELECT country, count(*) FROM customers GROUP BY country;
SELECT sum(total), avg(total) FROM orders;
SELECT kind, count(*) FROM events GROUP BY kind;
SELECT o.shop_id, sum(i.quantity) FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.shop_id;
