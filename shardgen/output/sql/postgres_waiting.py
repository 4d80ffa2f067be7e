"""
What PostgreSQL leaves for the end of a transaction, though its tables do not say so.

Keys wait, and triggers do not run. Settings of the transaction have the statements that undo it.
"""

from __future__ import annotations

from collections.abc import Iterable

from shardgen.output.sql.dialect import Dialect
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable

_ALTER = """
DECLARE
  key record;
  undo text := 'SELECT';
BEGIN
  FOR key IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
    WHERE contype = 'f' AND NOT condeferrable AND (conrelid, confrelid) IN ({pairs})
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE', key.name, key.conname);
    undo := undo || format('; ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE',
      key.name, key.conname);
  END LOOP;
  PERFORM set_config('shardgen.undo', undo, true);
END
"""
_OFF = """
DECLARE
  each record;
  undo text := 'SELECT';
BEGIN
  FOR each IN SELECT tgrelid::regclass AS name, tgname, CASE tgenabled WHEN 'A' THEN 'ALWAYS '
    WHEN 'R' THEN 'REPLICA ' ELSE '' END AS mode FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid IN ({tables})
  LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', each.name, each.tgname);
    undo := undo || format('; ALTER TABLE %s ENABLE %sTRIGGER %I',
      each.name, each.mode, each.tgname);
  END LOOP;
  PERFORM set_config('shardgen.triggers', undo, true);
END
"""
ON_AGAIN = "BEGIN EXECUTE current_setting('shardgen.triggers'); END"
AS_BEFORE = "BEGIN EXECUTE current_setting('shardgen.undo'); END"


def made_deferrable(dialect: Dialect, catalog: Catalog) -> str:
    """Return a block that alters the keys to later tables which are checked at once."""
    ends = sorted(
        {
            (dialect.table_name(table.name), dialect.table_name(reference.table))
            for table, reference in catalog.late_references
        }
    )
    pairs = ", ".join(
        f"({dialect.string(child)}::regclass, {dialect.string(parent)}::regclass)"
        for child, parent in ends
    )
    return " ".join(_ALTER.split()).format(pairs=pairs)


def switched_off(dialect: Dialect, tables: Iterable[CatalogTable]) -> str:
    """Return a block that disables the triggers of tables which are enabled."""
    names = (f"{dialect.string(dialect.table_name(table.name))}::regclass" for table in tables)
    return " ".join(_OFF.split()).format(tables=", ".join(names))
