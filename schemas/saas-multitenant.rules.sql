-- What holds in the data of saas-multitenant, as SQL for SQLite.
-- Each sentence is followed by a query for whatever breaks it: no rows, and the rule holds.
-- :as_of is the date that the data counts from, such as '2025-01-01'.
-- To run them in the shell of SQLite, with the dump in saas-multitenant.db:
-- sqlite3 saas-multitenant.db ".parameter init" ".parameter set :as_of \"'2025-01-01'\"" ".read saas-multitenant.rules.sql"

-- As-of is given: without it, rules that count from it would hold for anything.
SELECT 'set :as_of first' AS missing WHERE :as_of IS NULL;

-- A task's project is of the task's organization.
SELECT t.org_id, t.id FROM tasks t LEFT JOIN projects p ON p.org_id = t.org_id AND p.id = t.project_id WHERE p.id IS NULL;

-- Whoever is assigned to a task, or reports it, is a member of its organization.
SELECT t.org_id, t.id FROM tasks t
LEFT JOIN memberships a ON a.org_id = t.org_id AND a.user_id = t.assignee_id
LEFT JOIN memberships r ON r.org_id = t.org_id AND r.user_id = t.reporter_id
WHERE (t.assignee_id IS NOT NULL AND a.user_id IS NULL) OR r.user_id IS NULL;

-- Nobody is assigned a task that they report.
SELECT org_id, id FROM tasks WHERE assignee_id = reporter_id;

-- A subtask's project is its task's.
SELECT s.org_id, s.id FROM subtasks s JOIN tasks t ON t.org_id = s.org_id AND t.id = s.task_id WHERE t.project_id <> s.project_id;

-- A comment answers an earlier one on the same task.
SELECT c.org_id, c.id FROM comments c
LEFT JOIN comments p ON p.org_id = c.org_id AND p.id = c.reply_to_id
WHERE c.reply_to_id IS NOT NULL AND (p.id IS NULL OR p.task_id <> c.task_id OR p.created_at > c.created_at);

-- Whoever comments is a member of the organization.
SELECT c.org_id, c.id FROM comments c LEFT JOIN memberships m ON m.org_id = c.org_id AND m.user_id = c.author_id WHERE m.user_id IS NULL;

-- Comments on a task are in the order of their time.
SELECT org_id, id FROM (
  SELECT org_id, id, created_at, lag(created_at) OVER (PARTITION BY org_id, task_id ORDER BY id) AS before FROM comments
) WHERE created_at < before;

-- A label on a task is one of its organization, and is on it once.
SELECT l.org_id, l.task_id, l.label_id FROM task_labels l
LEFT JOIN tasks t ON t.org_id = l.org_id AND t.id = l.task_id
LEFT JOIN labels k ON k.org_id = l.org_id AND k.id = l.label_id
GROUP BY l.org_id, l.task_id, l.label_id HAVING count(t.id) <> 1 OR count(k.id) <> 1;

-- An invoice's total is the sum of its lines, and a fifth less one percent of tax.
SELECT i.org_id, i.id FROM invoices i
JOIN invoice_lines l ON l.org_id = i.org_id AND l.invoice_id = i.id
GROUP BY i.org_id, i.id
HAVING abs(sum(l.quantity * l.unit_price) - i.subtotal) > 0.005 OR abs(i.subtotal * 1.19 - i.total) > 0.006;

-- A payment pays one invoice whole, and comes after it was issued.
SELECT p.org_id, p.id FROM payments p JOIN invoices i ON i.org_id = p.org_id AND i.id = p.invoice_id
WHERE abs(p.amount - i.total) > 0.005 OR p.paid_at < i.issued_on;

-- No invoice is paid twice.
SELECT org_id, invoice_id FROM payments GROUP BY org_id, invoice_id HAVING count(*) > 1;

-- No two subscriptions of an organization overlap.
SELECT a.org_id, a.id, b.id FROM subscriptions a
JOIN subscriptions b ON b.org_id = a.org_id AND b.id > a.id AND b.starts_on <= a.ends_on AND b.ends_on >= a.starts_on;

-- What happens to a task happens after its project was created.
SELECT t.org_id, t.id FROM tasks t JOIN projects p ON p.org_id = t.org_id AND p.id = t.project_id
WHERE t.created_at < p.created_at OR t.closed_at < t.created_at;

-- Nobody joins an organization before it is there.
SELECT m.org_id, m.user_id FROM memberships m JOIN organizations o ON o.id = m.org_id WHERE m.joined_at < o.created_at;

-- Ids of the audit log rise with time.
SELECT id FROM (SELECT id, happened_at, lag(happened_at) OVER (ORDER BY id) AS before FROM audit_log) WHERE happened_at < before;

-- The audit log says in JSON what it says in its columns.
SELECT id FROM audit_log WHERE json_extract(detail, '$.action') <> action OR json_extract(detail, '$.from') <> address;

-- A flag is set once in an organization.
SELECT org_id, name FROM feature_flags GROUP BY org_id, name HAVING count(*) > 1;

-- Nothing of a user's doing lies after as-of, but for what is planned.
SELECT 'tasks' AS what, id FROM tasks WHERE created_at >= :as_of OR closed_at >= :as_of
UNION ALL SELECT 'comments', id FROM comments WHERE created_at >= :as_of
UNION ALL SELECT 'invoices', id FROM invoices WHERE issued_on > :as_of
UNION ALL SELECT 'payments', id FROM payments WHERE date(paid_at) > :as_of;
