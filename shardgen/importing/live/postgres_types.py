"""The types that a PostgreSQL database has of its own, and how a column's type is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from shardgen.importing.described import Check, Collation, Composite, Domain, Enum, Name, Unread
from shardgen.importing.live.rows import Row, bare, grouped, name_of


class Types(msgspec.Struct, frozen=True):
    """
    The types by their oids.

    `written` is how those of the database's own are written, their arrays too, and `qualifiers` the
    quoted schemas of those of an extension, which are left out.
    """

    enums: tuple[Enum, ...]
    domains: tuple[Domain, ...]
    composites: tuple[Composite, ...]
    unread: tuple[Unread, ...]
    written: dict[int, str]
    qualifiers: dict[int, str]

    def text(self, row: Row) -> str:
        """Return the type of a column's row, as Column.type has it."""
        return _text(row["type_oid"], row["type"], self.written, self.qualifiers)


def types_of(
    rows: Sequence[Row], fields: Iterable[Row], checks: Iterable[Row], default_schema: str
) -> Types:
    """Return the types from the rows of the catalog."""
    own = [row for row in rows if not row["of_extension"]]
    written, qualifiers = _spellings(rows, default_schema)
    fields_of = grouped(fields, lambda row: row["relation"])
    checks_of = grouped(checks, lambda row: row["domain"])

    def of_kind(kind: str) -> list[tuple[Name, Row]]:
        """Return the types of a kind, in the order of their names."""
        found = (row for row in own if row["kind"] == kind)
        named = ((name_of(row["schema"], row["name"], default_schema), row) for row in found)
        return sorted(named, key=lambda both: both[0])

    def text(oid: int, formatted: str) -> str:
        return _text(oid, formatted, written, qualifiers)

    return Types(
        enums=tuple(Enum(name=name, labels=tuple(row["labels"])) for name, row in of_kind("e")),
        domains=tuple(
            _domain(
                name,
                row,
                text(row["base_oid"], row["base"]),
                checks_of[row["oid"]],
                collation_of(row, default_schema),
            )
            for name, row in of_kind("d")
        ),
        composites=tuple(
            Composite(
                name=name,
                fields=tuple(
                    (field["name"], text(field["type_oid"], field["type"]))
                    for field in fields_of[row["relation"]]
                ),
            )
            for name, row in of_kind("c")
        ),
        unread=tuple(_unread(name, kind) for kind in _UNREAD for name, _ in of_kind(kind)),
        written=written,
        qualifiers=qualifiers,
    )


def _text(oid: int, formatted: str, written: dict[int, str], qualifiers: dict[int, str]) -> str:
    return written.get(oid) or formatted.removeprefix(qualifiers.get(oid, ""))


def _domain(
    name: Name, row: Row, base: str, checks: Sequence[Row], collation: str | None
) -> Domain:
    return Domain(
        name=name,
        type=base,
        nullable=not row["not_null"],
        default=None if row["default"] is None else bare(row["default"]),
        checks=tuple(
            Check(name=check["name"], expression=bare(check["expression"])) for check in checks
        ),
        collation=collation,
    )


_UNREAD = {"r": "a range type", "b": "a base type"}


def _unread(name: Name, kind: str) -> Unread:
    reason = f"{_UNREAD[kind]} of the database's own is not described"
    return Unread(where=str(name), text=f"TYPE {name}", reason=reason)


def _spellings(rows: Iterable[Row], default_schema: str) -> tuple[dict[int, str], dict[int, str]]:
    written: dict[int, str] = {}
    qualifiers: dict[int, str] = {}
    for row in rows:
        oids = ((row["oid"], ""), (row["array_oid"], "[]"))
        for oid, suffix in oids:
            if row["of_extension"]:
                qualifiers[oid] = f"{row['quoted_schema']}."
            else:
                name = name_of(row["schema"], row["name"], default_schema)
                written[oid] = f"{name}{suffix}"
    qualifiers.pop(0, None)  # the array of a type that has none
    written.pop(0, None)
    return written, qualifiers


def collation_of(row: Row, default_schema: str) -> str | None:
    """Return the collation of a row of a column, a domain or a part of an index; None if none."""
    if row["collation"] is None:
        return None
    if row["collation_schema"] == "pg_catalog":
        return str(row["collation"])
    return str(name_of(row["collation_schema"], row["collation"], default_schema))


def collations_of(rows: Iterable[Row], default_schema: str) -> tuple[Collation, ...]:
    """Return the collations by which different texts may be equal."""
    made = [
        Collation(
            name=name_of(row["schema"], row["name"], default_schema), locale=row["locale"] or ""
        )
        for row in rows
    ]
    return tuple(sorted(made, key=lambda collation: collation.name))
