"""Tables of PostgreSQL from the rows of its catalog; no query is made here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from shardgen.importing.described import (
    Action,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Function,
    Generated,
    Identity,
    Index,
    KeyPart,
    Name,
    Partitioning,
    Table,
    Trigger,
    Unread,
)
from shardgen.importing.live.postgres_types import Types, collation_of
from shardgen.importing.live.rows import Row, bare, name_of

_IDENTITIES: dict[str, Identity] = {"a": "always", "d": "by default"}
_ACTIONS: dict[str, Action] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}
_EVENTS = (("INSERT", 4), ("DELETE", 8), ("UPDATE", 16), ("TRUNCATE", 32))  # bits of tgtype
_CUT = re.compile(r"(RANGE|LIST|HASH) \((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"'((?:[^']|'')*)'")
_WHEN = re.compile(r" WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ", re.DOTALL)
_NEXT = re.compile(r"nextval\(\(?'((?:[^']|'')*)'::(?:regclass|text)(?:\)::regclass)?\)")
_METHODS: dict[str, Literal["range", "list", "hash"]] = {
    "RANGE": "range",
    "LIST": "list",
    "HASH": "hash",
}


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the catalog, by the oid of what they are of; `names` are those of the tables."""

    default_schema: str
    version: int
    types: Types
    names: Mapping[int, Name]
    relations: Mapping[int, Row]
    parents: Mapping[int, Sequence[Row]]
    children: Mapping[int, Sequence[Row]]
    columns: Mapping[int, Sequence[Row]]
    sequences: Mapping[tuple[int, int], Sequence[Row]]
    constraints: Mapping[int, Sequence[Row]]
    indexes: Mapping[int, Sequence[Row]]
    parts: Mapping[int, Sequence[Row]]
    triggers: Mapping[int, Sequence[Row]]


def table_of(oid: int, catalog: Catalog) -> Table:
    """Return a table, whole."""
    relation = catalog.relations[oid]
    constraints = catalog.constraints.get(oid, ())
    keys = [row for row in constraints if row["kind"] == "p"]
    return Table(
        name=catalog.names[oid],
        columns=tuple(_column(row, catalog) for row in catalog.columns.get(oid, ())),
        primary_key=tuple(keys[0]["columns"]) if keys else (),
        primary_key_name=keys[0]["name"] if keys else "",
        indexes=tuple(_indexes(oid, catalog)),
        foreign_keys=tuple(
            _foreign_key(row, catalog)
            for row in constraints
            if row["kind"] == "f" and not _unread_constraint(row)
        ),
        checks=tuple(
            Check(name=row["name"], expression=bare(row["expression"]))
            for row in constraints
            if row["kind"] == "c" and row["enforced"]
        ),
        exclusions=tuple(_exclusions(oid, catalog)),
        triggers=tuple(_trigger(row) for row in catalog.triggers.get(oid, ())),
        partitioning=_partitioning(oid, catalog) if relation["kind"] == "p" else None,
        inherits=tuple(_parents(oid, catalog)),
        rows=_rows(oid, catalog),
        comment=relation["comment"] or "",
    )


def _column(row: Row, catalog: Catalog) -> Column:
    expression = None if row["expression"] is None else bare(row["expression"])
    generated = None
    if row["generated"] and expression is not None:
        generated, expression = (
            Generated(expression=expression, stored=row["generated"] == "s"),
            None,
        )
    sequences = catalog.sequences.get((row["relation"], row["number"]), ())
    next_of = _NEXT.fullmatch(expression or "")
    counts = bool(row["identity"]) or (
        next_of is not None and any(sequence["owned"] for sequence in sequences)
    )
    return Column(
        name=row["name"],
        type=catalog.types.text(row),
        nullable=not row["not_null"],
        default=None if counts or _is_null(expression) else expression,
        generated=generated,
        identity=_IDENTITIES.get(row["identity"]),
        counts=counts,
        sequence=None if counts else _sequence(sequences, next_of, catalog),
        collation=collation_of(row, catalog.default_schema),
        comment=row["comment"] or "",
    )


def _is_null(expression: str | None) -> bool:
    """Return whether a default is NULL, as for a text NULL::character varying."""
    return (
        expression is not None and re.fullmatch(r"NULL(::[\w \[\](),]+)?", expression) is not None
    )


def _sequence(
    sequences: Sequence[Row], next_of: re.Match[str] | None, catalog: Catalog
) -> str | None:
    """Return the sequence that a default reads: one it depends on, or one named in a text."""
    for row in sequences:
        return str(name_of(row["schema"], row["name"], catalog.default_schema))
    return None if next_of is None else next_of[1].replace("''", "'")


def _foreign_key(row: Row, catalog: Catalog) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        table=name_of(row["target_schema"], row["target"], catalog.default_schema),
        references=tuple(row["target_columns"]),
        on_delete=_ACTIONS[row["on_delete"]],
        on_update=_ACTIONS[row["on_update"]],
        deferrable=row["deferrable"],
        initially_deferred=row["deferred"],
        match_full=row["match_full"],
    )


def _indexes(oid: int, catalog: Catalog) -> Iterator[Index]:
    """Yield the indexes but those of the primary key and of exclusions."""
    constraints = {
        row["index"]: row for row in catalog.constraints.get(oid, ()) if row["kind"] in "pux"
    }
    for row in catalog.indexes.get(oid, ()):
        constraint = constraints.get(row["oid"])
        excludes = constraint is not None and _excludes(constraint)
        if row["is_primary"] or excludes:
            continue
        yield Index(
            name=row["name"],
            parts=tuple(_part(part, catalog) for part in catalog.parts.get(row["oid"], ())),
            unique=row["is_unique"],
            constraint=constraint is not None,
            where=None if row["condition"] is None else bare(row["condition"]),
            nulls_not_distinct=row["nulls_not_distinct"],
            method=row["method"],
            deferrable=constraint is not None and constraint["deferrable"],
        )


def _excludes(constraint: Row) -> bool:
    return constraint["kind"] == "x" or (constraint["kind"] in "pu" and constraint["over_periods"])


def _part(row: Row, catalog: Catalog) -> KeyPart:
    return KeyPart(
        column=row["column"] or "",
        expression=bare(row["expression"] or ""),
        descending=row["descending"],
        collation=collation_of(row, catalog.default_schema),
    )


def _exclusions(oid: int, catalog: Catalog) -> Iterator[Exclusion]:
    indexes = {row["oid"]: row for row in catalog.indexes.get(oid, ())}
    for row in catalog.constraints.get(oid, ()):
        if _excludes(row):
            index = indexes[row["index"]]
            parts = catalog.parts[row["index"]]
            elements = [part["column"] or bare(part["expression"]) for part in parts]
            yield Exclusion(
                name=row["name"],
                elements=tuple(zip(elements, row["operators"], strict=True)),
                method=index["method"],
                where=None if index["condition"] is None else bare(index["condition"]),
            )


def _trigger(row: Row) -> Trigger:
    kind = row["kind"]
    timing = "BEFORE" if kind & 2 else "INSTEAD OF" if kind & 64 else "AFTER"
    when = _WHEN.search(row["definition"])
    in_sql = row["language"] not in ("c", "internal")
    body = row["source"].strip() if in_sql else row["definition"]
    return Trigger(
        name=row["name"],
        timing=timing,
        events=tuple(event for event, bit in _EVENTS if kind & bit),
        condition=None if when is None else bare(when[1]),
        body=body,
        enabled=row["enabled"] in ("O", "A"),
        each_row=bool(kind & 1),
        arguments=arguments_of(row["definition"]),
    )


def arguments_of(definition: str) -> tuple[str, ...]:
    """Return what a trigger gives its function, by what stands at the end of its definition."""
    call = definition.rpartition("(")[2]
    return tuple(text.replace("''", "'") for text in _ARGUMENT.findall(call))


def function_of(row: Row) -> Function:
    """Return a function."""
    names = [*row["parameters"][: row["count"]]]
    names += [""] * (row["count"] - len(names))
    return Function(
        name=row["name"], parameters=tuple(names), language=row["language"], body=row["body"] or ""
    )


def _partitioning(oid: int, catalog: Catalog) -> Partitioning | None:
    """Return how a table is cut, by those of its partitions, in the order of their bounds."""
    cut = _CUT.fullmatch(catalog.relations[oid]["cut_by"] or "")
    if cut is None:
        return None
    children = [
        (catalog.relations[row["child"]]["bound"], row["child"])
        for row in catalog.children.get(oid, ())
        if row["child"] in catalog.relations
    ]
    children.sort()
    within = [(bound, _partitioning(child, catalog)) for bound, child in children]
    return Partitioning(
        method=_METHODS[cut[1]],
        by=cut[2],
        bounds=tuple(bound for bound, _ in children),
        within=tuple((bound, cut) for bound, cut in within if cut is not None),
    )


def _parents(oid: int, catalog: Catalog) -> Iterator[Name]:
    """Yield the tables that one inherits from; a partitioned table is none of them."""
    for row in catalog.parents.get(oid, ()):
        relation = catalog.relations.get(row["parent"])
        if relation is not None:
            yield name_of(relation["schema"], relation["name"], catalog.default_schema)


def _rows(oid: int, catalog: Catalog) -> int | None:
    """Return the estimate of the last ANALYZE, of all partitions; None where there was none."""
    relation = catalog.relations[oid]
    if relation["kind"] == "p":
        known = [
            rows
            for row in catalog.children.get(oid, ())
            if row["child"] in catalog.relations
            if (rows := _rows(row["child"], catalog)) is not None
        ]
        return sum(known) if known else None
    never = relation["tuples"] == 0 and relation["pages"] == 0 and catalog.version < 140_000
    return None if relation["tuples"] < 0 or never else round(relation["tuples"])


def unread_of(oid: int, catalog: Catalog) -> Iterator[Unread]:
    """Yield what a table has that the structs have no words for."""
    name = catalog.names[oid]
    if catalog.relations[oid]["has_policies"]:
        reason = "its policies may refuse rows, even those of its owner"
        yield Unread(where=str(name), text="FORCE ROW LEVEL SECURITY", reason=reason, table=name)
    for row in catalog.constraints.get(oid, ()):
        if reason := _unread_constraint(row):
            text = f"CONSTRAINT {row['name']}"
            yield Unread(where=str(name), text=text, reason=reason, table=name)


def _unread_constraint(row: Row) -> str:
    if row["kind"] == "f" and row["over_periods"]:
        return "a foreign key over periods is not described"
    if row["kind"] == "f" and row["target_is_partition"]:
        return "a foreign key to one partition of a table is not described"
    if row["kind"] in "cf" and not row["enforced"]:
        return "the constraint is not enforced"
    return ""
