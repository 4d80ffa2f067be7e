"""
Children of tables whose rows are replaced: none is to be left without its parent.

A key that counts is known before a row is made, and is looked for first. Whatever key it is, the
rows that are ready are looked at again before they come to their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shardgen.errors import DatabaseError
from shardgen.execution.loading.database import Database, Session
from shardgen.importing.comparing.differences import ChildKey
from shardgen.importing.described import Name
from shardgen.plan.plan import Plan, TablePlan


def check_children(
    session: Session, database: Database, plan: Plan, children: Iterable[ChildKey]
) -> None:
    """
    Raise DatabaseError where rows of other tables would lead to none, by keys that count.

    Before a load begins; for a plan that replaces rows.
    """
    tables = {table.name: table for table in plan.tables}
    found = [
        said
        for child in children
        for said in _left_alone(session, database, child, tables[child.parent])
    ]
    if found:
        raise DatabaseError(f"nothing is replaced in {database.shown}: {'; '.join(found)}")


def _left_alone(
    session: Session, database: Database, child: ChildKey, table: TablePlan
) -> Iterator[str]:
    sql = database.sql
    counted = table.keys if table.keys and (table.keys.column,) == child.references else None
    if counted is None and table.rows:
        return  # other keys are known when they are made
    columns, own = [*map(sql.quote, child.columns)], [*map(sql.quote, child.references)]
    where = _leads_to(sql.table_name(table.name), columns, own)
    keys = "no row"
    if counted is not None:
        where += f" AND c.{columns[0]} NOT BETWEEN {counted.first} AND {counted.last}"
        keys = f"{table.rows:,} rows, {counted.column} {counted.first} to {counted.last}"
    rows = f"{named(database, child.table)} AS c WHERE {where}"
    query = f"SELECT count(*), max(c.{columns[0]}) FROM {rows}"
    ((count, most),) = session.ask(query)
    if count:
        needed = 0 if counted is None else most - counted.first + 1
        out = f"--rows {table.name}={needed} keeps their keys, or " if needed > table.rows else ""
        said = _said(count, str(child.table), child.columns, table.name)
        yield f"{said}: it is to get {keys}; {out}replace {child.table} too"


def named(database: Database, name: Name) -> str:
    """Return the name of a table that a database has, as its SQL has it."""
    sql = database.sql
    schema = name.schema or ("public" if database.dialect == "postgres" else "")
    return f"{sql.quote(schema)}.{sql.quote(name.name)}" if schema else sql.quote(name.name)


def lost_rows(
    child: str, columns: Sequence[str], references: Sequence[str], old: str, new: str
) -> str:
    """
    Return the query for how many rows of a child lead to an old row and to no new one.

    All names are quoted already.
    """
    to_old, to_new = (_leads_to(parent, columns, references) for parent in (old, new))
    return f"SELECT count(*) FROM {child} AS c WHERE {to_old} AND NOT {to_new}"


def _leads_to(parent: str, columns: Sequence[str], references: Sequence[str]) -> str:
    ends = zip(columns, references, strict=True)
    same = " AND ".join(f"p.{own} = c.{key}" for key, own in ends)
    return f"EXISTS (SELECT 1 FROM {parent} AS p WHERE {same})"


def is_lost(count: int, child: str, columns: Iterable[str], parent: str) -> str:
    """Return what a message says of children that would be left without a parent."""
    said = _said(count, child, columns, parent)
    return f"{said}: ask for as many rows as there are, with their seed, or replace {child} too"


def _said(count: int, child: str, columns: Iterable[str], parent: str) -> str:
    return (
        f"{count:,} rows of {child} refer by ({', '.join(columns)}) to rows of {parent} that would "
        "be gone"
    )
