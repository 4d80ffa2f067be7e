-- What holds in the data of healthcare-patients, as SQL for SQLite.
-- Each sentence is followed by a query for whatever breaks it: no rows, and the rule holds.
-- :as_of is the date that the data counts from, such as '2025-01-01'.
-- To run them in the shell of SQLite, with the dump in healthcare-patients.db:
-- sqlite3 healthcare-patients.db ".parameter init" ".parameter set :as_of \"'2025-01-01'\"" ".read healthcare-patients.rules.sql"

-- As-of is given: without it, rules that count from it would hold for anything.
SELECT 'set :as_of first' AS missing WHERE :as_of IS NULL;

-- Patients are 0 to 100 years old.
SELECT id, date_of_birth FROM patients
WHERE date_of_birth > :as_of OR date_of_birth <= date(:as_of, '-101 years');

-- Of 100 patients about 43 are 40 to 65 years old, and 15 are children.
SELECT avg(date_of_birth > date(:as_of, '-66 years') AND date_of_birth <= date(:as_of, '-40 years')) AS middle,
       avg(date_of_birth > date(:as_of, '-18 years')) AS children
FROM patients
HAVING NOT (middle BETWEEN 0.33 AND 0.53 AND children BETWEEN 0.08 AND 0.22);

-- A first name fits the sex.
SELECT id, first_name, sex FROM patients
WHERE sex = 'M' AND first_name IN ('Mary', 'Patricia', 'Linda', 'Barbara', 'Elizabeth', 'Jennifer', 'Susan', 'Emma')
   OR sex = 'F' AND first_name IN ('James', 'John', 'Robert', 'Michael', 'William', 'David', 'Richard', 'Joseph');

-- A first name fits the year of birth: those called Mary, Barbara, Patricia, Linda, Gary, Larry or Dennis are decades
-- older than those called Emma, Olivia, Ava, Mia, Liam, Noah or Mason.
SELECT avg(CASE WHEN first_name IN ('Mary', 'Barbara', 'Patricia', 'Linda', 'Gary', 'Larry', 'Dennis')
                THEN strftime('%Y', date_of_birth) END) AS older,
       avg(CASE WHEN first_name IN ('Emma', 'Olivia', 'Ava', 'Mia', 'Liam', 'Noah', 'Mason')
                THEN strftime('%Y', date_of_birth) END) AS younger
FROM patients
HAVING NOT coalesce(older < younger - 20, 1);

-- About half of the patients are women.
SELECT avg(sex = 'F') AS women FROM patients HAVING NOT women BETWEEN 0.41 AND 0.61;

-- A ZIP code begins with three digits that belong to one state only.
SELECT substr(zip_code, 1, 3) AS area FROM patients GROUP BY area HAVING count(DISTINCT state) > 1;

-- The most common blood types are O+ and A+, with more than a third of the patients each, or nearly so.
SELECT avg(blood_type = 'O+') AS o, avg(blood_type = 'A+') AS a, avg(blood_type LIKE 'AB%') AS ab
FROM patients
HAVING NOT (o BETWEEN 0.27 AND 0.48 AND a BETWEEN 0.25 AND 0.46 AND ab < 0.10);

-- Only from 65 years on is one insured by Medicare.
SELECT id, date_of_birth, insurance_provider FROM patients
WHERE insurance_provider = 'Medicare' AND date_of_birth > date(:as_of, '-65 years');

-- From 65 years on most are insured by Medicare.
SELECT avg(insurance_provider = 'Medicare') AS share FROM patients
WHERE date_of_birth <= date(:as_of, '-66 years')
HAVING share < 0.70;

-- A chronic condition fits the age: only children have ADHD, and nobody below 45 an illness of later life.
SELECT id, date_of_birth, chronic_condition FROM patients
WHERE (chronic_condition = 'ADHD' AND date_of_birth <= date(:as_of, '-18 years'))
   OR (chronic_condition IN ('Hypertension', 'Type 2 diabetes', 'High cholesterol', 'Osteoarthritis', 'COPD',
                             'Atrial fibrillation', 'Heart failure', 'Coronary artery disease',
                             'Chronic kidney disease', 'Osteoporosis')
       AND date_of_birth > date(:as_of, '-45 years'));

-- Chronic conditions come with age: a fifth of the children have one, and four fifths of those from 66 on.
SELECT avg(CASE WHEN date_of_birth > date(:as_of, '-18 years') THEN chronic_condition IS NOT NULL END) AS children,
       avg(CASE WHEN date_of_birth <= date(:as_of, '-66 years') THEN chronic_condition IS NOT NULL END) AS seniors
FROM patients
HAVING NOT (children BETWEEN 0.05 AND 0.42 AND seniors BETWEEN 0.60 AND 0.97);

-- Patients register within five years before as-of, and not before they are born.
SELECT id, date_of_birth, registered_on FROM patients
WHERE registered_on < date_of_birth OR registered_on < date(:as_of, '-5 years', '-1 day')
   OR registered_on > :as_of;

-- Older patients visit more: those from 60 on at least a fifth more than those below 30.
WITH visited AS (
    SELECT date_of_birth, (SELECT count(*) FROM visits WHERE patient_id = patients.id) AS visits
    FROM patients)
SELECT avg(CASE WHEN date_of_birth <= date(:as_of, '-60 years') THEN visits END) AS seniors,
       avg(CASE WHEN date_of_birth > date(:as_of, '-30 years') THEN visits END) AS young
FROM visited HAVING NOT seniors > 1.2 * young;

-- A tenth of the patients have a quarter of the visits or more.
WITH counted AS (
    SELECT count(*) AS visits, row_number() OVER (ORDER BY count(*) DESC) AS place
    FROM visits GROUP BY patient_id)
SELECT sum(CASE WHEN place <= (SELECT count(*) FROM patients) / 10 THEN visits END) * 1.0 / sum(visits) AS share
FROM counted HAVING NOT share BETWEEN 0.25 AND 0.60;

-- A visit is after its patient registered, and not after as-of.
SELECT visits.id, registered_on, visited_at
FROM visits JOIN patients ON patients.id = patient_id
WHERE date(visited_at) < registered_on OR visited_at > datetime(:as_of);

-- The age at a visit is the patient's.
SELECT visits.id, date_of_birth, visited_at, age
FROM visits JOIN patients ON patients.id = patient_id
WHERE age <> strftime('%Y', visited_at) - strftime('%Y', date_of_birth)
             - (strftime('%m-%d', visited_at) < strftime('%m-%d', date_of_birth));

-- Of 100 visits 60 are routine, 20 are emergencies and 20 follow-ups, or nearly so.
SELECT avg(visit_type = 'routine') AS routine, avg(visit_type = 'emergency') AS emergency,
       avg(visit_type = 'follow-up') AS follow_up
FROM visits
HAVING NOT (routine BETWEEN 0.54 AND 0.66 AND emergency BETWEEN 0.15 AND 0.26 AND follow_up BETWEEN 0.15 AND 0.25);

-- Routine and follow-up visits are on weekdays from 8 to 18 o'clock.
SELECT id, visited_at, visit_type FROM visits
WHERE visit_type <> 'emergency'
  AND (strftime('%w', visited_at) IN ('0', '6') OR time(visited_at) NOT BETWEEN '08:00:00' AND '17:59:59');

-- Emergencies, and nothing else, are seen by emergency medicine.
SELECT id, visit_type, specialty FROM visits
WHERE (visit_type = 'emergency') <> (specialty = 'Emergency Medicine');

-- A diagnosis code has one name.
SELECT diagnosis_code FROM visits GROUP BY diagnosis_code HAVING count(DISTINCT diagnosis_name) > 1;

-- A provider has one NPI and one specialty.
SELECT provider_name FROM visits GROUP BY provider_name
HAVING count(DISTINCT provider_npi) > 1 OR count(DISTINCT specialty) > 1;

-- Only women from 18 to 42 are pregnant, only men from 50 on have prostate trouble, and only women from 46 to 62 that of menopause.
SELECT visits.id, sex, age, diagnosis_code
FROM visits JOIN patients ON patients.id = patient_id
WHERE ((diagnosis_code LIKE 'O%' OR diagnosis_code LIKE 'Z34%') AND NOT (sex = 'F' AND age BETWEEN 18 AND 42))
   OR (diagnosis_code IN ('N40.1', 'R97.20') AND NOT (sex = 'M' AND age >= 50))
   OR (diagnosis_code LIKE 'N95%' AND NOT (sex = 'F' AND age BETWEEN 46 AND 62));

-- Check-ups and illnesses of children are those of children, and those of later life are not.
SELECT id, age, diagnosis_code FROM visits
WHERE (diagnosis_code IN ('Z00.129', 'Z00.121', 'F90.0', 'F90.2') AND age >= 18)
   OR (diagnosis_code IN ('H66.90', 'B08.4', 'B01.9', 'J05.0') AND age >= 13)
   OR (diagnosis_code IN ('Z00.00', 'Z00.01') AND age < 18)
   OR (age < 39 AND (diagnosis_code LIKE 'E11%' OR diagnosis_code LIKE 'I%' OR diagnosis_code LIKE 'J44%'
                     OR diagnosis_code LIKE 'N18%' OR diagnosis_code LIKE 'M81%' OR diagnosis_code LIKE 'M1%'));

-- Who comes because of a chronic condition has it.
SELECT visits.id, reason, chronic_condition
FROM visits JOIN patients ON patients.id = patient_id
WHERE reason IN (SELECT chronic_condition FROM patients) AND reason IS NOT chronic_condition;

-- Chronically ill patients come because of it, in more than half of their follow-ups.
SELECT avg(reason = chronic_condition) AS share
FROM visits JOIN patients ON patients.id = patient_id
WHERE chronic_condition IS NOT NULL AND visit_type = 'follow-up'
HAVING share < 0.55;

-- More than four fifths of influenza is diagnosed from November to March.
SELECT avg(strftime('%m', visited_at) IN ('11', '12', '01', '02', '03')) AS in_winter
FROM visits WHERE diagnosis_code LIKE 'J10%' OR diagnosis_code LIKE 'J11%'
HAVING in_winter < 0.80;

-- Blood pressure rises with age: from 60 years on it is higher than below 30.
SELECT avg(CASE WHEN age >= 60 THEN systolic_bp END) AS seniors, avg(CASE WHEN age < 30 THEN systolic_bp END) AS young
FROM visits HAVING NOT seniors > young + 5;

-- A prescription is written on the day of its visit.
SELECT prescriptions.id, visited_at, prescribed_on
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE prescribed_on <> date(visited_at);

-- The first prescription of a visit treats the diagnosis, and the second one helps beside it.
SELECT id, item, line FROM prescriptions
WHERE (item = 1 AND line <> 'first-line') OR (item = 2 AND line <> 'supportive');

-- The first two prescriptions of a visit are not of the same medication.
SELECT a.visit_id, a.medication FROM prescriptions a JOIN prescriptions b USING (visit_id)
WHERE a.item = 1 AND b.item = 2 AND a.medication = b.medication;

-- Medications fit the diagnosis: metformin and insulin are for diabetes, Tamiflu is for influenza, and so on.
SELECT prescriptions.id, medication, diagnosis_code
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE (medication IN ('Metformin', 'Jardiance', 'Ozempic', 'Lantus')
       AND diagnosis_code NOT LIKE 'E11%' AND diagnosis_code <> 'R73.03')
   OR (medication = 'Tamiflu' AND diagnosis_code NOT LIKE 'J10%' AND diagnosis_code NOT LIKE 'J11%')
   OR (medication = 'Synthroid' AND diagnosis_code <> 'E03.9')
   OR (medication IN ('Spiriva', 'Advair Diskus', 'Trelegy Ellipta') AND diagnosis_code <> 'J44.9')
   OR (medication IN ('Lexapro', 'Zoloft') AND diagnosis_code NOT LIKE 'F%')
   OR (medication IN ('Concerta', 'Vyvanse') AND diagnosis_code NOT LIKE 'F90%')
   OR (medication IN ('Eliquis', 'Xarelto') AND diagnosis_code NOT LIKE 'I48%')
   OR (diagnosis_code = 'E03.9' AND line = 'first-line' AND medication <> 'Synthroid');

-- Nobody below 18 gets aspirin or a statin.
SELECT prescriptions.id, age, medication
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE age < 18 AND medication IN ('Aspirin', 'Lipitor', 'Crestor', 'Simvastatin');

-- What treats a chronic condition is refilled, but for stimulants; antibiotics are not.
SELECT prescriptions.id, medication, refills
FROM prescriptions JOIN visits ON visits.id = visit_id JOIN patients ON patients.id = patient_id
WHERE (reason = chronic_condition AND line = 'first-line' AND refills = 0 AND reason <> 'ADHD')
   OR (medication IN ('Amoxicillin', 'Augmentin', 'Zithromax', 'Keflex', 'Macrobid') AND refills > 0);

-- A prescription is active for 30 days, and for 30 more with each refill.
SELECT id, prescribed_on, refills, status FROM prescriptions
WHERE (status = 'active') <> (date(prescribed_on, '+' || 30 * (refills + 1) || ' days') > :as_of);

-- A claim is submitted within 20 days after its visit, and not after as-of.
SELECT claims.id, visited_at, submitted_on
FROM claims JOIN visits ON visits.id = visit_id
WHERE submitted_on < date(visited_at) OR submitted_on > date(visited_at, '+20 days') OR submitted_on > :as_of;

-- A claim goes to the patient's insurer.
SELECT claims.id, claims.insurance_provider, patients.insurance_provider
FROM claims JOIN visits ON visits.id = visit_id JOIN patients ON patients.id = patient_id
WHERE claims.insurance_provider <> patients.insurance_provider;

-- An emergency costs at least three times as much as a routine visit, on average.
SELECT avg(CASE visit_type WHEN 'emergency' THEN billed_amount END) AS emergency,
       avg(CASE visit_type WHEN 'routine' THEN billed_amount END) AS routine
FROM claims JOIN visits ON visits.id = visit_id
HAVING emergency < 3 * routine;

-- An insurer pays no more than it allows, and allows no more than was billed.
SELECT id, billed_amount, allowed_amount, paid_amount FROM claims
WHERE allowed_amount > billed_amount OR paid_amount > allowed_amount OR paid_amount < 0 OR billed_amount <= 0;

-- What is paid and what is left to the patient add up to what is allowed, to the cent.
SELECT id, allowed_amount, paid_amount, patient_share FROM claims
WHERE status = 'paid' AND round(paid_amount + patient_share, 2) <> round(allowed_amount, 2);

-- A denied claim pays nothing, and only it gives a reason.
SELECT id, status, paid_amount, denial_reason FROM claims
WHERE (status = 'denied' AND paid_amount <> 0) OR (status = 'denied') <> (denial_reason IS NOT NULL);

-- A claim of the last two weeks is pending, and none is after two months.
SELECT id, submitted_on, status FROM claims
WHERE (submitted_on > date(:as_of, '-14 days') AND status <> 'pending')
   OR (submitted_on <= date(:as_of, '-60 days') AND status = 'pending');

-- A pending claim has paid nothing yet and is not resolved; any other is, a week later or more.
SELECT id, status, submitted_on, resolved_on, paid_amount FROM claims
WHERE (status = 'pending') <> (resolved_on IS NULL) OR (status = 'pending') <> (paid_amount IS NULL)
   OR resolved_on < date(submitted_on, '+7 days') OR resolved_on > :as_of;

-- Of 100 claims that are resolved about 9 are denied.
SELECT avg(status = 'denied') AS denied FROM claims WHERE status <> 'pending'
HAVING NOT denied BETWEEN 0.04 AND 0.15;
