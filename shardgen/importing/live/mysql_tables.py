"""
Tables of MySQL and MariaDB from the rows of information_schema; no query is made here.

Both servers answer the same queries with other words: MySQL writes a literal default without its
quotes and escapes the literals within expressions once more, MariaDB writes SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from shardgen.importing.described import (
    Action,
    Check,
    Column,
    ForeignKey,
    Generated,
    Index,
    KeyPart,
    Name,
    Partitioning,
    Table,
    Trigger,
    Unread,
)
from shardgen.importing.live.rows import Row, bare, name_of

TableKey = tuple[str, str]
_ON_UPDATE = re.compile(r"on update (\S+)", re.IGNORECASE)
_NEXT = re.compile(r"nextval\(`((?:[^`]|``)*)`\.`((?:[^`]|``)*)`\)")
_ESCAPED = re.compile(r"\\([\\'])")
_NUMERIC = (
    *("tinyint", "smallint", "mediumint", "int", "bigint"),
    *("decimal", "float", "double", "year"),
)
_METHODS: dict[str, Literal["range", "list", "hash"]] = {
    "RANGE": "range",
    "RANGE COLUMNS": "range",
    "LIST": "list",
    "LIST COLUMNS": "list",
    "HASH": "hash",
    "LINEAR HASH": "hash",
    "KEY": "hash",
    "LINEAR KEY": "hash",
}


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of information_schema, by the schema and the name of their table."""

    default_schema: str
    is_mariadb: bool
    tables: Mapping[TableKey, Row]
    columns: Mapping[TableKey, Sequence[Row]]
    statistics: Mapping[TableKey, Sequence[Row]]
    constraints: Mapping[TableKey, Sequence[Row]]
    keys: Mapping[TableKey, Sequence[Row]]
    references: Mapping[TableKey, Sequence[Row]]
    checks: Mapping[TableKey, Sequence[Row]]
    triggers: Mapping[TableKey, Sequence[Row]]
    partitions: Mapping[TableKey, Sequence[Row]]

    def name(self, key: TableKey) -> Name:
        """Return the name of a table."""
        return name_of(*key, self.default_schema)

    def expression(self, text: str) -> str:
        """Return an expression as SQL."""
        return bare(text if self.is_mariadb else _ESCAPED.sub(r"\1", text), escapes=True)


def table_of(key: TableKey, catalog: Catalog) -> Table:
    """Return a table, whole."""
    row = catalog.tables[key]
    indexes = dict(_indexes(key, catalog))
    primary = indexes.pop("PRIMARY", None)
    engine = row["ENGINE"] or "InnoDB"
    return Table(
        name=catalog.name(key),
        columns=tuple(_column(column, catalog) for column in catalog.columns.get(key, ())),
        primary_key=tuple(part.column for part in primary.parts) if primary else (),
        primary_key_name="PRIMARY" if primary else "",
        indexes=tuple(indexes.values()),
        foreign_keys=tuple(_foreign_keys(key, catalog)),
        checks=tuple(
            Check(name=check["CONSTRAINT_NAME"], expression=catalog.expression(clause))
            for check, clause in _checks(key, catalog)
            if _is_enforced(check)
        ),
        triggers=tuple(_trigger(trigger) for trigger in catalog.triggers.get(key, ())),
        partitioning=_partitioning(catalog.partitions.get(key, ())),
        options=() if engine == "InnoDB" else (f"ENGINE={engine}",),
        rows=None if row["TABLE_ROWS"] is None else int(row["TABLE_ROWS"]),
        comment=row["TABLE_COMMENT"] or "",
    )


def unread_of(key: TableKey, catalog: Catalog) -> Iterator[Unread]:
    """Yield the constraints of a table that are there, and not enforced."""
    name = catalog.name(key)
    for check, clause in _checks(key, catalog):
        if not _is_enforced(check):
            text = f"CONSTRAINT {check['CONSTRAINT_NAME']} CHECK ({catalog.expression(clause)})"
            reason = "the constraint is not enforced"
            yield Unread(where=str(name), text=text, reason=reason, table=name)


def _column(row: Row, catalog: Catalog) -> Column:
    extra = row["EXTRA"] or ""
    on_update = _ON_UPDATE.search(extra)
    generated = None
    if expression := row["GENERATION_EXPRESSION"]:
        stored = "STORED" in extra.upper() or "PERSISTENT" in extra.upper()
        generated = Generated(expression=catalog.expression(expression), stored=stored)
    default, sequence = (
        (None, None) if generated else _with_sequence(_default(row, catalog), catalog)
    )
    return Column(
        name=row["COLUMN_NAME"],
        type=row["COLUMN_TYPE"],
        nullable=row["IS_NULLABLE"] == "YES",
        default=default,
        generated=generated,
        counts="auto_increment" in extra.lower(),
        sequence=sequence,
        on_update=None if on_update is None else on_update[1],
        collation=row["COLLATION_NAME"],
        comment=row["COLUMN_COMMENT"] or "",
    )


def _default(row: Row, catalog: Catalog) -> str | None:
    default = row["COLUMN_DEFAULT"]
    if default is None or (catalog.is_mariadb and default == "NULL"):
        return None
    if catalog.is_mariadb or "DEFAULT_GENERATED" in (row["EXTRA"] or ""):
        return catalog.expression(default)
    kind = row["DATA_TYPE"]
    as_it_is = (
        kind in _NUMERIC
        or (kind == "bit" and default.startswith("b'"))
        or (kind in ("binary", "varbinary") and default.startswith("0x"))
        or (kind in ("timestamp", "datetime") and default.upper().startswith("CURRENT_TIMESTAMP"))
    )
    return str(default) if as_it_is else _literal(default)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _with_sequence(default: str | None, catalog: Catalog) -> tuple[str | None, str | None]:
    """Return a default and the sequence that it reads, both without the name of the database."""
    found = _NEXT.search(default or "")
    if default is None or found is None:
        return default, None
    schema, name = (part.replace("``", "`") for part in found.groups())
    if schema == catalog.default_schema:
        default = default.replace(found[0], f"nextval(`{found[2]}`)")
    return default, str(name_of(schema, name, catalog.default_schema))


def _indexes(key: TableKey, catalog: Catalog) -> Iterator[tuple[str, Index]]:
    """Yield the indexes by their names, in the order of these."""
    parts: dict[str, list[Row]] = {}
    for row in catalog.statistics.get(key, ()):
        parts.setdefault(row["INDEX_NAME"], []).append(row)
    for name in sorted(parts):
        rows = sorted(parts[name], key=lambda row: int(row["SEQ_IN_INDEX"]))
        unique = not int(rows[0]["NON_UNIQUE"])
        yield (
            name,
            Index(
                name=name,
                parts=tuple(_part(row, catalog) for row in rows),
                unique=unique,
                constraint=unique,
                method=rows[0]["INDEX_TYPE"].lower(),
            ),
        )


def _part(row: Row, catalog: Catalog) -> KeyPart:
    whole = row["SUB_PART"] is None or row["INDEX_TYPE"] == "SPATIAL"
    return KeyPart(
        column=row["COLUMN_NAME"] or "",
        expression="" if row["COLUMN_NAME"] else catalog.expression(row.get("EXPRESSION") or ""),
        length=None if whole else int(row["SUB_PART"]),
        descending=row["COLLATION"] == "D",
    )


def _foreign_keys(key: TableKey, catalog: Catalog) -> Iterator[ForeignKey]:
    for row in catalog.references.get(key, ()):
        name = row["CONSTRAINT_NAME"]
        columns = sorted(
            (
                part
                for part in catalog.keys.get(key, ())
                if part["CONSTRAINT_NAME"] == name and part["REFERENCED_TABLE_NAME"] is not None
            ),
            key=lambda part: int(part["ORDINAL_POSITION"]),
        )
        parent = (columns[0]["REFERENCED_TABLE_SCHEMA"], columns[0]["REFERENCED_TABLE_NAME"])
        yield ForeignKey(
            name=name,
            columns=tuple(part["COLUMN_NAME"] for part in columns),
            table=catalog.name(parent),
            references=tuple(part["REFERENCED_COLUMN_NAME"] for part in columns),
            on_delete=msgspec.convert(row["DELETE_RULE"], Action),
            on_update=msgspec.convert(row["UPDATE_RULE"], Action),
        )


def _checks(key: TableKey, catalog: Catalog) -> Iterator[tuple[Row, str]]:
    """Yield the checks of a table and their clauses; MySQL has these by the schema alone."""
    if catalog.is_mariadb:  # where two checks of a table may have one name
        yield from ((row, row["CHECK_CLAUSE"]) for row in catalog.checks.get(key, ()))
        return
    clauses = {
        row["CONSTRAINT_NAME"]: row["CHECK_CLAUSE"] for row in catalog.checks.get((key[0], ""), ())
    }
    for row in catalog.constraints.get(key, ()):
        if row["CONSTRAINT_TYPE"] == "CHECK":
            yield row, clauses[row["CONSTRAINT_NAME"]]


def _is_enforced(check: Row) -> bool:
    return bool(check.get("ENFORCED", "YES") == "YES")


def _trigger(row: Row) -> Trigger:
    return Trigger(
        name=row["TRIGGER_NAME"],
        timing=row["ACTION_TIMING"],
        events=(row["EVENT_MANIPULATION"],),
        body=row["ACTION_STATEMENT"],
    )


def _partitioning(rows: Sequence[Row]) -> Partitioning | None:
    """Return how a table is cut; its subpartitions are by hash, and have room for every row."""
    if not rows or rows[0]["PARTITION_METHOD"] not in _METHODS:
        return None
    in_order = sorted(rows, key=lambda row: int(row["PARTITION_ORDINAL_POSITION"]))
    return Partitioning(
        method=_METHODS[in_order[0]["PARTITION_METHOD"]],
        by=in_order[0]["PARTITION_EXPRESSION"] or "",
        bounds=tuple(dict.fromkeys(_bound(row) for row in in_order)),
    )


def _bound(row: Row) -> str:
    values = row["PARTITION_DESCRIPTION"]
    if values is None:
        return f"PARTITION {row['PARTITION_NAME']}"
    if values == "DEFAULT":
        return "DEFAULT"
    if row["PARTITION_METHOD"].startswith("LIST"):
        return f"VALUES IN ({values})"
    if values == "MAXVALUE":
        return "VALUES LESS THAN MAXVALUE"
    return f"VALUES LESS THAN ({values})"
