"""Keys of PostgreSQL that wait for the end of a transaction, though they were not declared so."""

from __future__ import annotations

from shardgen.output.sql.dialect import Dialect
from shardgen.schema.catalog import Catalog

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
"""Keys that wait for the end of a transaction, and in a setting how they did not."""
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
