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

-- A loan that is paid off has matured, and one that is not has not.
SELECT id, status, maturity_date FROM loans
WHERE (status = 'paid_off') <> (maturity_date <= :as_of);

-- Of 100 loans 70 are active, 25 paid off and 5 delinquent, or nearly so.
SELECT avg(status = 'active') AS active, avg(status = 'paid_off') AS paid_off,
       avg(status = 'delinquent') AS delinquent
FROM loans
HAVING NOT (active BETWEEN 0.60 AND 0.80 AND paid_off BETWEEN 0.16 AND 0.34
            AND delinquent BETWEEN 0.02 AND 0.09);

-- Payment number k is due k months after the loan was funded.
SELECT payments.id, loans.funded_date, payment_number, payment_date
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE date(payment_date, 'start of month')
        <> date(loans.funded_date, 'start of month', '+' || payment_number || ' months');

-- The payments of a loan follow each other, month by month.
SELECT id, loan_id, payment_number, before FROM (
    SELECT id, loan_id, payment_number,
           lag(payment_number) OVER (PARTITION BY loan_id ORDER BY id) AS before
    FROM payments)
WHERE payment_number <> before + 1;

-- A loan that is active or delinquent shows its first payments, from number 1.
SELECT loan_id, min(payment_number) AS first
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE loans.status <> 'paid_off'
GROUP BY loan_id HAVING first <> 1;

-- A loan that is paid off shows its last ones, up to the number of its term.
SELECT loan_id, max(payment_number) AS last, term_months
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE loans.status = 'paid_off'
GROUP BY loan_id HAVING last <> term_months;

-- Every payment is its principal and its interest, to the cent.
SELECT id, amount, principal, interest FROM payments
WHERE round(principal * 100) + round(interest * 100) <> round(amount * 100);

-- All payments of a loan but the last are equal.
SELECT loan_id, min(payments.amount) AS least, max(payments.amount) AS most
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE payment_number < term_months
GROUP BY loan_id HAVING round(100 * (most - least)) > 0;

-- What is owed after payment k of n is A (qⁿ - qᵏ)/(qⁿ - 1), so principals sum to the amount over the term.
SELECT id, principal, owed_before - owed_after AS expected FROM (
    SELECT payments.id, principal,
           round(loans.amount * (power(q, n) - power(q, k - 1)) / (power(q, n) - 1), 2) AS owed_before,
           round(loans.amount * (power(q, n) - power(q, k)) / (power(q, n) - 1), 2) AS owed_after
    FROM (SELECT id, amount, 1 + interest_rate / 1200.0 AS q, term_months AS n FROM loans) AS loans
    JOIN (SELECT id, loan_id, principal, payment_number AS k FROM payments) AS payments
      ON payments.loan_id = loans.id)
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

-- The first payment of a delinquent loan is late or missed.
SELECT payments.id, payments.status
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE loans.status = 'delinquent' AND payment_number = 1
  AND payments.status NOT IN ('late', 'missed');

-- Of the payments that are due on other loans hardly any is late, and none is missed.
SELECT avg(payments.status = 'late') AS late, avg(payments.status = 'missed') AS missed
FROM payments JOIN loans ON loans.id = payments.loan_id
WHERE loans.status <> 'delinquent' AND payment_date <= :as_of
HAVING late > 0.04 OR missed > 0;

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

-- Higher incomes get larger loans: their rank correlation is near 0.5.
WITH ranked AS (
    SELECT rank() OVER (ORDER BY annual_income) AS x, rank() OVER (ORDER BY amount) AS y
    FROM loans JOIN borrowers ON borrowers.id = loans.borrower_id),
centred AS (
    SELECT x - avg(x) OVER () AS x, y - avg(y) OVER () AS y FROM ranked)
SELECT sum(x * y) / sqrt(sum(x * x) * sum(y * y)) AS rho
FROM centred HAVING NOT rho BETWEEN 0.28 AND 0.68;

-- An e-mail address begins with letters of the borrower's first name.
SELECT id, first_name, email FROM borrowers
WHERE substr(email, 1, 2) <> lower(substr(first_name, 1, 2));
