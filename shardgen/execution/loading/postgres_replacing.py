"""
PostgreSQL: rows that stand in staging take the place of a table's own, and of nothing else.

All of it is one transaction. The keys that lead to the table are dropped before its rows go, so
that nothing cascades, and are made again as they were when the new rows are there, which checks
them; its triggers and rules are off meanwhile. Whatever ends it early leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading.children import is_lost, lost_rows
from shardgen.output.sql.postgres import Postgres
from shardgen.schema.catalog_tables import CatalogTable

if TYPE_CHECKING:
    from psycopg import Connection

_LIKE = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY"
_TABLE = "SELECT oid, relkind FROM pg_class WHERE oid = %s::regclass"
_KEYS = """
    SELECT quote_ident(conname), conrelid::regclass::text, confrelid, conrelid,
      pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'),
      array(SELECT quote_ident(attname) FROM unnest(conkey) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
      array(SELECT quote_ident(attname) FROM unnest(confkey) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
    FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND confrelid = ANY(%s)
    ORDER BY pg_constraint.conrelid, conname
"""
_SWITCHED = """
    SELECT 'TRIGGER', quote_ident(tgname), tgenabled FROM pg_trigger
    WHERE tgrelid = %(table)s AND NOT tgisinternal AND tgenabled <> 'D'
    UNION ALL SELECT 'RULE', quote_ident(rulename), ev_enabled FROM pg_rewrite
    WHERE ev_class = %(table)s AND rulename <> '_RETURN' AND ev_enabled <> 'D' ORDER BY 1, 2
"""
_ENABLE = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


class Replaced(msgspec.Struct, frozen=True):
    """
    A table whose rows are replaced: with those columns that are brought.

    `real` and `staged` are its names, there and where the new rows are.
    """

    table: CatalogTable
    real: str
    staged: str
    columns: str
    oid: int
    is_partitioned: bool


class _Key(msgspec.Struct, frozen=True):
    """A foreign key to a table whose rows are replaced, with names as SQL has them."""

    name: str
    child: str
    parent: int
    child_oid: int
    definition: str
    comment: str | None
    columns: list[str]
    references: list[str]


def create_staging(real: str, staged: str) -> str:
    """
    Return the statement that makes a table for the new rows.

    It refuses what the table itself does by NULL and by CHECK, and so says of which shard it is.
    """
    return f"CREATE TABLE {staged} (LIKE {real} {_LIKE})"


class Swap:
    """The statements of the swap; to be run within a transaction, by the owner of the tables."""

    def __init__(self, connection: Connection[Any], sql: Postgres) -> None:
        """Take a connection, and the dialect for the tables themselves."""
        self._connection, self._sql = connection, sql

    def replaced(self, table: CatalogTable, staged: str) -> Replaced:
        """Look at a table whose new rows are in `staged`; `table` has the columns of these."""
        real = self._sql.table_name(table.name)
        ((oid, kind),) = self._ask(_TABLE, (real,))
        return Replaced(table, real, staged, self._sql.names(table), oid, kind == "p")

    def run(self, tables: list[Replaced]) -> None:
        """Replace the rows; DatabaseError where a child would be left without a parent."""
        self._run("SET CONSTRAINTS ALL IMMEDIATE")  # or events that wait keep tables from changes
        for each in tables:
            self._run(f"LOCK TABLE {each.real} IN ACCESS EXCLUSIVE MODE")
        keys = [_Key(*row) for row in self._ask(_KEYS, ([each.oid for each in tables],))]
        self._check(tables, keys)
        switched = [again for each in tables for again in self._switch_off(each)]
        for key in keys:
            self._run(f"ALTER TABLE {key.child} DROP CONSTRAINT {key.name}")
        for each in tables:
            only = "" if each.is_partitioned else "ONLY "
            self._run(f"TRUNCATE {only}{each.real}")
        for each in tables:
            self._run(
                f"INSERT INTO {each.real} ({each.columns}) OVERRIDING SYSTEM VALUE "
                f"SELECT {each.columns} FROM {each.staged}"
            )
        for statement in (*self._keys_again(keys), *switched):
            self._run(statement)
        for statement in self._sql.end_data((each.table for each in tables), ddl=False):
            self._run(statement)
        for each in tables:
            self._run(f"ANALYZE {each.real}")

    def _check(self, tables: Iterable[Replaced], keys: Iterable[_Key]) -> None:
        """Refuse children that lead to a row that is there, and would lead to none."""
        by_oid = {each.oid: each for each in tables}
        found = []
        for key in keys:
            parent = by_oid[key.parent]
            if key.child_oid in by_oid:
                continue
            self._run(f"LOCK TABLE {key.child} IN SHARE MODE")  # what is counted stays so
            query = lost_rows(key.child, key.columns, key.references, parent.real, parent.staged)
            ((count,),) = self._ask(query)
            if count:
                found.append(is_lost(count, key.child, key.columns, parent.table.name))
        if found:
            raise DatabaseError(f"nothing is replaced: {'; '.join(found)}")

    def _switch_off(self, each: Replaced) -> Iterator[str]:
        """Switch off triggers and rules; yield what makes each as it was."""
        for kind, name, state in self._ask(_SWITCHED, {"table": each.oid}):
            self._run(f"ALTER TABLE {each.real} DISABLE {kind} {name}")
            yield f"ALTER TABLE {each.real} {_ENABLE[state]} {kind} {name}"

    def _keys_again(self, keys: Iterable[_Key]) -> Iterator[str]:
        for key in keys:
            yield f"ALTER TABLE {key.child} ADD CONSTRAINT {key.name} {key.definition}"
            if key.comment is not None:
                comment = self._sql.string(key.comment)
                yield f"COMMENT ON CONSTRAINT {key.name} ON {key.child} IS {comment}"

    def _ask(self, query: str, values: Any = None) -> list[Any]:
        return self._connection.execute(query.encode(), values).fetchall()

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())
