"""
PostgreSQL, described by its catalog: some fifteen queries, however many tables there are.

SQLAlchemy's inspector loses what the catalog has in its own words: domains' checks, exclusion,
bounds of partitions, triggers, inheritance, who owns a sequence. So the catalog is asked instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from shardgen.errors import DatabaseError
from shardgen.importing.described import Database, Name, Table, Unread, with_unique_of_partition
from shardgen.importing.live import postgres_queries as queries
from shardgen.importing.live.postgres_tables import Catalog, function_of, table_of, unread_of
from shardgen.importing.live.postgres_types import Types, collations_of, types_of
from shardgen.importing.live.rows import Row, grouped, name_of
from shardgen.importing.live.selection import Selection

if TYPE_CHECKING:
    from sqlalchemy import Connection

OLDEST = 120_000
"""The first version whose catalog has all that is asked for: generated columns came with it."""
_TABLES = ("r", "p")
_UNIQUE = ("p", "u")
_LEFT_OUT = {
    "v": ("VIEW", "a view has no rows of its own"),
    "m": ("MATERIALIZED VIEW", "a materialized view is filled by its query"),
    "f": ("FOREIGN TABLE", "the rows of a foreign table are another server's"),
}
Ask = Callable[..., list[Row]]


def describe_postgres(connection: Connection, selection: Selection) -> Database:
    """Return the database, of the schemas and tables that are selected."""
    from sqlalchemy import text

    def ask(query: str, **values: object) -> list[Row]:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]

    server = ask(queries.SERVER)[0]
    if server["number"] < OLDEST:
        raise DatabaseError(f"PostgreSQL {server['version']} is too old; 12 or later is needed")
    default = server["schema"]
    relations = {row["oid"]: row for row in ask(queries.RELATIONS)}
    chosen = _chosen(relations, selection, ask)
    types = types_of(ask(queries.TYPES), ask(queries.FIELDS), ask(queries.DOMAIN_CHECKS), default)
    names = {
        oid: name_of(row["schema"], row["name"], default)
        for oid, row in relations.items()
        if oid in chosen
    }
    tables = {oid: name for oid, name in names.items() if _is_table(relations[oid])}
    catalog = _catalog(server, types, names, relations, sorted(tables), ask)
    of_partitions = [
        row for row in ask(queries.PARTITION_CHECKS) if _root(row["relation"], catalog) in tables
    ]
    described = _with_partitions(
        {oid: table_of(oid, catalog) for oid in tables}, of_partitions, catalog
    )
    made = sorted(described.values(), key=lambda table: table.name)
    unread = [
        *_left_out(relations, names),
        *_rules(tables, ask),
        *(found for oid in tables for found in unread_of(oid, catalog)),
        *_of_partitions(of_partitions, catalog, tables),
        *types.unread,
    ]
    return Database(
        dialect="postgres",
        name=server["database"],
        version=server["version"].split()[0],
        tables=tuple(made),
        enums=types.enums,
        domains=types.domains,
        composites=types.composites,
        collations=collations_of(ask(queries.COLLATIONS), default),
        functions=tuple(map(function_of, ask(queries.FUNCTIONS))),
        unread=(
            *sorted(unread, key=lambda found: (found.where, found.text)),
            *selection.without_effect(_full_names(relations)),
        ),
    )


def _is_table(relation: Row) -> bool:
    return relation["kind"] in _TABLES and not relation["of_extension"]


def _full_names(relations: Mapping[int, Row]) -> dict[Name, int]:
    """Return what has a name of its own: partitions belong to their tables."""
    return {
        Name(row["schema"], row["name"]): oid
        for oid, row in relations.items()
        if not row["is_partition"]
    }


def _chosen(relations: Mapping[int, Row], selection: Selection, ask: Ask) -> set[int]:
    schemas = set(selection.of_schemas(row["name"] for row in ask(queries.SCHEMAS)))
    known = {name: oid for name, oid in _full_names(relations).items() if name.schema in schemas}
    return set(selection.of_tables(known).values())


def _catalog(
    server: Row,
    types: Types,
    names: Mapping[int, Name],
    relations: Mapping[int, Row],
    tables: list[int],
    ask: Ask,
) -> Catalog:
    parents = ask(queries.PARENTS)

    def by_relation(query: str) -> Mapping[int, list[Row]]:
        return grouped(ask(query, tables=tables), lambda row: row["relation"])

    return Catalog(
        default_schema=server["schema"],
        version=server["number"],
        types=types,
        names=names,
        relations=relations,
        parents=grouped(parents, lambda row: row["child"]),
        children=grouped(parents, lambda row: row["parent"]),
        columns=by_relation(queries.COLUMNS),
        sequences=grouped(
            ask(queries.SEQUENCES, tables=tables), lambda row: (row["relation"], row["number"])
        ),
        constraints=by_relation(queries.CONSTRAINTS),
        indexes=by_relation(queries.INDEXES),
        parts=grouped(ask(queries.PARTS, tables=tables), lambda row: row["index"]),
        triggers=by_relation(queries.TRIGGERS),
    )


def _left_out(relations: Mapping[int, Row], names: Mapping[int, Name]) -> Iterator[Unread]:
    for oid, name in names.items():
        relation = relations[oid]
        if relation["of_extension"]:
            kind, reason = "TABLE", "it belongs to an extension"
        elif relation["kind"] in _LEFT_OUT:
            kind, reason = _LEFT_OUT[relation["kind"]]
        else:
            continue
        yield Unread(where=str(name), text=f"{kind} {name}", reason=reason, table=name)


def _rules(tables: Mapping[int, Name], ask: Ask) -> Iterator[Unread]:
    for row in ask(queries.RULES, tables=sorted(tables)):
        name = tables[row["relation"]]
        reason = "a rule changes what INSERT does"
        yield Unread(where=str(name), text=row["definition"], reason=reason, table=name)


def _with_partitions(
    described: dict[int, Table], rows: Sequence[Row], catalog: Catalog
) -> dict[int, Table]:
    """Return tables that are unique as one of their partitions is."""
    made = dict(described)
    for row in rows:
        if row["kind"] in _UNIQUE:
            root, columns = _root(row["relation"], catalog), tuple(row["columns"])
            is_primary = row["kind"] == "p"
            made[root] = with_unique_of_partition(
                made[root], row["name"], columns, is_primary=is_primary
            )
    return made


def _of_partitions(
    rows: Sequence[Row], catalog: Catalog, tables: Mapping[int, Name]
) -> Iterator[Unread]:
    """Yield what one partition asks for and its table does not, but that rows are unique."""
    for row in rows:
        if row["kind"] not in _UNIQUE:
            relation = catalog.relations[row["relation"]]
            where = name_of(relation["schema"], relation["name"], catalog.default_schema)
            yield Unread(
                where=str(where),
                text=f"CONSTRAINT {row['name']} {row['definition']}",
                reason="a constraint of one partition alone is not described",
                table=tables[_root(row["relation"], catalog)],
            )


def _root(oid: int, catalog: Catalog) -> int:
    while catalog.relations[oid]["is_partition"]:
        oid = catalog.parents[oid][0]["parent"]
    return oid
