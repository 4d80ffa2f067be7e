-- What holds in the data of retail-ecommerce, as SQL for SQLite.
-- Each sentence is followed by a query for whatever breaks it: no rows, and the rule holds.
-- :as_of is the date that the data counts from, such as '2025-01-01'.
-- To run them in the shell of SQLite, with the dump in retail-ecommerce.db:
-- sqlite3 retail-ecommerce.db ".parameter init" ".parameter set :as_of \"'2025-01-01'\"" ".read retail-ecommerce.rules.sql"

-- As-of is given: without it, rules that count from it would hold for anything.
SELECT 'set :as_of first' AS missing WHERE :as_of IS NULL;

-- A product's name is made of its brand, its type and its variant.
SELECT id, name, brand, product_type, variant FROM products
WHERE name NOT LIKE brand || ' %' || product_type || ', ' || variant;

-- Every category lies in one department.
SELECT category, count(DISTINCT department) AS departments FROM products GROUP BY category HAVING departments > 1;

-- There are 12 categories or more.
SELECT count(DISTINCT category) AS categories FROM products HAVING categories < 12;

-- Nine of ten products have a name of their own, or more.
SELECT count(DISTINCT name) * 1.0 / count(*) AS different FROM products HAVING different < 0.90;

-- A product costs from 5 to 2,000 dollars, and costs the shop less.
SELECT id, price, cost FROM products WHERE price NOT BETWEEN 5 AND 2000 OR cost NOT BETWEEN 0.01 AND price - 0.01;

-- Prices fit what products of the type usually cost, so that furniture is dearer than tea.
SELECT id, name, market_price, price FROM products
WHERE price NOT BETWEEN 0.56 * market_price - 1 AND max(1.62 * market_price, 5) + 1;

-- Prices are lognormal around 40 dollars: their logarithms have the quartiles and deciles of the bell curve.
WITH logs AS (SELECT ln(price) AS x, percent_rank() OVER (ORDER BY price) AS share FROM products),
law AS (SELECT avg(x) AS mean, sqrt(avg(x * x) - avg(x) * avg(x)) AS sd FROM logs)
SELECT exp(mean) AS centre, sd,
       max((x - mean) / sd) FILTER (WHERE share <= 0.10) AS p10,
       max((x - mean) / sd) FILTER (WHERE share <= 0.25) AS p25,
       max((x - mean) / sd) FILTER (WHERE share <= 0.75) AS p75,
       max((x - mean) / sd) FILTER (WHERE share <= 0.90) AS p90
FROM logs, law
HAVING NOT (centre BETWEEN 33 AND 55 AND sd BETWEEN 0.85 AND 1.20
            AND p10 BETWEEN -1.50 AND -1.00 AND p25 BETWEEN -0.95 AND -0.45
            AND p75 BETWEEN 0.40 AND 0.90 AND p90 BETWEEN 1.05 AND 1.60);

-- An inactive product is out of stock.
SELECT id, is_active, stock_quantity FROM products WHERE NOT is_active AND stock_quantity <> 0 OR stock_quantity < 0;

-- ZIP codes that begin alike lie in one state.
SELECT substr(zip_code, 1, 3) AS zip, count(DISTINCT state) AS states FROM customers GROUP BY zip HAVING states > 1;

-- An e-mail address begins with letters of the customer's first name.
SELECT id, first_name, email FROM customers WHERE substr(email, 1, 2) <> lower(substr(first_name, 1, 2));

-- An order comes after its customer signed up, and not after as-of.
SELECT orders.id, signed_up_at, ordered_at
FROM orders JOIN customers ON customers.id = customer_id
WHERE ordered_at < signed_up_at OR ordered_at > :as_of OR signed_up_at > :as_of;

-- A product was launched before it was ordered.
SELECT product_id, launched_on, ordered_at
FROM order_items JOIN orders ON orders.id = order_id JOIN products ON products.id = product_id
WHERE ordered_at < launched_on;

-- The lines of an order count from 1 without a gap.
SELECT order_id, count(*) AS lines, min(line_no), max(line_no) FROM order_items
GROUP BY order_id HAVING min(line_no) <> 1 OR max(line_no) <> lines OR count(DISTINCT line_no) <> lines;

-- A product is in an order at most once.
SELECT order_id, product_id, count(*) AS times FROM order_items GROUP BY order_id, product_id HAVING times > 1;

-- Every order has a line, but for one in a thousand at most.
SELECT avg(id NOT IN (SELECT order_id FROM order_items)) AS empty FROM orders HAVING empty > 0.001;

-- A line has the price and the cost of its product.
SELECT order_id, line_no, unit_price, price, unit_cost, cost
FROM order_items JOIN products ON products.id = product_id
WHERE unit_price <> price OR unit_cost <> cost;

-- A line comes to its quantity times its price less the discount, rounded half up to the cent.
WITH lines AS (
    SELECT order_id, line_no, CAST(round(line_total * 100) AS INTEGER) AS cents,
           quantity * CAST(round(unit_price * 100) AS INTEGER) * (100 - CAST(round(discount * 100) AS INTEGER)) AS exact
    FROM order_items)
SELECT order_id, line_no, cents, exact / 100.0 AS expected FROM lines WHERE cents <> (exact + 50) / 100;

-- The subtotal of an order is the sum of its lines, to the cent.
SELECT orders.id, subtotal, sum(line_total) AS lines
FROM orders LEFT JOIN order_items ON order_id = orders.id
GROUP BY orders.id HAVING round(subtotal * 100) <> coalesce(sum(CAST(round(line_total * 100) AS INTEGER)), 0);

-- Shipping is free from 50 dollars on, and below that it costs what the method does.
SELECT id, subtotal, shipping_method, shipping_fee FROM orders
WHERE shipping_fee <> CASE WHEN subtotal >= 50 OR subtotal = 0 THEN 0 WHEN shipping_method = 'express' THEN 12.99
                           WHEN shipping_method = 'standard' THEN 6.99 ELSE 3.99 END;

-- The tax is the subtotal times the rate, rounded half up to the cent.
WITH taxed AS (
    SELECT id, CAST(round(tax * 100) AS INTEGER) AS cents,
           CAST(round(subtotal * 100) AS INTEGER) * CAST(round(tax_rate * 100000) AS INTEGER) AS exact
    FROM orders)
SELECT id, cents, exact / 100000.0 AS expected FROM taxed WHERE cents <> (exact + 50000) / 100000;

-- Customers of a state pay one rate of tax, and those of Oregon none.
SELECT state, min(tax_rate) AS least, max(tax_rate) AS most
FROM orders JOIN customers ON customers.id = customer_id
GROUP BY state HAVING least <> most OR state IN ('AK', 'DE', 'MT', 'NH', 'OR') AND most <> 0;

-- The total of an order is subtotal, shipping and tax, to the cent.
SELECT id, subtotal, shipping_fee, tax, total FROM orders
WHERE round(total * 100) <> round(subtotal * 100) + round(shipping_fee * 100) + round(tax * 100);

-- An order is shipped after it was placed, delivered after that, returned at last, and nothing of it lies after as-of.
SELECT id, ordered_at, shipped_at, delivered_at, returned_at FROM orders
WHERE shipped_at <= ordered_at OR delivered_at <= shipped_at OR returned_at <= delivered_at
   OR max(ordered_at, coalesce(shipped_at, ''), coalesce(delivered_at, ''), coalesce(returned_at, '')) > :as_of;

-- The status of an order says which of these dates it has.
SELECT id, status, shipped_at, delivered_at, returned_at FROM orders
WHERE status <> CASE WHEN returned_at IS NOT NULL THEN 'returned' WHEN delivered_at IS NOT NULL THEN 'delivered'
                     WHEN shipped_at IS NOT NULL THEN 'shipped' ELSE 'pending' END
   OR delivered_at IS NOT NULL AND shipped_at IS NULL OR returned_at IS NOT NULL AND delivered_at IS NULL;

-- An order of the last day is pending, and one that is older than 31 days is not.
SELECT id, ordered_at, status FROM orders
WHERE ordered_at >= date(:as_of, '-1 day') AND status <> 'pending'
   OR ordered_at < date(:as_of, '-31 days') AND status = 'pending';

-- A parcel with tracking is delivered within a week of its shipping; an economy one has none, and stays shipped.
SELECT id, shipping_method, shipped_at, delivered_at, status FROM orders
WHERE shipping_method <> 'economy' AND date(shipped_at) < date(:as_of, '-7 days') AND status = 'shipped'
   OR shipping_method = 'economy' AND status NOT IN ('pending', 'shipped')
   OR date(delivered_at) > date(shipped_at, '+7 days');

-- An order of 500 dollars or more has tracking.
SELECT id, subtotal, shipping_method FROM orders WHERE subtotal >= 500 AND shipping_method = 'economy';

-- Of 100 orders some 10 are pending, 40 shipped, 40 delivered and 10 returned; fewer are pending after a quiet month.
SELECT avg(status = 'pending') AS pending, avg(status = 'shipped') AS shipped,
       avg(status = 'delivered') AS delivered, avg(status = 'returned') AS returned
FROM orders
HAVING NOT (pending BETWEEN 0.03 AND 0.15 AND shipped BETWEEN 0.34 AND 0.48
            AND delivered BETWEEN 0.33 AND 0.47 AND returned BETWEEN 0.06 AND 0.14);

-- November and December have half as many orders again as September and October, or more.
SELECT sum(strftime('%m', ordered_at) IN ('11', '12')) AS high, sum(strftime('%m', ordered_at) IN ('09', '10')) AS before
FROM orders HAVING NOT high >= 1.5 * before;

-- In January there are fewer orders than in the December before it, although the shop grows.
WITH months AS (
    SELECT date(ordered_at, 'start of month') AS month, count(*) AS orders FROM orders GROUP BY month)
SELECT sum(december.orders) AS december, sum(january.orders) AS january
FROM months AS december JOIN months AS january ON january.month = date(december.month, '+1 month')
WHERE strftime('%m', january.month) = '01' AND date(january.month, '+1 month') <= :as_of
HAVING january >= december;

-- Half of all orders, or nearly so, are placed from 6 to 11 in the evening.
SELECT avg(CAST(strftime('%H', ordered_at) AS INTEGER) BETWEEN 18 AND 22) AS evening
FROM orders HAVING NOT evening BETWEEN 0.40 AND 0.58;

-- In the week of Black Friday most lines have a discount, and at other times one in ten to one in five.
SELECT avg(CASE WHEN strftime('%m-%d', ordered_at) BETWEEN '11-22' AND '11-30' THEN discount > 0 END) AS that_week,
       avg(CASE WHEN strftime('%m-%d', ordered_at) NOT BETWEEN '11-22' AND '11-30' THEN discount > 0 END) AS else_when
FROM order_items JOIN orders ON orders.id = order_id
HAVING NOT (that_week BETWEEN 0.50 AND 0.80 AND else_when BETWEEN 0.10 AND 0.21);

-- More is wrapped as a gift in December.
SELECT avg(CASE WHEN strftime('%m', ordered_at) = '12' THEN gift_wrap END) AS december,
       avg(CASE WHEN strftime('%m', ordered_at) <> '12' THEN gift_wrap END) AS else_when
FROM order_items JOIN orders ON orders.id = order_id HAVING december < 2 * else_when;

-- All of a returned order goes back, and nothing of any other.
SELECT order_id, line_no, status, quantity, returned_quantity
FROM order_items JOIN orders ON orders.id = order_id
WHERE returned_quantity <> CASE WHEN status = 'returned' THEN quantity ELSE 0 END;

-- People take more of what costs less than 30 dollars.
SELECT avg(CASE WHEN unit_price < 30 THEN quantity END) AS cheap, avg(CASE WHEN unit_price >= 150 THEN quantity END) AS dear
FROM order_items HAVING cheap < 1.5 OR dear > 1.0 OR min(quantity) < 1;

-- The tenth of the products that sells best is in a third to half of all lines.
WITH sold AS (SELECT count(*) AS lines FROM order_items GROUP BY product_id),
best AS (SELECT lines FROM sold ORDER BY lines DESC LIMIT (SELECT count(*) / 10 FROM products))
SELECT sum(lines) * 1.0 / (SELECT count(*) FROM order_items) AS share FROM best HAVING NOT share BETWEEN 0.30 AND 0.55;

-- The tenth of the customers that is most loyal has placed a third to half of all orders.
WITH best AS (SELECT order_count FROM customers ORDER BY order_count DESC LIMIT (SELECT count(*) / 10 FROM customers))
SELECT sum(order_count) * 1.0 / (SELECT count(*) FROM orders) AS share FROM best HAVING NOT share BETWEEN 0.30 AND 0.50;

-- Customers with four orders or more have been there longer than those with one.
SELECT avg(CASE WHEN order_count >= 4 THEN julianday(:as_of) - julianday(signed_up_at) END) AS loyal,
       avg(CASE WHEN order_count = 1 THEN julianday(:as_of) - julianday(signed_up_at) END) AS one_time
FROM customers HAVING NOT loyal > 1.1 * one_time;

-- A customer's number of orders is how many there are, and what was spent is their sum without returned ones.
SELECT customers.id, order_count, count(orders.id) AS orders, total_spent,
       sum(CASE WHEN status <> 'returned' THEN total END) AS spent
FROM customers LEFT JOIN orders ON customer_id = customers.id GROUP BY customers.id
HAVING order_count <> orders OR round(total_spent * 100) <> round(coalesce(spent, 0) * 100);

-- A customer's segment follows from the number of orders and what was spent.
SELECT id, order_count, total_spent, segment FROM customers
WHERE segment <> CASE WHEN order_count = 0 THEN 'prospect' WHEN total_spent >= 2000 THEN 'vip'
                      WHEN order_count >= 4 THEN 'loyal' WHEN order_count >= 2 THEN 'repeat' ELSE 'one_time' END;
