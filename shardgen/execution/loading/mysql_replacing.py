"""
MySQL and MariaDB: rows that stand in tables beside take the place of a table's own, and no others.

A definition commits by itself there, so the swap has none: one transaction deletes, inserts and
notes itself in the ledger. Foreign keys are off in it, so that nothing cascades, and are looked at
by queries. Triggers cannot be off: a table that has some for such statements is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from shardgen.errors import DatabaseError
from shardgen.execution.loading.children import is_lost, lost_rows
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.mysql_staging import orphan_query

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Returns the rows of a query, each `%s` of which is one of the values."""

_TRIGGERS = """
    SELECT trigger_name FROM information_schema.triggers
    WHERE event_object_schema = coalesce(%s, database()) AND event_object_table = %s
    AND event_manipulation IN ('INSERT', 'DELETE') ORDER BY 1
"""
_MAY_SEE_TRIGGERS = """
    SELECT 1 FROM information_schema.user_privileges WHERE privilege_type = 'TRIGGER'
    UNION SELECT 1 FROM information_schema.schema_privileges
    WHERE privilege_type = 'TRIGGER' AND coalesce(%s, database()) LIKE table_schema
    UNION SELECT 1 FROM information_schema.table_privileges WHERE privilege_type = 'TRIGGER'
    AND table_schema = coalesce(%s, database()) AND table_name = %s
"""
_KEYS = """
    SELECT table_schema, table_name, constraint_name,
      referenced_table_schema, referenced_table_name, column_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE {side}_schema = coalesce(%s, database()) AND {side}_name = %s
    AND referenced_table_name IS NOT NULL ORDER BY 1, 2, 3, ordinal_position
"""


class Replaced(msgspec.Struct, frozen=True):
    """
    A table whose rows are replaced: with those columns that are brought, as SQL has them.

    `schema` and `name` are as the catalog has them; `real` and `staged` as SQL does, there and
    where the new rows are.
    """

    called: str
    schema: str | None
    name: str
    real: str
    staged: str
    columns: str


class _Key(msgspec.Struct):
    """A foreign key that is there, with its columns."""

    child: tuple[str, str]
    parent: tuple[str, str]
    columns: list[str]
    references: list[str]


class Swap:
    """The statements of the swap; `run` is to be within a transaction that is serializable."""

    def __init__(self, ask: Ask, tables: Sequence[Replaced]) -> None:
        """Take a connection, and the tables with their rows beside them."""
        self._ask, self._tables, self._sql = ask, tables, MySQL()

    def create_staging(self) -> Iterator[str]:
        """
        Yield the statements that make tables for the new rows.

        They refuse what the table itself does by NULL, by CHECK and by unique keys.
        """
        for each in self._tables:
            yield f"CREATE TABLE {each.staged} LIKE {each.real}"

    def refuse_triggers(self) -> None:
        """Raise DatabaseError where a trigger would fire, or where nobody can say so."""
        for each in self._tables:
            found = self._ask(_TRIGGERS, (each.schema, each.name))
            if found:
                names = ", ".join(name for (name,) in found)
                what = f"rows of {each.called} are to be replaced, and its triggers would fire"
                raise DatabaseError(f"{what}: {names}; drop them, and make them again afterwards")
            if not self._ask(_MAY_SEE_TRIGGERS, (each.schema, each.schema, each.name)):
                what = f"whether {each.called} has triggers, which would fire, cannot be seen"
                raise DatabaseError(f"{what} without a right; GRANT TRIGGER ON {each.real}")

    def run(self) -> None:
        """Replace the rows; DatabaseError where a key would lead nowhere."""
        self.refuse_triggers()
        self._check_children()
        for each in self._tables:
            self._ask(f"DELETE FROM {each.real}", ())
        for each in self._tables:
            self._ask(
                f"INSERT INTO {each.real} ({each.columns}) "
                f"SELECT {each.columns} FROM {each.staged}",
                (),
            )
        self._check_own_keys()

    def _check_children(self) -> None:
        """Refuse children that lead to a row that is there, and would lead to none."""
        found, own = [], {self._identity(each) for each in self._tables}
        for each in self._tables:
            for key in self._keys("referenced_table", each):
                if key.child in own:
                    continue
                columns = [*map(self._sql.quote, key.columns)]
                references = [*map(self._sql.quote, key.references)]
                query = lost_rows(
                    self._name(key.child), columns, references, each.real, each.staged
                )
                ((count,),) = self._ask(query, ())
                if count:
                    found.append(is_lost(count, key.child[1], key.columns, each.called))
        if found:
            raise DatabaseError(f"nothing is replaced: {'; '.join(found)}")

    def _check_own_keys(self) -> None:
        for each in self._tables:
            for key in self._keys("table", each):
                ends = [*zip(key.columns, key.references, strict=True)]
                query = orphan_query(self._sql, each.real, self._name(key.parent), ends)
                found = self._ask(query, ())
                if found:
                    raise DatabaseError(f"a key of {each.called} leads nowhere: {found[0]}")

    def _keys(self, side: str, each: Replaced) -> Iterator[_Key]:
        """Yield the keys at whose `side` a table is: that of the child, or of the parent."""
        made: dict[tuple[str, str, str], _Key] = {}
        for row in self._ask(_KEYS.format(side=side), (each.schema, each.name)):
            schema, child, name, parent_schema, parent, column, reference = row
            key = made.setdefault(
                (schema, child, name), _Key((schema, child), (parent_schema, parent), [], [])
            )
            key.columns.append(column)
            key.references.append(reference)
        yield from made.values()

    def _identity(self, each: Replaced) -> tuple[str, str]:
        """Return the names of a table as the catalog spells them."""
        query = (
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema = coalesce(%s, database()) AND table_name = %s"
        )
        ((schema, name),) = self._ask(query, (each.schema, each.name))
        return schema, name

    def _name(self, names: tuple[str, str]) -> str:
        return ".".join(map(self._sql.quote, names))
