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

-- A ZIP code begins with three digits that the Postal Service gives to the patient's state.
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
SELECT id, state, zip_code FROM patients
WHERE NOT EXISTS (SELECT 1 FROM sections WHERE sections.state = patients.state
                  AND substr(zip_code, 1, 3) BETWEEN low AND high);

-- An area code is one of the patient's state.
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
SELECT id, state, phone FROM patients JOIN areas USING (state) WHERE instr(codes, substr(phone, 2, 3)) = 0
UNION ALL
SELECT id, state, phone FROM patients WHERE state NOT IN (SELECT state FROM areas);

-- Ids of patients, visits, prescriptions and claims rise with the day on which they are written down, over the whole table.
SELECT 'patients' AS of, id, at FROM (SELECT patients.id, registered_on AS at, max(registered_on) OVER (ORDER BY patients.id) AS latest FROM patients)
WHERE at < latest
UNION ALL
SELECT 'visits' AS of, id, at FROM (SELECT visits.id, visited_at AS at, max(visited_at) OVER (ORDER BY visits.id) AS latest FROM visits)
WHERE at < latest
UNION ALL
SELECT 'prescriptions' AS of, id, at FROM (SELECT prescriptions.id, visited_at AS at, max(visited_at) OVER (ORDER BY prescriptions.id) AS latest FROM prescriptions JOIN visits ON visits.id = visit_id)
WHERE at < latest
UNION ALL
SELECT 'claims' AS of, id, at FROM (SELECT claims.id, submitted_on AS at, max(submitted_on) OVER (ORDER BY claims.id) AS latest FROM claims)
WHERE at < latest;

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

-- An insurer has patients where it does business: Kaiser Permanente in eight states and Washington, D.C.; no Cigna in Wyoming.
SELECT id, state, insurance_provider FROM patients
WHERE (insurance_provider = 'Kaiser Permanente'
       AND state NOT IN ('CA', 'CO', 'GA', 'HI', 'MD', 'OR', 'VA', 'WA', 'DC'))
   OR (insurance_provider = 'Cigna' AND state IN ('AK', 'HI', 'MT', 'ND', 'SD', 'VT', 'WY'))
   OR (insurance_provider = 'Humana' AND state IN ('CA', 'NY', 'NJ', 'MA', 'WA', 'OR', 'MD'))
   OR (insurance_provider = 'Aetna' AND state IN ('VT', 'HI'));

-- A chronic condition fits the age: nobody below 45 has an illness of later life.
SELECT id, date_of_birth, chronic_condition, second_condition, third_condition FROM patients
WHERE date_of_birth > date(:as_of, '-45 years')
  AND (chronic_condition IN ('Hypertension', 'Type 2 diabetes', 'Osteoporosis')
       OR second_condition IN ('High cholesterol', 'Osteoarthritis', 'Chronic kidney disease')
       OR third_condition IN ('Coronary artery disease', 'COPD', 'Atrial fibrillation', 'Heart failure'));

-- Chronic conditions come with age: a fifth of the children have one, and four fifths of those from 66 on.
SELECT avg(CASE WHEN date_of_birth > date(:as_of, '-18 years') THEN chronic_condition IS NOT NULL END) AS children,
       avg(CASE WHEN date_of_birth <= date(:as_of, '-66 years') THEN chronic_condition IS NOT NULL END) AS seniors
FROM patients
HAVING NOT (children BETWEEN 0.05 AND 0.42 AND seniors BETWEEN 0.60 AND 0.97);

-- Chronic conditions accumulate: nobody has a second without a first one, or the same twice.
SELECT id, chronic_condition, second_condition, third_condition FROM patients
WHERE (chronic_condition IS NULL AND second_condition IS NOT NULL)
   OR (second_condition IS NULL AND third_condition IS NOT NULL)
   OR second_condition IN (chronic_condition, third_condition) OR chronic_condition = third_condition;

-- Of those from 65 on about 61 % have two chronic conditions or more, of those from 45 to 64 a fifth to two fifths, and few below.
SELECT avg(CASE WHEN date_of_birth <= date(:as_of, '-65 years') THEN second_condition IS NOT NULL END) AS seniors,
       avg(CASE WHEN date_of_birth > date(:as_of, '-65 years') AND date_of_birth <= date(:as_of, '-45 years')
                THEN second_condition IS NOT NULL END) AS middle,
       avg(CASE WHEN date_of_birth > date(:as_of, '-45 years') THEN second_condition IS NOT NULL END) AS young
FROM patients
HAVING NOT (seniors BETWEEN 0.46 AND 0.76 AND middle BETWEEN 0.15 AND 0.45 AND young < 0.20);

-- Patients register within twelve years before as-of, and not before they are born.
SELECT id, date_of_birth, registered_on FROM patients
WHERE registered_on < date_of_birth OR registered_on < date(:as_of, '-12 years', '-1 day')
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

-- A follow-up leads to an earlier visit of the same patient, which is no follow-up itself, and comes within four weeks of it.
SELECT later.id, later.visited_at, first.visited_at
FROM visits AS later JOIN visits AS first ON first.id = later.follow_up_of
WHERE first.id >= later.id OR first.patient_id <> later.patient_id OR first.follow_up_of IS NOT NULL
   OR later.visited_at < first.visited_at
   OR date(later.visited_at) > date(first.visited_at, '+28 days');

-- Every follow-up follows a visit; who comes back out of office hours is seen by emergency medicine.
SELECT id, visit_type, follow_up_of FROM visits
WHERE (visit_type = 'follow-up' AND follow_up_of IS NULL)
   OR (visit_type = 'routine' AND follow_up_of IS NOT NULL);

-- A follow-up is for the reason of the visit that it follows, and keeps its diagnosis, up to a stage or the kind of encounter; a laceration that was sewn is followed by the removal of the sutures, or a check, and a check-up by what it found.
SELECT later.id, first.diagnosis_code, later.diagnosis_code
FROM visits AS later JOIN visits AS first ON first.id = later.follow_up_of
WHERE later.reason <> first.reason
   OR (substr(later.diagnosis_code, 1, 3) <> substr(first.diagnosis_code, 1, 3)
       AND NOT (first.diagnosis_code IN ('S61.219A', 'S01.81XA') AND later.diagnosis_code IN ('Z48.02', 'Z09'))
       AND NOT (first.reason IN ('Annual physical', 'Well-child visit') AND later.diagnosis_code IN ('R79.89', 'R01.1')));

-- Sutures are removed five days to two weeks after a laceration of the same patient.
SELECT later.id, first.diagnosis_code, first.visited_at, later.visited_at
FROM visits AS later LEFT JOIN visits AS first ON first.id = later.follow_up_of
WHERE later.diagnosis_code = 'Z48.02'
  AND NOT coalesce(first.diagnosis_code IN ('S61.219A', 'S01.81XA')
                   AND date(later.visited_at) <= date(first.visited_at, '+14 days'), 0);

-- Of the follow-ups after a laceration a fifth or more remove its sutures.
SELECT avg(later.diagnosis_code = 'Z48.02') AS share, count(*) AS lacerations
FROM visits AS later JOIN visits AS first ON first.id = later.follow_up_of
WHERE first.diagnosis_code IN ('S61.219A', 'S01.81XA')
HAVING lacerations >= 40 AND share < 0.20;

-- Prenatal visits of a patient come in a series: the next one three to five weeks after the one before, and all within nine months.
WITH prenatal AS (
    SELECT patient_id, visited_at, lag(visited_at) OVER of_patient AS before, min(visited_at) OVER of_patient AS first
    FROM visits WHERE reason = 'Prenatal visit' WINDOW of_patient AS (PARTITION BY patient_id ORDER BY visited_at))
SELECT * FROM prenatal
WHERE julianday(date(visited_at)) - julianday(date(before)) NOT BETWEEN 20 AND 37
   OR julianday(visited_at) - julianday(first) > 280;

-- Nearly every pregnancy is seen more than once.
WITH series AS (
    SELECT count(*) AS visits FROM visits WHERE reason = 'Prenatal visit' GROUP BY patient_id)
SELECT avg(visits > 1) AS share, count(*) AS pregnancies FROM series HAVING pregnancies > 4 AND share < 0.60;

-- The trimesters of a pregnancy come in their order.
SELECT a.patient_id, a.diagnosis_code, b.diagnosis_code
FROM visits AS a JOIN visits AS b ON a.patient_id = b.patient_id AND a.visited_at < b.visited_at
WHERE a.diagnosis_code LIKE 'Z34.8%' AND b.diagnosis_code LIKE 'Z34.8%' AND a.diagnosis_code > b.diagnosis_code;

-- Nobody from three years on has two yearly physicals within ten months.
SELECT a.patient_id, a.visited_at, b.visited_at
FROM visits AS a JOIN visits AS b ON a.patient_id = b.patient_id AND a.visited_at < b.visited_at
WHERE a.reason IN ('Annual physical', 'Well-child visit') AND b.reason IN ('Annual physical', 'Well-child visit')
  AND a.age >= 3 AND b.follow_up_of IS NULL AND a.follow_up_of IS NULL
  AND date(b.visited_at) < date(a.visited_at, '+300 days');

-- Diseases do not go back by a stage.
WITH stages (code, disease, stage) AS (
    VALUES ('N18.2', 'kidney', 2), ('N18.3', 'kidney', 3), ('N18.30', 'kidney', 3),
           ('E11.9', 'diabetes', 1), ('E11.65', 'diabetes', 2), ('E11.42', 'diabetes', 3),
           ('I48.91', 'fibrillation', 1), ('I48.2', 'fibrillation', 2), ('I48.20', 'fibrillation', 2),
           ('I50.9', 'heart failure', 1), ('I50.22', 'heart failure', 2),
           ('J45.20', 'asthma', 1), ('J45.30', 'asthma', 2), ('J45.40', 'asthma', 3)),
staged AS (
    SELECT patient_id, visited_at, disease, stage, visit_type
    FROM visits JOIN stages ON code = diagnosis_code)
SELECT a.patient_id, a.disease, a.visited_at, a.stage, b.visited_at, b.stage
FROM staged AS a JOIN staged AS b USING (patient_id, disease)
WHERE a.visited_at < b.visited_at AND a.stage > b.stage;

-- A diagnosis has a code of ICD-10-CM that is valid on the day: some began, and others ended, on the first of an October.
WITH changed (day, ended, began) AS (
    VALUES ('2019-10-01', 'I48.2', 'I48.20'), ('2020-10-01', 'N18.3', 'N18.30'), ('2020-10-01', 'K21.0', 'K21.00'),
           ('2020-10-01', 'R51', 'R51.9'), ('2021-10-01', 'M54.5', 'M54.50'), ('2021-10-01', '', 'F32.A'))
SELECT id, visited_at, diagnosis_code FROM visits JOIN changed ON diagnosis_code IN (ended, began)
WHERE diagnosis_code = CASE WHEN date(visited_at) < day THEN began ELSE ended END;

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

-- Hardly any visit that is no emergency is on the fourth of July, at Christmas or on New Year's Day.
SELECT count(*) AS n, avg(strftime('%m-%d', visited_at) IN ('07-04', '12-25', '01-01')) AS share
FROM visits WHERE visit_type <> 'emergency'
HAVING share > 0.004 + 2.5 * sqrt(0.004 / n);

-- Insurers decide on weekdays.
SELECT id, resolved_on FROM claims WHERE strftime('%w', resolved_on) IN ('0', '6');

-- Patients come from year to year: in each of the twelve no fewer register than two thirds of the mean of those before, and no more than three halves.
WITH years AS (
    SELECT CAST((julianday(:as_of) - julianday(registered_on) - 1) / 365.3 AS INTEGER) AS ago, count(*) AS n
    FROM patients GROUP BY ago),
sides AS (SELECT ago, n, avg(n) OVER (ORDER BY ago DESC ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) AS before FROM years)
SELECT * FROM sides
WHERE ago BETWEEN 0 AND 10 AND (SELECT count(*) FROM patients) >= 400
  AND (n < 0.67 * before - 2.5 * sqrt(before) OR n > 1.5 * before + 2.5 * sqrt(before));

-- Visits neither heap up nor thin out: in a quarter of a year there are from 0.6 to 1.7 times as many as in the same one a year before.
WITH quarters AS (
    SELECT CAST((julianday(:as_of) - julianday(visited_at)) / 91.31 AS INTEGER) AS ago, count(*) AS n FROM visits GROUP BY ago)
SELECT now.ago, now.n, before.n FROM quarters AS now JOIN quarters AS before ON before.ago = now.ago + 4
WHERE now.ago < 12 AND (SELECT count(*) FROM visits) >= 1000
  AND (now.n < 0.6 * before.n - 3 * sqrt(before.n) OR now.n > 1.7 * before.n + 3 * sqrt(before.n));

-- Emergencies, and nothing else, are seen by emergency medicine.
SELECT id, visit_type, specialty FROM visits
WHERE (visit_type = 'emergency') <> (specialty = 'Emergency Medicine');

-- A diagnosis code has one name.
SELECT diagnosis_code FROM visits GROUP BY diagnosis_code HAVING count(DISTINCT diagnosis_name) > 1;

-- A provider has one NPI and one specialty.
SELECT provider_name FROM visits GROUP BY provider_name
HAVING count(DISTINCT provider_npi) > 1 OR count(DISTINCT specialty) > 1;

-- A provider works in one state.
SELECT provider_npi, count(DISTINCT state) AS states
FROM visits JOIN patients ON patients.id = patient_id
GROUP BY provider_npi HAVING states > 1;

-- Only women from 18 to 42 are pregnant, only men from 50 on have prostate trouble, and only women from 46 to 62 that of menopause.
SELECT visits.id, sex, age, diagnosis_code
FROM visits JOIN patients ON patients.id = patient_id
WHERE ((diagnosis_code LIKE 'O%' OR diagnosis_code LIKE 'Z34%') AND NOT (sex = 'F' AND age BETWEEN 18 AND 42))
   OR (diagnosis_code IN ('N40.1', 'R97.20') AND NOT (sex = 'M' AND age >= 50))
   OR (diagnosis_code LIKE 'N95%' AND NOT (sex = 'F' AND age BETWEEN 46 AND 62));

-- Check-ups and illnesses of children are those of children, and those of later life are not.
SELECT id, age, diagnosis_code FROM visits
WHERE (diagnosis_code IN ('Z00.129', 'Z00.121') AND age >= 18 AND follow_up_of IS NULL)
   OR (diagnosis_code IN ('H66.90', 'B08.4', 'B01.9', 'J05.0') AND age >= 14)
   OR (diagnosis_code IN ('Z00.00', 'Z00.01') AND age < 18)
   OR (age < 39 AND (diagnosis_code LIKE 'E11%' OR diagnosis_code LIKE 'I%' OR diagnosis_code LIKE 'J44%'
                     OR diagnosis_code LIKE 'N18%' OR diagnosis_code LIKE 'M81%' OR diagnosis_code LIKE 'M1%'));

-- Who comes because of a chronic condition has it.
SELECT visits.id, reason, chronic_condition, second_condition, third_condition
FROM visits JOIN patients ON patients.id = patient_id
WHERE reason IN (SELECT chronic_condition FROM patients UNION SELECT second_condition FROM patients
                 UNION SELECT third_condition FROM patients)
  AND reason NOT IN (coalesce(chronic_condition, ''), coalesce(second_condition, ''), coalesce(third_condition, ''));

-- Chronically ill patients come because of it, in a quarter of their visits or more.
SELECT avg(reason IN (chronic_condition, coalesce(second_condition, ''), coalesce(third_condition, ''))) AS share
FROM visits JOIN patients ON patients.id = patient_id
WHERE chronic_condition IS NOT NULL
HAVING share < 0.25;

-- More than four fifths of influenza is diagnosed from November to March.
SELECT avg(strftime('%m', visited_at) IN ('11', '12', '01', '02', '03')) AS in_winter
FROM visits WHERE diagnosis_code LIKE 'J10%' OR diagnosis_code LIKE 'J11%'
HAVING in_winter < 0.80;

-- Blood pressure rises with age: from 60 years on it is higher than below 30.
SELECT avg(CASE WHEN age >= 60 THEN systolic_bp END) AS seniors, avg(CASE WHEN age < 30 THEN systolic_bp END) AS young
FROM visits HAVING NOT seniors > young + 5;

-- Blood pressure is higher with hypertension, among people of like age.
SELECT avg(CASE WHEN chronic_condition = 'Hypertension' THEN systolic_bp END) AS with_it,
       avg(CASE WHEN chronic_condition IS NOT 'Hypertension' THEN systolic_bp END) AS without
FROM visits JOIN patients ON patients.id = patient_id
WHERE age BETWEEN 50 AND 80
HAVING NOT with_it > without + 6;

-- A prescription is written on the day of its visit.
SELECT prescriptions.id, visited_at, prescribed_on
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE prescribed_on <> date(visited_at);

-- Two visits of three have a prescription, or nearly so.
SELECT avg(EXISTS (SELECT 1 FROM prescriptions WHERE visit_id = visits.id)) AS share FROM visits
HAVING NOT share BETWEEN 0.60 AND 0.73;

-- The vaccine against influenza is given from September to January.
SELECT id, medication, prescribed_on FROM prescriptions
WHERE medication = 'Influenza vaccine' AND strftime('%m', prescribed_on) NOT IN ('09', '10', '11', '12', '01');

-- The first prescription of a visit treats the diagnosis or is a vaccine, and the second one helps beside it.
SELECT id, item, line FROM prescriptions
WHERE (item = 1 AND line NOT IN ('first-line', 'vaccine')) OR (item = 2 AND line <> 'supportive');

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

-- Medications fit the age: no stimulant below 6, no tablet or capsule that is swallowed below 6, and no syrup for adults.
SELECT prescriptions.id, age, medication, dosage
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE (age < 6 AND medication IN ('Concerta', 'Vyvanse', 'Intuniv', 'Kapvay'))
   OR (age < 6 AND (dosage LIKE '%capsule' OR (dosage LIKE '%tablet' AND dosage NOT LIKE '%chewable%')))
   OR (age < 12 AND medication IN ('Naproxen', 'Prednisone', 'Macrobid', 'Doxycycline', 'Boostrix'))
   OR (age >= 13 AND dosage LIKE '%mg/5 mL%');

-- Only children below 13 are dosed by weight, and all who are below 13 and take a liquid of a common antibiotic or painkiller.
SELECT prescriptions.id, age, medication, directions
FROM prescriptions JOIN visits ON visits.id = visit_id
WHERE (age >= 13 AND directions LIKE '%by weight%')
   OR (age < 13 AND dosage LIKE '%mg/5 mL suspension' AND directions NOT LIKE '%by weight%');

-- What treats a chronic condition is refilled, but for stimulants; antibiotics are not.
SELECT prescriptions.id, medication, refills
FROM prescriptions JOIN visits ON visits.id = visit_id JOIN patients ON patients.id = patient_id
WHERE (reason IN (chronic_condition, second_condition, third_condition) AND line = 'first-line' AND refills = 0
       AND reason <> 'ADHD')
   OR (medication IN ('Amoxicillin', 'Augmentin', 'Zithromax', 'Keflex', 'Macrobid') AND refills > 0);

-- A prescription is active for 30 days, and for 30 more with each refill.
SELECT id, prescribed_on, refills, status FROM prescriptions
WHERE (status = 'active') <> (date(prescribed_on, '+' || 30 * (refills + 1) || ' days') > :as_of);

-- A claim is submitted within 20 days after its visit, or more than 90 days after and is then denied as filed too late; none is after as-of.
SELECT claims.id, visited_at, submitted_on, status, denial_reason
FROM claims JOIN visits ON visits.id = visit_id
WHERE submitted_on < date(visited_at) OR submitted_on > :as_of
   OR (submitted_on > date(visited_at, '+20 days') AND submitted_on <= date(visited_at, '+90 days'))
   OR (status = 'denied' AND (submitted_on > date(visited_at, '+90 days')) <> (denial_reason = 'Filed too late'))
   OR (status = 'paid' AND submitted_on > date(visited_at, '+90 days'));

-- A claim goes to the patient's insurer, but for those of before Medicare; to Medicare goes nothing from before 65.
SELECT claims.id, claims.insurance_provider, patients.insurance_provider, age
FROM claims JOIN visits ON visits.id = visit_id JOIN patients ON patients.id = patient_id
WHERE (claims.insurance_provider <> patients.insurance_provider
       AND NOT (patients.insurance_provider = 'Medicare' AND age < 65))
   OR (claims.insurance_provider = 'Medicare' AND age < 65);

-- An emergency costs at least three times as much as a routine visit, on average.
SELECT avg(CASE visit_type WHEN 'emergency' THEN billed_amount END) AS emergency,
       avg(CASE visit_type WHEN 'routine' THEN billed_amount END) AS routine
FROM claims JOIN visits ON visits.id = visit_id
HAVING emergency < 3 * routine;

-- A claim is as high as the case is grave: a heart attack costs at least three times as much as a sprain.
SELECT avg(CASE WHEN diagnosis_code IN ('I21.4', 'K35.80', 'I20.0') THEN billed_amount END) AS grave,
       avg(CASE WHEN diagnosis_code IN ('S93.401A', 'S61.219A', 'S01.81XA', 'L03.115') THEN billed_amount END) AS light
FROM claims JOIN visits ON visits.id = visit_id
WHERE visit_type = 'emergency'
HAVING grave < 3 * light;

-- Each insurer allows its share of what is billed: Medicaid the least, Medicare more, and most others half or more.
SELECT insurance_provider, avg(allowed_amount / billed_amount) AS share FROM claims GROUP BY insurance_provider
HAVING share NOT BETWEEN CASE insurance_provider WHEN 'Medicaid' THEN 0.25 WHEN 'Medicare' THEN 0.33
                                                 WHEN 'Humana' THEN 0.45 ELSE 0.50 END
                     AND CASE insurance_provider WHEN 'Medicaid' THEN 0.35 WHEN 'Medicare' THEN 0.43
                                                 WHEN 'Kaiser Permanente' THEN 0.90 ELSE 0.71 END;

-- Preventive visits are free for the patient where they are paid.
SELECT claims.id, diagnosis_code, patient_share FROM claims JOIN visits ON visits.id = visit_id
WHERE status = 'paid' AND diagnosis_code IN ('Z00.00', 'Z00.01', 'Z00.129', 'Z00.121') AND patient_share <> 0;

-- Medicare pays four fifths of what it allows, but for preventive visits.
SELECT claims.id, allowed_amount, paid_amount FROM claims JOIN visits ON visits.id = visit_id
WHERE status = 'paid' AND insurance_provider = 'Medicare' AND diagnosis_code NOT LIKE 'Z00.%'
  AND abs(paid_amount - 0.8 * allowed_amount) > 0.01;

-- A denial has a reason that can be: emergencies need no authorization and no network, preventive visits are covered, and Medicare has no network.
SELECT claims.id, visit_type, insurance_provider, denial_reason FROM claims JOIN visits ON visits.id = visit_id
WHERE (visit_type = 'emergency' AND denial_reason IN ('Prior authorization missing', 'Out of network'))
   OR (diagnosis_code LIKE 'Z00.%' AND denial_reason NOT IN ('Coding error', 'Filed too late'))
   OR (insurance_provider = 'Medicare' AND denial_reason IN ('Out of network', 'Prior authorization missing'));

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
