-- What holds in the data of fintech-loans, as SQL for SQLite.
-- Each sentence is followed by a query for whatever breaks it: no rows, and the rule holds.
-- :as_of is the date that the data counts from, such as '2025-01-01'.
-- To run them in the shell of SQLite, with the dump in fintech-loans.db:
-- sqlite3 fintech-loans.db ".parameter init" ".parameter set :as_of \"'2025-01-01'\"" ".read fintech-loans.rules.sql"

-- As-of is given: without it, rules that count from it would hold for anything.
SELECT 'set :as_of first' AS missing WHERE :as_of IS NULL;

-- Borrowers are 21 to 75 years old.
SELECT id, date_of_birth FROM borrowers
WHERE date_of_birth > date(:as_of, '-21 years') OR date_of_birth <= date(:as_of, '-76 years');

-- A loan is funded after its borrower was created, and before as-of.
SELECT loans.id, borrowers.created_at, loans.funded_date
FROM loans JOIN borrowers ON borrowers.id = loans.borrower_id
WHERE loans.funded_date <= date(borrowers.created_at) OR loans.funded_date >= :as_of;

-- A loan is written down on the day it is funded, and its payments are with it.
SELECT payments.id, loans.created_at, payments.created_at
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE date(loans.created_at) <> loans.funded_date OR payments.created_at <> loans.created_at;

-- A loan matures as many months after its funding as its term says, at the latest on that month's last day.
SELECT id, funded_date, term_months, maturity_date FROM loans
WHERE date(maturity_date, 'start of month')
        <> date(funded_date, 'start of month', '+' || term_months || ' months')
   OR (strftime('%d', maturity_date) <> strftime('%d', funded_date)
       AND maturity_date <> date(maturity_date, 'start of month', '+1 month', '-1 day'));

-- A loan that has matured is paid off, and one that is paid off before that has been open for two months at least.
SELECT id, status, funded_date, maturity_date FROM loans
WHERE (maturity_date <= :as_of AND status <> 'paid_off')
   OR (status = 'paid_off' AND date(funded_date, '+2 months') > :as_of);

-- Of 100 loans 70 are active, 25 paid off and 5 delinquent, or nearly so.
SELECT count(*) AS n, avg(status = 'active') AS active, avg(status = 'paid_off') AS paid_off,
       avg(status = 'delinquent') AS delinquent
FROM loans
HAVING NOT (abs(active - 0.70) < 0.02 + 2 / sqrt(n) AND abs(paid_off - 0.25) < 0.02 + 2 / sqrt(n)
            AND abs(delinquent - 0.05) < 0.01 + 1 / sqrt(n));

-- Terms of 12, 24, 36, 48 and 60 months have 15, 20, 30, 20 and 15 of 100 loans, or nearly so.
SELECT count(*) AS n, avg(term_months = 12) AS a, avg(term_months = 24) AS b,
       avg(term_months = 36) AS c, avg(term_months = 48) AS d, avg(term_months = 60) AS e
FROM loans
HAVING NOT (abs(a - 0.15) < 2 / sqrt(n) AND abs(b - 0.20) < 2 / sqrt(n) AND abs(c - 0.30) < 2 / sqrt(n)
            AND abs(d - 0.20) < 2 / sqrt(n) AND abs(e - 0.15) < 2 / sqrt(n));

-- Of 100 payments 85 are paid, 10 pending, 4 late and 1 or 2 missed, or nearly so.
SELECT count(*) AS n, avg(status = 'paid') AS paid, avg(status = 'pending') AS pending,
       avg(status = 'late') AS late, avg(status = 'missed') AS missed
FROM payments
HAVING NOT (abs(paid - 0.85) < 0.015 + 2 / sqrt(n) AND abs(pending - 0.10) < 0.01 + 2 / sqrt(n)
            AND abs(late - 0.04) < 0.01 + 1 / sqrt(n) AND missed BETWEEN 0.003 AND 0.035);

-- Ids of borrowers, loans, payments and scores rise with the time at which they are written down.
SELECT 'borrowers' AS of, id, created_at FROM (
    SELECT id, created_at, max(created_at) OVER (ORDER BY id) AS latest FROM borrowers)
WHERE created_at < latest
UNION ALL
SELECT 'loans', id, funded_date FROM (
    SELECT id, funded_date, max(funded_date) OVER (ORDER BY id) AS latest FROM loans)
WHERE funded_date < latest
UNION ALL
SELECT 'payments', id, created_at FROM (
    SELECT id, created_at, max(date(created_at)) OVER (ORDER BY id) AS latest FROM payments)
WHERE date(created_at) < latest
UNION ALL
SELECT 'credit_scores', id, checked_date FROM (
    SELECT id, checked_date, max(checked_date) OVER (ORDER BY id) AS latest FROM credit_scores)
WHERE checked_date < date(latest, '-30 days');

-- From month to month there are no fewer loans than three quarters of those of the three months before, up to as-of.
WITH months AS (
    SELECT CAST((julianday(:as_of) - julianday(funded_date) - 1) / 30 AS integer) AS ago, count(*) AS n
    FROM loans GROUP BY ago)
SELECT ago, n, before FROM (
    SELECT ago, n, avg(n) OVER (ORDER BY ago DESC ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) AS before,
           count(*) OVER () AS months FROM months)
WHERE ago < 23 AND (SELECT count(*) FROM loans) >= 1000 AND n < 0.75 * before - 2.5 * sqrt(before);

-- Nothing heaps up before as-of: a third to four ninths of the loans of a year are of its last four months.
SELECT count(*) AS n, avg(funded_date >= date(:as_of, '-122 days')) AS share
FROM loans WHERE funded_date >= date(:as_of, '-1 year')
HAVING NOT share BETWEEN 0.33 - 1 / sqrt(n) AND 0.45 + 1 / sqrt(n);

-- Hardly any loan is funded on a weekend, or on the fourth of July, Christmas or New Year's Day.
SELECT count(*) AS n, avg(strftime('%w', funded_date) IN ('0', '6')) AS weekend,
       avg(strftime('%m-%d', funded_date) IN ('07-04', '12-25', '01-01')) AS holiday
FROM loans
HAVING weekend > 0.03 OR holiday > 0.003;

-- Loans are written down in business hours.
SELECT count(*) AS n, avg(CAST(strftime('%H', created_at) AS integer) BETWEEN 8 AND 17) AS share
FROM loans
HAVING share < 0.98;

-- Delinquency follows the score: a fifth to two fifths below 580, hardly any from 740 on, and less from band to band.
SELECT sum(score < 580) AS n, avg(CASE WHEN score < 580 THEN status = 'delinquent' END) AS low,
       avg(CASE WHEN score BETWEEN 580 AND 669 THEN status = 'delinquent' END) AS fair,
       avg(CASE WHEN score BETWEEN 670 AND 739 THEN status = 'delinquent' END) AS good,
       avg(CASE WHEN score >= 740 THEN status = 'delinquent' END) AS best
FROM loans JOIN credit_scores ON credit_scores.borrower_id = loans.borrower_id
HAVING NOT (low BETWEEN 0.24 - 1 / sqrt(n) AND 0.33 + 1 / sqrt(n) AND fair < 0.6 * low AND good < fair AND best < 0.025);

-- What a borrower pays each month for loans that are open is above 43 of 100 of the income for a few of 100 alone.
WITH owed AS (
    SELECT max(annual_income) / 12 AS income,
           sum(CASE WHEN status = 'paid_off' THEN 0 ELSE
               amount * interest_rate / 1200.0 / (1 - power(1 + interest_rate / 1200.0, -term_months)) END) AS due
    FROM borrowers JOIN loans ON loans.borrower_id = borrowers.id
    GROUP BY borrowers.id)
SELECT avg(due > 0.43 * income) AS above FROM owed
HAVING above > 0.07;

-- A longer term has a higher rate: one of 60 months a tenth more than one of 12, or more.
SELECT avg(CASE WHEN term_months = 60 THEN interest_rate END) AS long,
       avg(CASE WHEN term_months = 12 THEN interest_rate END) AS short
FROM loans
HAVING long < 1.03 * short;

-- Of 100 rates 60 are below 6, 30 from 6 to 10 and 10 above, or nearly so.
SELECT avg(interest_rate < 6) AS low, avg(interest_rate BETWEEN 6 AND 10) AS middle, avg(interest_rate > 10) AS high
FROM loans
HAVING NOT (low BETWEEN 0.50 AND 0.70 AND middle BETWEEN 0.20 AND 0.40 AND high BETWEEN 0.04 AND 0.17);

-- Nobody retires before 60, and most borrowers from 65 on have.
SELECT count(*) AS n, avg(employment_status = 'retired') AS retired,
       sum(CASE WHEN date_of_birth > date(:as_of, '-60 years') THEN employment_status = 'retired' END) AS early
FROM borrowers WHERE date_of_birth <= date(:as_of, '-65 years')
HAVING retired < 0.75 - 1.3 / sqrt(n);

-- The employed earn more than the retired, and these more than those without work.
SELECT avg(CASE employment_status WHEN 'employed' THEN annual_income END) AS employed,
       avg(CASE employment_status WHEN 'retired' THEN annual_income END) AS retired,
       avg(CASE employment_status WHEN 'unemployed' THEN annual_income END) AS unemployed
FROM borrowers
HAVING unemployed > 0.65 * employed OR retired > employed;

-- Incomes have a median near 65,000 and no heap: no income is that of more than 2 of 100.
WITH ranked AS (
    SELECT annual_income, row_number() OVER (ORDER BY annual_income) AS place, count(*) OVER () AS n FROM borrowers)
SELECT (SELECT annual_income FROM ranked WHERE place = (n + 1) / 2) AS median,
       (SELECT max(times) FROM (SELECT 1.0 * count(*) / max(n) AS times FROM ranked GROUP BY annual_income)) AS heap
FROM ranked
GROUP BY n HAVING n >= 200 AND (NOT median BETWEEN 52000 AND 78000 OR heap > 0.02);

-- Payment number k is due k months after the loan was funded.
SELECT payments.id, loans.funded_date, payment_number, payment_date
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE date(payment_date, 'start of month')
        <> date(loans.funded_date, 'start of month', '+' || payment_number || ' months');

-- A loan that has payments has them from the first on, one after the other.
SELECT loan_id, count(*) AS n, min(payment_number) AS first, max(payment_number) AS last
FROM payments GROUP BY loan_id HAVING first <> 1 OR last <> n;

-- A ledger is whole: it has every payment that was due, up to that which paid the loan off, and the next one of an open loan.
WITH ledgers AS (
    SELECT count(*) AS rows,
           CASE WHEN status = 'paid_off' THEN max(payment_number) ELSE sum(was_due) + 1 END AS wanted
    FROM (SELECT loan_id, loans.status AS status, payment_number, payment_date <= :as_of AS was_due
          FROM payments JOIN loans ON loans.id = payments.loan_id)
    GROUP BY loan_id)
SELECT count(*) AS ledgers, sum(rows <> wanted) AS cut FROM ledgers
HAVING cut > 1 + ledgers / 1000;

-- Principals of a loan that is paid off add up to its amount, for all ledgers but one of a thousand.
WITH ledgers AS (
    SELECT sum(principal) AS paid, loans.amount AS amount
    FROM payments JOIN loans ON loans.id = payments.loan_id
    WHERE loans.status = 'paid_off' GROUP BY loan_id)
SELECT count(*) AS ledgers, sum(abs(paid - amount) > 0.005) AS cut FROM ledgers
HAVING cut > 1 + ledgers / 1000;

-- Every payment is its principal and its interest, to the cent.
SELECT id, amount, principal, interest FROM payments
WHERE round(principal * 100) + round(interest * 100) <> round(amount * 100);

-- All payments of a loan but the last are equal.
SELECT loan_id, min(amount) AS least, max(amount) AS most FROM (
    SELECT loan_id, amount, payment_number, max(payment_number) OVER (PARTITION BY loan_id) AS last FROM payments)
WHERE payment_number < last
GROUP BY loan_id HAVING round(100 * (most - least)) > 0;

-- What is owed after payment k of n is A (qⁿ - qᵏ)/(qⁿ - 1), and nothing after that by which a loan is paid off early.
SELECT id, principal, owed_before - owed_after AS expected FROM (
    SELECT payments.id, principal,
           round(loans.amount * (power(q, n) - power(q, k - 1)) / (power(q, n) - 1), 2) AS owed_before,
           round(loans.amount * (power(q, n) - power(q, k)) / (power(q, n) - 1), 2) AS owed_after
    FROM (SELECT id, amount, status, 1 + interest_rate / 1200.0 AS q, term_months AS n FROM loans) AS loans
    JOIN (SELECT id, loan_id, principal, payment_number AS k,
                 max(payment_number) OVER (PARTITION BY loan_id) AS last FROM payments) AS payments
      ON payments.loan_id = loans.id
    WHERE k < last OR loans.status <> 'paid_off')
WHERE abs(principal - expected) > 0.011;

-- The principal of a loan's payments never exceeds its amount.
SELECT loan_id, sum(principal) AS paid, loans.amount
FROM payments JOIN loans ON loans.id = payments.loan_id
GROUP BY loan_id HAVING paid > loans.amount + 0.005;

-- The last payment leaves a balance of zero: its interest is that of one month on its own principal.
SELECT payments.id, principal, interest, interest_rate
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE payment_number = term_months AND abs(interest - principal * interest_rate / 1200.0) > 0.011;

-- A payment is pending if it lies after as-of, and only then.
SELECT id, payment_date, status FROM payments
WHERE (status = 'pending') <> (payment_date > :as_of);

-- The last three payments that were due of a delinquent loan are missed: it is 90 days behind.
SELECT id, loan_id, payment_date, status FROM (
    SELECT payments.id, loan_id, payment_date, payments.status AS status,
           row_number() OVER (PARTITION BY loan_id ORDER BY payment_number DESC) AS back
    FROM payments JOIN loans ON loans.id = payments.loan_id
    WHERE loans.status = 'delinquent' AND payment_date <= :as_of
      AND funded_date <= date(:as_of, '-3 months') AND payment_date > date(:as_of, '-3 months'))
WHERE back <= 2 AND status <> 'missed';

-- No payment of a loan that is not delinquent is missed, and those of better scores are late less often.
SELECT avg(CASE WHEN score < 640 THEN payments.status = 'late' END) AS low,
       avg(CASE WHEN score >= 740 THEN payments.status = 'late' END) AS high,
       avg(payments.status = 'missed') AS missed
FROM payments JOIN loans ON loans.id = payments.loan_id
JOIN credit_scores ON credit_scores.borrower_id = loans.borrower_id
WHERE loans.status <> 'delinquent' AND payment_date <= :as_of
HAVING low < high OR high > 0.03 OR missed > 0;

-- Each borrower has one score, from 300 to 850, checked after the borrower was created.
SELECT borrowers.id, count(score), min(score), min(checked_date)
FROM borrowers LEFT JOIN credit_scores ON borrower_id = borrowers.id
GROUP BY borrowers.id
HAVING count(score) <> 1 OR min(score) NOT BETWEEN 300 AND 850
    OR min(checked_date) < date(borrowers.created_at) OR min(checked_date) >= :as_of;

-- Better scores get lower rates: their rank correlation is near -0.7.
WITH ranked AS (
    SELECT rank() OVER (ORDER BY score) AS x, rank() OVER (ORDER BY interest_rate) AS y
    FROM loans JOIN credit_scores ON credit_scores.borrower_id = loans.borrower_id),
centred AS (
    SELECT x - avg(x) OVER () AS x, y - avg(y) OVER () AS y FROM ranked)
SELECT sum(x * y) / sqrt(sum(x * x) * sum(y * y)) AS rho
FROM centred HAVING NOT rho BETWEEN -0.82 AND -0.52;

-- Higher incomes get larger loans: their rank correlation is near 0.7.
WITH ranked AS (
    SELECT rank() OVER (ORDER BY annual_income) AS x, rank() OVER (ORDER BY amount) AS y
    FROM loans JOIN borrowers ON borrowers.id = loans.borrower_id),
centred AS (
    SELECT x - avg(x) OVER () AS x, y - avg(y) OVER () AS y FROM ranked)
SELECT sum(x * y) / sqrt(sum(x * x) * sum(y * y)) AS rho
FROM centred HAVING NOT rho BETWEEN 0.5 AND 0.85;

-- A first name fits the year of birth: those who are called Linda, Barbara, Patricia, Gary, Larry or Dennis are older than those who are called Ashley, Brittany, Tyler, Kayla, Emily, Hannah or Jacob.
SELECT avg(CASE WHEN first_name IN ('Linda', 'Barbara', 'Patricia', 'Gary', 'Larry', 'Dennis', 'Donna', 'Deborah')
                THEN strftime('%Y', date_of_birth) END) AS older,
       avg(CASE WHEN first_name IN ('Ashley', 'Brittany', 'Tyler', 'Kayla', 'Emily', 'Hannah', 'Jacob', 'Madison')
                THEN strftime('%Y', date_of_birth) END) AS younger
FROM borrowers
HAVING NOT coalesce(older < younger - 12, 1);

-- An area code is one that is given in the United States.
SELECT id, phone FROM borrowers WHERE substr(phone, 2, 3) NOT IN (
    '201', '202', '203', '205', '206', '207', '208', '209', '210', '212', '213', '214', '215', '216', '217', '218',
    '219', '220', '223', '224', '225', '227', '228', '229', '231', '234', '239', '240', '248', '251', '253', '254',
    '256', '260', '262', '267', '269', '270', '272', '279', '281', '283', '301', '302', '303', '304', '305', '307',
    '308', '309', '310', '312', '313', '314', '315', '316', '317', '318', '319', '320', '321', '323', '325', '326',
    '330', '331', '332', '334', '336', '337', '339', '341', '346', '347', '350', '351', '352', '360', '361', '364',
    '380', '385', '386', '401', '402', '404', '405', '406', '407', '408', '409', '410', '412', '413', '414', '415',
    '417', '419', '423', '424', '425', '430', '432', '434', '435', '440', '442', '443', '445', '447', '448', '458',
    '463', '464', '469', '470', '472', '475', '478', '479', '480', '484', '501', '502', '503', '504', '505', '507',
    '508', '509', '510', '512', '513', '515', '517', '518', '520', '530', '531', '534', '539', '540', '541', '551',
    '557', '559', '561', '562', '563', '564', '567', '570', '571', '572', '573', '574', '575', '580', '582', '585',
    '586', '601', '602', '603', '605', '607', '608', '609', '610', '612', '614', '615', '616', '617', '619', '620',
    '623', '626', '628', '629', '630', '636', '640', '646', '650', '651', '656', '657', '659', '660', '661', '662',
    '667', '669', '678', '680', '681', '682', '689', '701', '702', '703', '704', '706', '707', '708', '712', '713',
    '714', '715', '716', '717', '718', '719', '720', '724', '725', '726', '727', '731', '732', '734', '737', '740',
    '743', '747', '754', '757', '760', '762', '763', '765', '769', '770', '771', '773', '774', '775', '779', '781',
    '785', '786', '801', '802', '803', '804', '805', '806', '808', '810', '812', '813', '814', '815', '816', '817',
    '818', '820', '826', '828', '830', '831', '832', '835', '838', '839', '840', '843', '847', '848', '850', '854',
    '856', '857', '858', '859', '860', '862', '863', '864', '865', '870', '872', '878', '901', '903', '904', '906',
    '907', '908', '909', '910', '912', '913', '914', '915', '916', '917', '918', '919', '920', '925', '928', '929',
    '930', '931', '937', '938', '940', '941', '943', '945', '947', '948', '949', '951', '952', '954', '956', '959',
    '970', '971', '972', '973', '978', '980', '983', '984', '985', '986', '989');

-- No two borrowers have one e-mail address, and each begins with letters of a name of its borrower.
SELECT id, first_name, last_name, email FROM borrowers
WHERE substr(email, 1, 1) NOT IN (lower(substr(first_name, 1, 1)), lower(substr(last_name, 1, 1)))
  AND first_name NOT IN ('Alfred', 'Amanda', 'Andrew', 'Anthony', 'Elizabeth', 'Eugene', 'Gerald', 'Isabella', 'Margaret',
                         'Michelle', 'Olivia', 'Rebecca', 'Robert', 'Vanessa', 'Virginia', 'William')
UNION ALL
SELECT min(id), min(first_name), min(last_name), email FROM borrowers GROUP BY email HAVING count(*) > 1;

-- E-mail addresses are of several patterns: no more than four of ten are of one, and some have two digits of a year.
SELECT avg(email LIKE lower(first_name) || '.' || lower(last_name) || '@%') AS dotted,
       avg(email LIKE lower(first_name) || lower(last_name) || '@%') AS joined,
       avg(email LIKE lower(substr(first_name, 1, 1)) || lower(last_name) || '@%') AS initial,
       avg(email LIKE lower(first_name) || '#_' || lower(last_name) || '@%' ESCAPE '#') AS underscored,
       avg(email GLOB '*[a-z][0-9][0-9]@*') AS years
FROM borrowers
HAVING NOT (dotted BETWEEN 0.10 AND 0.40 AND joined BETWEEN 0.05 AND 0.30 AND initial BETWEEN 0.06 AND 0.30
            AND underscored BETWEEN 0.01 AND 0.20 AND years BETWEEN 0.05 AND 0.30);

-- A number of four digits or more follows only a name that an earlier one of the borrowers has, and that is few.
WITH addresses AS (
    SELECT id, email, substr(email, 1, instr(email, '@') - 1) AS local, substr(email, instr(email, '@')) AS host FROM borrowers),
numbered AS (
    SELECT id, email, rtrim(local, '0123456789') || host AS plain FROM addresses WHERE local GLOB '*[0-9][0-9][0-9][0-9]')
SELECT numbered.email FROM numbered
WHERE plain NOT IN (SELECT email FROM borrowers)
  AND NOT EXISTS (SELECT 1 FROM borrowers AS other
                  WHERE other.email LIKE replace(plain, '@', '__@') AND other.email GLOB '*[a-z][0-9][0-9]@*');

-- Four of ten to six of ten borrowers are with one provider, and others with four or more.
WITH hosts AS (SELECT substr(email, instr(email, '@') + 1) AS host, count(*) AS n FROM borrowers GROUP BY host)
SELECT max(n) * 1.0 / sum(n) AS largest, count(*) AS hosts FROM hosts HAVING NOT (largest BETWEEN 0.38 AND 0.62 AND hosts >= 5);
