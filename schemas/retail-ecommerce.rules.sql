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
WHERE category <> 'Coffee and Tea'
  AND price NOT BETWEEN 0.30 * market_price - 1 AND max(2.4 * market_price, 5) + 1;

-- Larger packs of one product cost more: of the same brand, line and type of coffee or tea.
WITH packs AS (
    SELECT substr(name, 1, length(name) - length(variant)) AS product, price,
           CASE WHEN variant LIKE '%lb' THEN 16 ELSE 1 END * CAST(variant AS INTEGER) AS ounces
    FROM products WHERE category = 'Coffee and Tea' AND market_price >= 12)
SELECT * FROM packs AS a JOIN packs AS b USING (product)
WHERE a.ounces < b.ounces AND a.price >= b.price;

-- An ounce of a large pack costs less than one of a small pack, on average.
WITH packs AS (
    SELECT price / market_price / (CASE WHEN variant LIKE '%lb' THEN 16 ELSE 1 END * CAST(variant AS INTEGER)) AS ounce,
           variant IN ('2 lb', '5 lb') AS large
    FROM products WHERE category = 'Coffee and Tea')
SELECT avg(CASE WHEN large THEN ounce END) AS in_large, avg(CASE WHEN NOT large THEN ounce END) AS in_small
FROM packs HAVING NOT coalesce(in_large < in_small, 1);

-- Products of one brand, line, type and size cost about the same, whatever their colour.
WITH colours AS (
    SELECT substr(name, 1, length(name) - length(variant)) AS product, price
    FROM products
    WHERE market_price >= 20
      AND category NOT IN ('Coffee and Tea', 'Skin and Hair Care', 'Games and Puzzles', 'Pet Supplies'))
SELECT product, min(price) AS least, max(price) AS most FROM colours GROUP BY product HAVING most > 1.25 * least;

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

-- A ZIP code begins with three digits that the Postal Service gives to the customer's state.
WITH sections (state, low, high) AS (
    VALUES ('AK', '995', '999'), ('AL', '350', '369'), ('AR', '716', '729'), ('AZ', '850', '865'), ('CA', '900', '961'),
           ('CO', '800', '816'), ('CT', '060', '069'), ('DC', '200', '205'), ('DE', '197', '199'), ('FL', '320', '349'),
           ('GA', '300', '319'), ('GA', '398', '399'), ('HI', '967', '968'), ('IA', '500', '528'), ('ID', '832', '838'),
           ('IL', '600', '629'), ('IN', '460', '479'), ('KS', '660', '679'), ('KY', '400', '427'), ('LA', '700', '714'),
           ('MA', '010', '027'), ('MD', '206', '219'), ('ME', '039', '049'), ('MI', '480', '499'), ('MN', '550', '567'),
           ('MO', '630', '658'), ('MS', '386', '397'), ('MT', '590', '599'), ('NC', '270', '289'), ('ND', '580', '588'),
           ('NE', '680', '693'), ('NH', '030', '038'), ('NJ', '070', '089'), ('NM', '870', '884'), ('NV', '889', '898'),
           ('NY', '100', '149'), ('OH', '430', '459'), ('OK', '730', '749'), ('OR', '970', '979'), ('PA', '150', '196'),
           ('RI', '028', '029'), ('SC', '290', '299'), ('SD', '570', '577'), ('TN', '370', '385'), ('TX', '750', '799'),
           ('UT', '840', '847'), ('VA', '201', '201'), ('VA', '220', '246'), ('VT', '050', '059'), ('WA', '980', '994'),
           ('WI', '530', '549'), ('WV', '247', '268'), ('WY', '820', '831'))
SELECT id, state, zip_code FROM customers
WHERE NOT EXISTS (SELECT 1 FROM sections WHERE sections.state = customers.state
                  AND substr(zip_code, 1, 3) BETWEEN low AND high);

-- An area code is one of the customer's state.
WITH areas (state, codes) AS (
    VALUES ('AK', '907'), ('AL', '205 251 256 334 659 938'), ('AR', '479 501 870'), ('AZ', '480 520 602 623 928'),
           ('CA', '209 213 279 310 323 341 350 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 747 760 805 818 820 831 840 858 909 916 925 949 951'),
           ('CO', '303 719 720 970 983'), ('CT', '203 475 860 959'), ('DC', '202 771'), ('DE', '302'),
           ('FL', '239 305 321 352 386 407 448 561 656 689 727 754 786 813 850 863 904 941 954'),
           ('GA', '229 404 470 478 678 706 762 770 912 943'), ('HI', '808'), ('IA', '319 515 563 712'), ('ID', '208 986'),
           ('IL', '217 224 309 312 331 447 464 630 708 773 779 815 847 872'), ('IN', '219 260 317 463 574 765 812 930'),
           ('KS', '316 620 785 913'), ('KY', '270 364 502 859'), ('LA', '225 318 337 504 985'),
           ('MA', '339 351 413 508 617 774 781 857 978'), ('MD', '227 240 301 410 443 667'), ('ME', '207'),
           ('MI', '231 248 269 313 517 586 616 734 810 906 947 989'), ('MN', '218 320 507 612 651 763 952'),
           ('MO', '314 417 557 573 636 660 816'), ('MS', '228 601 662 769'), ('MT', '406'),
           ('NC', '336 472 704 743 828 910 919 980 984'), ('ND', '701'), ('NE', '308 402 531'), ('NH', '603'),
           ('NJ', '201 551 609 640 732 848 856 862 908 973'), ('NM', '505 575'), ('NV', '702 725 775'),
           ('NY', '212 315 332 347 518 585 607 646 680 716 718 838 914 917 929'),
           ('OH', '216 220 234 283 326 330 380 419 440 513 567 614 740 937'), ('OK', '405 539 572 580 918'),
           ('OR', '458 503 541 971'), ('PA', '215 223 267 272 412 445 484 570 582 610 717 724 814 835 878'),
           ('RI', '401'), ('SC', '803 839 843 854 864'), ('SD', '605'), ('TN', '423 615 629 731 865 901 931'),
           ('TX', '210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 940 945 956 972'),
           ('UT', '385 435 801'), ('VA', '434 540 571 703 757 804 826 948'), ('VT', '802'),
           ('WA', '206 253 360 425 509 564'), ('WI', '262 414 534 608 715 920'), ('WV', '304 681'), ('WY', '307'))
SELECT id, state, phone FROM customers JOIN areas USING (state) WHERE instr(codes, substr(phone, 2, 3)) = 0
UNION ALL
SELECT id, state, phone FROM customers WHERE state NOT IN (SELECT state FROM areas);

-- One address in eight to three in ten has a unit, on the line of the street or on a second one and never on both.
SELECT avg(address_line_2 IS NOT NULL) AS second, avg(address GLOB '*[0-9] * Apt *' OR address GLOB '*[0-9] * Unit *'
                                                      OR address GLOB '*[0-9] * [#]*') AS same,
       sum(address_line_2 IS NOT NULL AND (address LIKE '% Apt %' OR address LIKE '% Unit %' OR address LIKE '% #%')) AS both
FROM customers
HAVING both > 0 OR NOT second + same BETWEEN 0.125 AND 0.30 OR second < 0.08 OR same < 0.04;

-- First names are of those that were given through the years: some of the forties and fifties, and some of after 1985.
SELECT sum(first_name IN ('Linda', 'Barbara', 'Gary', 'Larry', 'Dennis', 'Carol', 'Donna', 'Judy', 'Sharon')) AS old,
       sum(first_name IN ('Emma', 'Olivia', 'Hannah', 'Madison', 'Ashley', 'Tyler', 'Kayla', 'Alexis', 'Brandon', 'Austin',
                          'Emily', 'Jacob', 'Ethan', 'Zachary')) AS new
FROM customers HAVING old < 5 OR new < 15;

-- No two customers have one e-mail address, and each begins with letters of a name of its customer.
SELECT id, first_name, last_name, email FROM customers
WHERE substr(email, 1, 1) NOT IN (lower(substr(first_name, 1, 1)), lower(substr(last_name, 1, 1)))
  AND first_name NOT IN ('Alfred', 'Amanda', 'Andrew', 'Anthony', 'Elizabeth', 'Eugene', 'Gerald', 'Isabella', 'Margaret',
                         'Michelle', 'Olivia', 'Rebecca', 'Robert', 'Vanessa', 'Virginia', 'William')
UNION ALL
SELECT min(id), min(first_name), min(last_name), email FROM customers GROUP BY email HAVING count(*) > 1;

-- E-mail addresses are of several patterns: no more than four of ten are of one, and some have two digits of a year.
SELECT avg(email LIKE lower(first_name) || '.' || lower(last_name) || '@%') AS dotted,
       avg(email LIKE lower(first_name) || lower(last_name) || '@%') AS joined,
       avg(email LIKE lower(substr(first_name, 1, 1)) || lower(last_name) || '@%') AS initial,
       avg(email LIKE lower(first_name) || '#_' || lower(last_name) || '@%' ESCAPE '#') AS underscored,
       avg(email GLOB '*[a-z][0-9][0-9]@*') AS years
FROM customers
HAVING NOT (dotted BETWEEN 0.10 AND 0.40 AND joined BETWEEN 0.05 AND 0.30 AND initial BETWEEN 0.06 AND 0.30
            AND underscored BETWEEN 0.01 AND 0.20 AND years BETWEEN 0.05 AND 0.30);

-- A number of four digits or more follows only a name that an earlier one of the customers has, and that is few.
WITH addresses AS (
    SELECT id, email, substr(email, 1, instr(email, '@') - 1) AS local, substr(email, instr(email, '@')) AS host FROM customers),
numbered AS (
    SELECT id, email, rtrim(local, '0123456789') || host AS plain FROM addresses WHERE local GLOB '*[0-9][0-9][0-9][0-9]')
SELECT numbered.email FROM numbered
WHERE plain NOT IN (SELECT email FROM customers)
  AND NOT EXISTS (SELECT 1 FROM customers AS other
                  WHERE other.email LIKE replace(plain, '@', '__@') AND other.email GLOB '*[a-z][0-9][0-9]@*');

-- Four of ten to six of ten customers are with one provider, and others with four or more.
WITH hosts AS (SELECT substr(email, instr(email, '@') + 1) AS host, count(*) AS n FROM customers GROUP BY host)
SELECT max(n) * 1.0 / sum(n) AS largest, count(*) AS hosts FROM hosts HAVING NOT (largest BETWEEN 0.38 AND 0.62 AND hosts >= 5);

-- Ids of customers and orders rise with the time at which they come, over the whole table.
SELECT 'customers' AS of, id, at FROM (SELECT id, signed_up_at AS at, max(signed_up_at) OVER (ORDER BY id) AS latest FROM customers)
WHERE at < latest
UNION ALL
SELECT 'orders', id, at FROM (SELECT id, ordered_at AS at, max(ordered_at) OVER (ORDER BY id) AS latest FROM orders)
WHERE at < latest;

-- An order comes after its customer signed up, and not after as-of.
SELECT orders.id, signed_up_at, ordered_at
FROM orders JOIN customers ON customers.id = customer_id
WHERE ordered_at < signed_up_at OR ordered_at > :as_of OR signed_up_at > :as_of;

-- A product was launched before it was ordered.
SELECT product_id, launched_on, ordered_at
FROM order_items JOIN orders ON orders.id = order_id JOIN products ON products.id = product_id
WHERE ordered_at < launched_on;

-- Nothing is sold from the day on when it is discontinued.
SELECT order_id, product_id, discontinued_on, ordered_at
FROM order_items JOIN orders ON orders.id = order_id JOIN products ON products.id = product_id
WHERE ordered_at >= discontinued_on;

-- What is discontinued is inactive, and nothing else is; it was launched before.
SELECT id, is_active, launched_on, discontinued_on FROM products
WHERE is_active <> (discontinued_on IS NULL) OR discontinued_on <= launched_on OR discontinued_on >= :as_of;

-- One product in 25 to one in six is inactive, and some of these were sold before.
SELECT avg(NOT is_active) AS share, sum(NOT is_active AND id IN (SELECT product_id FROM order_items)) AS sold FROM products
HAVING NOT (share BETWEEN 0.04 AND 0.17 AND sold >= 5);

-- Products were launched through the years: in each of the last nine some, and in the last two a sixth to a third.
SELECT count(DISTINCT CAST((julianday(:as_of) - julianday(launched_on)) / 365.25 AS INTEGER)) AS years,
       avg(launched_on > date(:as_of, '-2 years')) AS recent
FROM products HAVING NOT (years >= 9 AND recent BETWEEN 0.16 AND 0.34);

-- Ids of products rise with the day on which they are launched.
SELECT id, launched_on FROM (SELECT id, launched_on, max(launched_on) OVER (ORDER BY id) AS latest FROM products)
WHERE launched_on < latest;

-- What was launched within the last two years is sold too, from then on: seven of ten of such products, or more.
SELECT avg(id IN (SELECT product_id FROM order_items)) AS share FROM products
WHERE launched_on BETWEEN date(:as_of, '-2 years') AND date(:as_of, '-6 months') HAVING share < 0.7;

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

-- Express is paid for; any other shipping is free from 50 dollars on, and below that it costs what the method does.
SELECT id, subtotal, shipping_method, shipping_fee FROM orders
WHERE shipping_fee <> CASE WHEN shipping_method = 'express' THEN 12.99 WHEN subtotal >= 50 OR subtotal = 0 THEN 0
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
SELECT id, status, shipped_at, delivered_at, returned_at, cancelled_at FROM orders
WHERE CASE WHEN status = 'partly_returned' THEN 'returned' ELSE status END
      <> CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled' WHEN returned_at IS NOT NULL THEN 'returned'
              WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN shipped_at IS NOT NULL THEN 'shipped' ELSE 'pending' END
   OR delivered_at IS NOT NULL AND shipped_at IS NULL OR returned_at IS NOT NULL AND delivered_at IS NULL
   OR cancelled_at IS NOT NULL AND shipped_at IS NOT NULL;

-- An order of the last day is pending or cancelled, and one that is older than 15 days is not pending.
SELECT id, ordered_at, status FROM orders
WHERE ordered_at >= date(:as_of, '-1 day') AND status NOT IN ('pending', 'cancelled')
   OR ordered_at < date(:as_of, '-15 days') AND status = 'pending';

-- Orders are delivered in time: by express within two days of shipping, by standard within five, by economy within eight; none stays shipped.
SELECT id, shipping_method, shipped_at, delivered_at, status FROM orders
WHERE date(delivered_at) > date(shipped_at, CASE shipping_method WHEN 'express' THEN '+2 days' WHEN 'standard' THEN '+5 days'
                                                                ELSE '+8 days' END)
   OR date(shipped_at) < date(:as_of, '-8 days') AND status = 'shipped';

-- An order of 500 dollars or more does not go by economy.
SELECT id, subtotal, shipping_method FROM orders WHERE subtotal >= 500 AND shipping_method = 'economy';

-- An express order is shipped the next day, and is quicker than any other on average.
SELECT avg(CASE WHEN shipping_method = 'express' THEN julianday(delivered_at) - julianday(ordered_at) END) AS express,
       avg(CASE WHEN shipping_method = 'standard' THEN julianday(delivered_at) - julianday(ordered_at) END) AS standard,
       avg(CASE WHEN shipping_method = 'economy' THEN julianday(delivered_at) - julianday(ordered_at) END) AS economy
FROM orders HAVING NOT (express + 1.5 < standard AND standard + 1 < economy);

-- Some orders are cancelled, within a day and before anything is shipped: two to six of 100.
SELECT avg(cancelled_at IS NOT NULL) AS share,
       max(julianday(cancelled_at) - julianday(ordered_at)) AS longest FROM orders
HAVING NOT (share BETWEEN 0.02 AND 0.06 AND coalesce(longest <= 1, 1));

-- Of the orders from before the last six weeks none is on its way: some four of 100 are cancelled, and the others delivered.
SELECT id, status FROM orders
WHERE ordered_at < date(:as_of, '-42 days') AND status NOT IN ('delivered', 'partly_returned', 'returned', 'cancelled');

-- November and December have half as many orders again as September and October, or more.
SELECT sum(strftime('%m', ordered_at) IN ('11', '12')) AS high, sum(strftime('%m', ordered_at) IN ('09', '10')) AS before
FROM orders HAVING NOT high >= 1.5 * before;

-- Black Friday is a peak: it has at least twice the orders of another day of November, wherever as-of lies.
WITH november AS (
    SELECT date(ordered_at) = date(ordered_at, 'start of month', 'weekday 4', '+22 days') AS is_it, ordered_at
    FROM orders WHERE strftime('%m', ordered_at) = '11'),
days AS (SELECT date(ordered_at) AS day, max(is_it) AS is_it, count(*) AS orders FROM november GROUP BY day)
SELECT avg(CASE WHEN is_it THEN orders END) AS that_day, avg(CASE WHEN NOT is_it THEN orders END) AS other FROM days
HAVING NOT coalesce(that_day >= 2.0 * other, 1);

-- Orders do not heap up at the end: the last 60 days have no more than twice as many as the same days a year before.
SELECT sum(ordered_at >= date(:as_of, '-60 days')) AS now,
       sum(ordered_at >= date(:as_of, '-425 days') AND ordered_at < date(:as_of, '-365 days')) AS before
FROM orders HAVING NOT now BETWEEN 0.5 * before AND 2.0 * before;

-- Sign-ups grow from year to year: each of the five has as many as the one before, or nearly so, and none half as many again.
WITH years AS (
    SELECT CAST((julianday(:as_of) - julianday(signed_up_at)) / 365.25 AS INTEGER) AS ago, count(*) AS n
    FROM customers GROUP BY ago)
SELECT now.ago, now.n, before.n FROM years AS now JOIN years AS before ON before.ago = now.ago + 1
WHERE before.ago <= 4 AND (SELECT count(*) FROM customers) >= 500
  AND (now.n < 0.95 * before.n - 3 * sqrt(before.n) OR now.n > 1.4 * before.n + 3 * sqrt(before.n));

-- Orders neither heap up nor thin out: in a quarter of a year there are from 0.75 to 1.5 times as many as in the same one a year before.
WITH quarters AS (
    SELECT CAST((julianday(:as_of) - julianday(ordered_at)) / 91.31 AS INTEGER) AS ago, count(*) AS n FROM orders GROUP BY ago)
SELECT now.ago, now.n, before.n FROM quarters AS now JOIN quarters AS before ON before.ago = now.ago + 4
WHERE now.ago < 4 AND (SELECT count(*) FROM orders) >= 1000
  AND (now.n < 0.75 * before.n - 3 * sqrt(before.n) OR now.n > 1.5 * before.n + 3 * sqrt(before.n));

-- The first order of who has one comes soon after the sign-up: within a week for half of those of the last two years, or more.
WITH firsts AS (
    SELECT julianday(min(ordered_at)) - julianday(signed_up_at) AS days
    FROM customers JOIN orders ON customer_id = customers.id
    WHERE signed_up_at > date(:as_of, '-729 days') GROUP BY customers.id)
SELECT avg(days <= 7) AS soon FROM firsts HAVING soon < 0.5;

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

-- Of a returned order all goes back, of a partly returned one a part, and nothing of any other.
SELECT orders.id, status, sum(quantity) AS pieces, sum(returned_quantity) AS returned
FROM orders JOIN order_items ON order_id = orders.id GROUP BY orders.id
HAVING (status = 'returned' AND returned <> pieces)
    OR (status = 'partly_returned' AND returned NOT BETWEEN 1 AND pieces - 1)
    OR (status NOT IN ('returned', 'partly_returned') AND returned <> 0)
    OR min(quantity - returned_quantity) < 0;

-- Clothes go back most, a quarter to two fifths of them, things for the home by a tenth, and food hardly ever.
WITH arrived AS (
    SELECT department, returned_quantity > 0 AS is_back
    FROM order_items JOIN orders ON orders.id = order_id JOIN products ON products.id = product_id
    WHERE delivered_at < date(:as_of, '-31 days'))
SELECT avg(CASE WHEN department = 'Clothing' THEN is_back END) AS clothes,
       avg(CASE WHEN department = 'Home' THEN is_back END) AS home,
       avg(CASE WHEN department = 'Grocery' THEN is_back END) AS food
FROM arrived HAVING NOT (clothes BETWEEN 0.24 AND 0.38 AND home BETWEEN 0.06 AND 0.14 AND food < 0.05);

-- Of several pieces sometimes only some go back.
SELECT sum(returned_quantity BETWEEN 1 AND quantity - 1) AS parts FROM order_items HAVING parts = 0;

-- What is refunded is all of a cancelled order, and of any other the goods that came back, with their tax.
WITH back AS (
    SELECT order_id, sum(round(returned_quantity * unit_price * (1 - discount) + 0.0000001, 2)) AS goods
    FROM order_items GROUP BY order_id)
SELECT id, status, total, refunded, goods, tax_rate FROM orders JOIN back ON order_id = id
WHERE abs(refunded - CASE WHEN status = 'cancelled' THEN total ELSE goods + goods * tax_rate END) > 0.011;

-- People take more of what costs less than 30 dollars.
SELECT avg(CASE WHEN unit_price < 30 THEN quantity END) AS cheap, avg(CASE WHEN unit_price >= 150 THEN quantity END) AS dear
FROM order_items HAVING cheap < 1.5 OR dear > 1.0 OR min(quantity) < 1;

-- The tenth of the products that sells best is in a third to half of all lines.
WITH sold AS (SELECT count(*) AS lines FROM order_items GROUP BY product_id),
best AS (SELECT lines FROM sold ORDER BY lines DESC LIMIT (SELECT count(*) / 10 FROM products))
SELECT sum(lines) * 1.0 / (SELECT count(*) FROM order_items) AS share FROM best HAVING NOT share BETWEEN 0.30 AND 0.55;

-- Customers buy again what they have bought: of the lines of those with two orders or more, one in 30 or more.
WITH lines AS (
    SELECT row_number() OVER (PARTITION BY customer_id, product_id ORDER BY ordered_at, orders.id) > 1 AS is_again
    FROM order_items JOIN orders ON orders.id = order_id JOIN customers ON customers.id = customer_id
    WHERE order_count > 1)
SELECT avg(is_again) AS share, count(*) AS lines FROM lines HAVING share < 0.033;

-- Shoes and clothes have a size, and nothing else; a customer has one size of shoes and one of clothes.
SELECT customer_id, min(size), max(size) FROM (
    SELECT customer_id, category = 'Shoes' AS are_shoes, size, department = 'Clothing' AS is_worn
    FROM order_items JOIN orders ON orders.id = order_id JOIN products ON products.id = product_id)
GROUP BY customer_id, are_shoes
HAVING count(DISTINCT size) > 1 OR sum(is_worn <> (size IS NOT NULL)) > 0;

-- Most shoes are of the sizes 7 to 11.
SELECT avg(CAST(size AS INTEGER) BETWEEN 7 AND 11) AS share, count(*) AS pairs
FROM order_items JOIN products ON products.id = product_id WHERE category = 'Shoes' HAVING pairs > 30 AND share < 0.6;

-- Some things go together: products that are in three orders together or more are so at least twice as often as by chance, on average.
WITH sold AS (SELECT product_id, count(*) AS orders FROM order_items GROUP BY product_id),
pairs AS (
    SELECT a.product_id AS one, b.product_id AS other, count(*) AS orders
    FROM order_items AS a JOIN order_items AS b ON a.order_id = b.order_id AND a.product_id < b.product_id
    GROUP BY one, other HAVING count(*) >= 3),
lifts AS (
    SELECT pairs.orders * 1.0 * (SELECT count(*) FROM orders) / (x.orders * y.orders) AS lift
    FROM pairs JOIN sold AS x ON x.product_id = one JOIN sold AS y ON y.product_id = other)
SELECT avg(lift) AS mean, count(*) AS pairs FROM lifts HAVING NOT (mean >= 2 AND pairs >= 20);

-- The tenth of the customers that is most loyal has placed a third to half of all orders.
WITH best AS (SELECT order_count FROM customers ORDER BY order_count DESC LIMIT (SELECT count(*) / 10 FROM customers))
SELECT sum(order_count) * 1.0 / (SELECT count(*) FROM orders) AS share FROM best HAVING NOT share BETWEEN 0.30 AND 0.50;

-- Customers with four orders or more have been there longer than those with one.
SELECT avg(CASE WHEN order_count >= 4 THEN julianday(:as_of) - julianday(signed_up_at) END) AS loyal,
       avg(CASE WHEN order_count = 1 THEN julianday(:as_of) - julianday(signed_up_at) END) AS one_time
FROM customers HAVING NOT loyal > 1.1 * one_time;

-- A customer's number of orders is how many there are, and what was spent is their sum less what was refunded.
SELECT customers.id, order_count, count(orders.id) AS orders, total_spent, sum(total - refunded) AS spent
FROM customers LEFT JOIN orders ON customer_id = customers.id GROUP BY customers.id
HAVING order_count <> orders OR round(total_spent * 100) <> round(coalesce(spent, 0) * 100);

-- A customer's segment follows from the number of orders and what was spent.
SELECT id, order_count, total_spent, segment FROM customers
WHERE segment <> CASE WHEN order_count = 0 THEN 'prospect' WHEN total_spent >= 2000 THEN 'vip'
                      WHEN order_count >= 4 THEN 'loyal' WHEN order_count >= 2 THEN 'repeat' ELSE 'one_time' END;
