"""Tables of SQLite from the rows of its pragmas and the texts in it; no query is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from shardgen.importing.described import (
    Action,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Name,
    Table,
    Trigger,
    Unread,
)
from shardgen.importing.live.rows import Row, bare
from shardgen.importing.live.sqlite_text import Key, TableText, index_text, table_text, trigger_text

_BINARY = "BINARY"
_LEFT_OUT = {
    "view": "a view has no rows of its own",
    "virtual": "the rows of a virtual table are its module's",
    "shadow": "it is the storage of a virtual table",
}


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the pragmas, by table or index, and the texts by name."""

    kinds: Mapping[str, Row]
    spellings: Mapping[str, str]
    texts: Mapping[str, str]
    columns: Mapping[str, Sequence[Row]]
    indexes: Mapping[str, Sequence[Row]]
    parts: Mapping[str, Sequence[Row]]
    keys: Mapping[str, Sequence[Row]]
    triggers: Mapping[str, Sequence[str]]

    def spelled(self, table: str) -> str:
        """Return the name of a table as it was made; a key may write it in other letters' case."""
        return self.spellings.get(table.lower(), table)

    def primary_key(self, table: str) -> tuple[str, ...]:
        """Return the columns of a primary key, in its order."""
        parts = [row for row in self.columns.get(table, ()) if row["pk"]]
        return tuple(row["name"] for row in sorted(parts, key=lambda row: int(row["pk"])))


def table_of(name: str, catalog: Catalog, rows: int | None) -> Table:
    """Return a table, whole."""
    text = table_text(catalog.texts[name])
    kind = catalog.kinds[name]
    options = (("WITHOUT ROWID", kind["without_rowid"]), ("STRICT", kind["strict"]))
    primary = [unique.name for unique in text.unique_sets if unique.primary]
    return Table(
        name=Name("", name),
        columns=tuple(_columns(name, catalog, text)),
        primary_key=catalog.primary_key(name),
        primary_key_name=primary[0] if primary else "",
        indexes=tuple(_indexes(name, catalog, text)),
        foreign_keys=tuple(_foreign_keys(name, catalog, text)),
        checks=text.checks,
        triggers=tuple(
            _trigger(trigger, catalog.texts[trigger]) for trigger in catalog.triggers.get(name, ())
        ),
        options=tuple(word for word, holds in options if holds),
        rows=rows,
    )


def left_out(name: str, catalog: Catalog) -> Unread:
    """Return what a table is that has no rows of its own."""
    kind = catalog.kinds[name]["type"]
    named = Name("", name)
    return Unread(where=name, text=f"{kind.upper()} {name}", reason=_LEFT_OUT[kind], table=named)


def _columns(table: str, catalog: Catalog, text: TableText) -> Iterator[Column]:
    counted = _counted(table, catalog)
    without_rowid = catalog.kinds[table]["without_rowid"]
    for row in catalog.columns.get(table, ()):
        name = row["name"]
        generated = text.generated.get(name)
        never_null = row["not_null"] or name == counted or (without_rowid and row["pk"])
        yield Column(
            name=name,
            type=row["type"],
            nullable=not never_null,
            default=None if generated else _default(row["dflt_value"]),
            generated=generated,
            counts=name == counted,
            collation=text.collations.get(name),
        )


def _default(text: str | None) -> str | None:
    return None if text is None or text.upper() == "NULL" else bare(text)


def _counted(table: str, catalog: Catalog) -> str | None:
    """Return the column that numbers the rows: an INTEGER PRIMARY KEY, which has no index."""
    key = catalog.primary_key(table)
    has_index = any(index["origin"] == "pk" for index in catalog.indexes.get(table, ()))
    if len(key) != 1 or has_index or catalog.kinds[table]["without_rowid"]:
        return None
    return key[0]


def _indexes(table: str, catalog: Catalog, text: TableText) -> Iterator[Index]:
    names = {unique.columns: unique.name for unique in text.unique_sets if not unique.primary}
    collations = {row["name"]: _BINARY for row in catalog.columns[table]} | text.collations
    made = []
    for row in catalog.indexes.get(table, ()):
        if row["origin"] == "pk":
            continue
        said = index_text(catalog.texts[row["name"]]) if row["name"] in catalog.texts else None
        parts = tuple(
            KeyPart(
                column=part["name"] or "",
                expression=bare(said.parts[part["seqno"]]) if said and not part["name"] else "",
                descending=bool(part["descending"]),
                collation=_other(part["coll"], collations.get(part["name"] or "", _BINARY)),
            )
            for part in catalog.parts.get(row["name"], ())
        )
        columns = tuple(part.column for part in parts)
        made.append(
            Index(
                name=names.get(columns, "") or row["name"] if said is None else row["name"],
                parts=parts,
                unique=bool(row["is_unique"]),
                constraint=row["origin"] == "u",
                where=bare(said.where) if said and said.where else None,
            )
        )
    yield from sorted(made, key=lambda index: index.name)


def _other(collation: str, usual: str) -> str | None:
    return None if collation.upper() == usual.upper() else collation


def _foreign_keys(table: str, catalog: Catalog, text: TableText) -> Iterator[ForeignKey]:
    """Yield the keys as they were written; the pragma has the last one first, without its name."""
    by_id: dict[int, list[Row]] = {}
    for row in catalog.keys.get(table, ()):
        by_id.setdefault(row["id"], []).append(row)
    written = text.keys if len(text.keys) == len(by_id) else [Key("", ())] * len(by_id)
    for rows, said in zip(by_id.values(), written, strict=True):
        parent = catalog.spelled(rows[0]["parent"])
        named = tuple(row["parent_column"] for row in rows if row["parent_column"])
        yield ForeignKey(
            name=said.name,
            columns=tuple(row["child_column"] for row in rows),
            table=Name("", parent),
            references=named or catalog.primary_key(parent),
            on_delete=msgspec.convert(rows[0]["on_delete"], Action),
            on_update=msgspec.convert(rows[0]["on_update"], Action),
            deferrable=said.deferrable,
            initially_deferred=said.initially_deferred,
        )


def _trigger(name: str, sql: str) -> Trigger:
    said = trigger_text(sql)
    return Trigger(
        name=name, timing=said.timing, events=(said.event,), condition=said.condition, body=sql
    )
