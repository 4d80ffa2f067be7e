"""
What is asked of PostgreSQL's catalog: a query for each kind of thing, and none for each table.

`:tables` are the oids of the tables that were chosen. Columns that came with a later version are
read through to_jsonb, which has NULL where they are not there yet.
"""

from __future__ import annotations

_NOT_OWN = "{schema} !~ '^pg_' AND {schema} <> 'information_schema'"
_OF_EXTENSION = """EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid}
    AND e.objsubid = 0 AND e.deptype = 'e')"""

SERVER = """
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number,
       current_database() AS database,
       coalesce(current_schema(), 'public') AS schema,
       set_config('search_path', quote_ident(coalesce(current_schema(), 'public')), true)
"""

SCHEMAS = f"""
SELECT nspname AS name FROM pg_namespace WHERE {_NOT_OWN.format(schema="nspname")}
"""

RELATIONS = f"""
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       c.relispartition AS is_partition, c.reltuples::float8 AS tuples, c.relpages AS pages,
       obj_description(c.oid, 'pg_class') AS comment, c.relforcerowsecurity AS has_policies,
       CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS cut_by,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
       {_OF_EXTENSION.format(catalog="pg_class", oid="c.oid")} AS of_extension
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {_NOT_OWN.format(schema="n.nspname")}
"""

PARENTS = """
SELECT inhrelid AS child, inhparent AS parent FROM pg_inherits ORDER BY inhrelid, inhseqno
"""

COLUMNS = """
SELECT a.attrelid AS relation, a.attnum AS number, a.attname AS name, a.atttypid AS type_oid,
       format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_get_expr(d.adbin, d.adrelid) AS expression,
       ln.nspname AS collation_schema, l.collname AS collation,
       col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE a.attrelid = ANY(CAST(:tables AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

SEQUENCES = """
SELECT DISTINCT d.adrelid AS relation, d.adnum AS number, n.nspname AS schema, s.relname AS name,
       coalesce(o.refobjid = d.adrelid AND o.refobjsubid = d.adnum, false) AS owned
FROM pg_attrdef d
JOIN pg_depend u ON u.classid = 'pg_attrdef'::regclass AND u.objid = d.oid
    AND u.refclassid = 'pg_class'::regclass
JOIN pg_class s ON s.oid = u.refobjid AND s.relkind = 'S'
JOIN pg_namespace n ON n.oid = s.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = s.oid
    AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
WHERE d.adrelid = ANY(CAST(:tables AS oid[]))
ORDER BY relation, number, schema, name
"""

_NAMES = """ARRAY(
    SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.number ORDER BY k.place)"""

CONSTRAINTS = f"""
SELECT c.conrelid AS relation, c.conname AS name, c.contype::text AS kind, c.conindid AS index,
       c.condeferrable AS deferrable, c.condeferred AS deferred,
       {_NAMES.format(numbers="c.conkey", relation="c.conrelid")} AS columns,
       CASE c.contype WHEN 'c' THEN pg_get_expr(c.conbin, c.conrelid) END AS expression,
       fn.nspname AS target_schema, f.relname AS target, f.relispartition AS target_is_partition,
       {_NAMES.format(numbers="c.confkey", relation="c.confrelid")} AS target_columns,
       coalesce(c.confmatchtype = 'f', false) AS match_full,
       c.confdeltype::text AS on_delete, c.confupdtype::text AS on_update,
       ARRAY(SELECT o.oprname::text FROM unnest(c.conexclop) WITH ORDINALITY AS k(oid, place)
             JOIN pg_operator o ON o.oid = k.oid ORDER BY k.place) AS operators,
       coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) AS over_periods,
       coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) AS enforced,
       c.conislocal AS is_local
FROM pg_constraint c
LEFT JOIN pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE c.conrelid = ANY(CAST(:tables AS oid[])) AND c.contype IN ('c', 'f', 'p', 'u', 'x')
    AND (c.contype <> 'f' OR c.conparentid = 0)
ORDER BY c.conrelid, c.conname
"""

INDEXES = """
SELECT i.indexrelid AS oid, i.indrelid AS relation, x.relname AS name, m.amname AS method,
       i.indisunique AS is_unique, i.indisprimary AS is_primary,
       pg_get_expr(i.indpred, i.indrelid) AS condition,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
WHERE i.indrelid = ANY(CAST(:tables AS oid[])) AND i.indislive
ORDER BY i.indrelid, x.relname
"""

PARTS = """
SELECT i.indexrelid AS index, a.attname AS column,
       CASE k.number WHEN 0 THEN pg_get_indexdef(i.indexrelid, k.place::int, false) END
           AS expression,
       (k.option & 1) = 1 AS descending, ln.nspname AS collation_schema, l.collname AS collation
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indoption::int2[], i.indcollation::oid[])
    WITH ORDINALITY AS k(number, option, collated, place)
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
LEFT JOIN pg_collation l ON l.oid = k.collated AND k.collated <> coalesce(a.attcollation, 100)
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE i.indrelid = ANY(CAST(:tables AS oid[])) AND k.place <= i.indnkeyatts
ORDER BY i.indexrelid, k.place
"""

TRIGGERS = """
SELECT t.tgrelid AS relation, t.tgname AS name, t.tgtype::int AS kind, t.tgenabled::text AS enabled,
       pg_get_triggerdef(t.oid) AS definition, p.prosrc AS source, l.lanname AS language
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_language l ON l.oid = p.prolang
WHERE t.tgrelid = ANY(CAST(:tables AS oid[])) AND NOT t.tgisinternal
ORDER BY t.tgrelid, t.tgname
"""

FUNCTIONS = f"""
SELECT p.proname AS name, p.prosrc AS body, l.lanname AS language, p.pronargs AS count,
       coalesce(p.proargnames, '{{}}') AS parameters
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname IN ('plpgsql', 'sql') AND {_NOT_OWN.format(schema="n.nspname")}
    AND NOT {_OF_EXTENSION.format(catalog="pg_proc", oid="p.oid")}
ORDER BY name, body, parameters
"""

RULES = """
SELECT ev_class AS relation, rulename AS name, pg_get_ruledef(oid) AS definition
FROM pg_rewrite WHERE ev_class = ANY(CAST(:tables AS oid[])) AND ev_type = '3'
ORDER BY ev_class, rulename
"""

PARTITION_CHECKS = """
SELECT c.conrelid AS relation, c.conname AS name, pg_get_constraintdef(c.oid) AS definition,
       c.contype::text AS kind, ARRAY(
           SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
           JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place
       ) AS columns
FROM pg_constraint c JOIN pg_class p ON p.oid = c.conrelid
WHERE p.relispartition AND c.contype IN ('c', 'x', 'u', 'p', 'f') AND c.conislocal
    AND c.conparentid = 0 AND c.coninhcount = 0
ORDER BY c.conname, c.conrelid
"""

TYPES = f"""
SELECT t.oid, n.nspname AS schema, t.typname AS name, t.typtype::text AS kind,
       t.typarray AS array_oid, t.typrelid AS relation, t.typnotnull AS not_null,
       t.typbasetype AS base_oid, format_type(t.typbasetype, t.typtypmod) AS base,
       pg_get_expr(t.typdefaultbin, 0) AS default, quote_ident(n.nspname) AS quoted_schema,
       CASE WHEN t.typcollation <> b.typcollation THEN l.collname END AS collation,
       CASE WHEN t.typcollation <> b.typcollation THEN ln.nspname END AS collation_schema,
       {_OF_EXTENSION.format(catalog="pg_type", oid="t.oid")} AS of_extension,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
             ORDER BY e.enumsortorder) AS labels
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation l ON l.oid = t.typcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE {_NOT_OWN.format(schema="n.nspname")} AND t.typcategory <> 'A'
    AND (t.typrelid = 0 OR c.relkind = 'c')
ORDER BY schema, name
"""

FIELDS = """
SELECT a.attrelid AS relation, a.attname AS name, a.atttypid AS type_oid,
       format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

DOMAIN_CHECKS = """
SELECT contypid AS domain, conname AS name, pg_get_expr(conbin, 0) AS expression
FROM pg_constraint WHERE contype = 'c' AND contypid <> 0 ORDER BY contypid, conname
"""

COLLATIONS = f"""
SELECT n.nspname AS schema, l.collname AS name,
       coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate::text)
           AS locale
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
WHERE NOT l.collisdeterministic AND {_NOT_OWN.format(schema="n.nspname")}
ORDER BY schema, name
"""
