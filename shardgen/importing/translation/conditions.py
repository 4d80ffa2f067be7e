"""The CHECKs of a table, and of the domains of its columns → laws of its columns, and notes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

import msgspec

from shardgen.generators.inference import candidates
from shardgen.importing.checks.applying import Chosen, applied
from shardgen.importing.checks.condition import Compare, Condition, Operand
from shardgen.importing.checks.limits import Step
from shardgen.importing.checks.ranges import step_of, type_of
from shardgen.importing.checks.reading import read_check
from shardgen.importing.checks.solving import Facts, solve
from shardgen.importing.described import Check, Database, Table
from shardgen.importing.notes import Note
from shardgen.importing.translation.parents import (
    led,
    parent_columns,
    surroundings,
    without_parents,
)
from shardgen.importing.translation.partitions import partition_condition
from shardgen.importing.translation.refusing import refusals
from shardgen.importing.translation.selection import Selection
from shardgen.importing.translation.trigger_functions import Emptied, trigger_checks
from shardgen.importing.translation.types import imported_type
from shardgen.schema import model
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.databases import DatabaseName
from shardgen.schema.sql_text import one_line

_CAST = re.compile(r"(\w+)\"?\)*::(?:integer|bigint|smallint|numeric)\b")
_RECKONED = re.compile(r"([A-Za-z_]\w*)[`\"\]]?\s*[-+*]|[-+*]\s*[`\"\[]?([A-Za-z_]\w*)")
_MOST_RECKONED = 30_000
"""The most of a whole number that the database reckons with: the product of two is an int."""
_SHORT = 300  # characters of a condition in a note


class _Rule(msgspec.Struct, frozen=True):
    """A check of a table, or that of a domain for one of its columns."""

    check: Check
    condition: Condition
    column: str = ""


def with_laws(
    made: model.Table,
    selection: Selection,
    database: Database,
    catalog: Catalog,
    counting: Mapping[str, int],
    emptied: Emptied,
) -> tuple[model.Table, tuple[Note, ...]]:
    """
    Return a table whose rows meet the conditions of the described one, and notes.

    `counting` is what counting_tables() says of the schema, and `emptied` emptied_tables().
    A table of which a condition cannot be met by laws has no rows.
    """
    table = selection.tables[made.name]
    rules = [*_rules(made, selection, database, emptied)]
    if not rules and not _least(made, table, database):
        return made, ()
    known = [rule.condition for rule in rules] + _least(made, table, database)
    parents = parent_columns(made, catalog, known)
    solution, of_parents = without_parents(solve(known, _facts(made, parents)))
    lawful, problems = applied(made, solution, _by_name(catalog.table(made.name)), counting)
    lawful, more = led(lawful, of_parents)
    problems += more
    notes = [
        Note(made.name, "", "simplified", f"one way to meet {_said(rules[n])} is taken")
        for n in solution.narrowed
        if n < len(rules)
    ]
    unmet = [f"no law meets {_said(rules[n])}" for n in solution.unmet if n < len(rules)]
    unmet += [f"no law keeps its conditions: {problem}" for problem in problems]
    if not unmet:
        return lawful, tuple(notes)
    hint = "give its columns generators that meet it, and the table rows"
    if database.dialect == "postgres" and any("the trigger" in what for what in unmet):
        hint += "; shardgen run --no-triggers loads them with its triggers off"
    notes += [Note(made.name, "", "refused", what, hint) for what in unmet]
    return msgspec.structs.replace(lawful, record_count=0), tuple(notes)


def counting_tables(catalog: Catalog) -> dict[str, int]:
    """Return the rows of the tables whose keys are the numbers of their rows."""
    return {
        table.name: table.record_count
        for table in catalog.schema.tables
        if [c.auto_increment or c.identity for c in table.columns if c.primary_key] == [True]
    }


def _said(rule: _Rule) -> str:
    if rule.check.name.startswith("trigger "):
        return f"the {rule.check.name}: {rule.check.expression[:_SHORT]}"
    name = f"{rule.check.name}: " if rule.check.name else ""
    return f"CHECK {name}{rule.check.expression[:_SHORT]}"


def _rules(
    made: model.Table, selection: Selection, database: Database, emptied: Emptied
) -> list[_Rule]:
    table = selection.tables[made.name]
    parents = dict(_parent_types(made, selection))
    names = {column.name.lower(): column.name for column in made.columns}
    around = surroundings(made, selection, database)
    rules = [
        _Rule(check, read_check(check.expression, database.dialect, names, around))
        for check in (
            *(each for each in table.checks if not _is_of_parents(each, table, selection)),
            *_of_triggers(made, selection, database, emptied),
        )
    ]
    cut = partition_condition(table.partitioning)
    if cut is not None:
        check = Check(name="partitions", expression=cut)
        rules.append(_Rule(check, read_check(cut, database.dialect, names)))
    rules += [
        _Rule(check, read_check(check.expression, database.dialect, names))
        for check in _of_indexes(made, table)
    ]
    for column in made.columns:
        checks = imported_type(table.column(column.name).type, database).checks
        theirs = parents.get(column.name)
        if theirs is not None and checks == imported_type(theirs, database).checks:
            continue  # the rows that the key leads to meet them
        rules += [
            _Rule(check, _of_domain(check, column.name, database.dialect), column.name)
            for check in checks
        ]
    return rules


def _is_of_parents(check: Check, table: Table, selection: Selection) -> bool:
    """Return whether a check asks of a key what the rows that it leads to are asked for as well."""
    named = [c.name for c in table.columns if _says_of(check.expression, c.name)]
    if len(named) != 1:
        return False
    for key in selection.keys(table):
        if named[0] in key.columns:
            parent = selection.parent(key)
            end = selection.references(key)[key.columns.index(named[0])]
            wanted = _without_name(check.expression, named[0])
            theirs = (c.expression for c in parent.checks if _says_of(c.expression, end))
            if any(_without_name(each, end) == wanted for each in theirs):
                return True
    return False


def _says_of(text: str, column: str) -> bool:
    return re.search(rf"\b{re.escape(column)}\b", text, re.IGNORECASE) is not None


def _without_name(text: str, column: str) -> str:
    """Return what a condition says of a column, whatever that is called."""
    quoted = rf"[\"`]?\b{re.escape(column)}\b[\"`]?"
    said = re.sub(quoted, "\0", text, flags=re.IGNORECASE)
    return one_line(said).removeprefix("(").removesuffix(")")


def _of_triggers(
    made: model.Table, selection: Selection, database: Database, emptied: Emptied
) -> Iterator[Check]:
    """Yield what triggers ask of the rows of a table, where it has any."""
    table = selection.tables[made.name]
    if database.dialect != "postgres":
        yield from refusals(table, database.dialect)
    elif made.record_count:
        yield from trigger_checks(table, selection, emptied)


def _of_indexes(made: model.Table, table: Table) -> Iterator[Check]:
    """Yield the conditions that indexes are: a text that one casts to a number is digits."""
    texts = {column.name for column in made.columns if type_of(column).family == "text"}
    for index in table.indexes:
        for part in index.parts:
            for name in _CAST.findall(part.expression):
                if name in texts:
                    expression = f"\"{name}\" ~ '^[1-9][0-9]{{0,5}}$'"
                    yield Check(name=index.name, expression=expression)


def _parent_types(made: model.Table, selection: Selection) -> Iterator[tuple[str, str]]:
    """Yield the columns of keys, each with the type of the column that it leads to."""
    for column in made.columns:
        if column.foreign_key is not None:
            parent = selection.tables[column.foreign_key.table]
            yield column.name, parent.column(column.foreign_key.column).type
    for key in made.foreign_keys:
        for name, end in zip(key.columns, key.references, strict=True):
            yield name, selection.tables[key.table].column(end).type


def _of_domain(check: Check, column: str, dialect: DatabaseName) -> Condition:
    return read_check(check.expression, dialect, {"value": column, column.lower(): column})


def _least(made: model.Table, table: Table, database: Database) -> list[Condition]:
    """Return the conditions that types without a sign are, and those of what is computed."""
    found: list[Condition] = []
    computed = " ".join(c.generated.expression for c in table.columns if c.generated is not None)
    operands = {name.lower() for match in _RECKONED.finditer(computed) for name in match.groups()
                if name}  # fmt: skip
    for column in made.columns:
        is_whole = type_of(column).family == "integer" and column.foreign_key is None
        if is_whole and column.name.lower() in operands and not column.auto_increment:
            found += [Compare(Operand(column.name), ">=", 0),
                      Compare(Operand(column.name), "<=", _MOST_RECKONED)]  # fmt: skip
    for column in made.columns:
        low = imported_type(table.column(column.name).type, database).low
        if low is not None and column.foreign_key is None:
            found.append(Compare(Operand(column.name), ">=", low))
    return found


def _facts(made: model.Table, parents: Mapping[str, model.Column]) -> Facts:
    columns = {**{column.name: column for column in made.columns}, **parents}
    in_keys = {name for key in made.foreign_keys for name in key.columns}
    fixed = {
        c.name
        for c in made.columns
        if c.foreign_key or c.auto_increment or c.identity or c.name in in_keys
    }
    return Facts(
        families={name: type_of(column).family for name, column in columns.items()},
        nullable=frozenset(name for name, column in columns.items() if column.nullable),
        steps={name: step for name, c in columns.items() if (step := _step(c)) is not None},
        fixed=frozenset(fixed),
    )


def _step(column: model.Column) -> Step | None:
    kind = type_of(column)
    if kind.family in ("integer", "decimal", "float"):
        return step_of(kind)
    times = {"date": dt.timedelta(days=1), "timestamp": dt.timedelta(hours=1)}
    return times.get(kind.family)


def _by_name(table: CatalogTable) -> Chosen:
    """Return what the names of a table's columns ask for first."""
    found = {}
    for column in table.columns:
        if column.generator is None and column.reference is None and not column.broken:
            first = next(iter(candidates(table, column)), None)
            if first is not None:
                found[column.name] = (first.generator, first.parameters)
    return found
