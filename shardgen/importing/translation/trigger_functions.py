"""Triggers of PostgreSQL → what rows meet to be taken as they are, and tables left empty for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from shardgen.importing.checks.condition import decided
from shardgen.importing.checks.reading import read_check
from shardgen.importing.described import Check, Name, Table, Trigger
from shardgen.importing.translation.never_null import never_null
from shardgen.importing.translation.plpgsql import Effect, Function, Step, read_function
from shardgen.importing.translation.selection import Selection

_read = cache(read_function)
_AT_INSERTS = {"TG_OP": "'INSERT'", "TG_LEVEL": "'ROW'"}
_SETTING = re.compile(r"\bTG_(?:OP|LEVEL|WHEN)\b", re.IGNORECASE)
_ARGUMENT = re.compile(r"\bTG_ARGV\s*\[\s*(\d+)\s*\]", re.IGNORECASE)
_NEW = re.compile(r"\bNEW\.(\"[^\"]+\"|\w+)", re.IGNORECASE)
_QUERY = re.compile(r"\(\s*SELECT\b.*", re.IGNORECASE | re.DOTALL)
"""From where on names are those of another table's columns."""
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"(?<![\w.\"])\"?([A-Za-z_]\w*)\"?(?!\s*[\w(.]|\")")
_INSERTS = re.compile(
    r"\bINSERT INTO (?:\w+\.)?\"?(\w+)\"? *\(([^()]*)\) *VALUES *\(([^()]*)\)", re.IGNORECASE
)
_CONSTANT = re.compile(r"\d+|'[^']*'")
_FRESH = re.compile(r"\b(?:nextval|gen_random_uuid|uuid_generate_v\w+)\b", re.IGNORECASE)
Emptied = Mapping[str, str]
"""Tables that have no rows, so that triggers take those of others, and why."""


def possible_effects(trigger: Trigger, table: Table) -> Iterator[tuple[Effect, tuple[Step, ...]]]:
    """Yield what a trigger may do when a row is inserted, and the steps there that rows decide."""
    required = frozenset(
        column.name
        for column in table.columns
        if not column.nullable or column.name in table.primary_key
    )
    names = {column.name.lower(): column.name for column in table.columns}
    first = (Step(trigger.condition),) if trigger.condition else ()
    for effect in _read(trigger.body).effects:
        left: list[Step] = []
        for step in (*first, *effect.path):
            text = _SETTING.sub(lambda m: _setting(m[0], trigger), step.text)
            text = _ARGUMENT.sub(lambda m: _argument(m, trigger), text)
            at_insert = Step(text, step.holds)
            read = read_check(text, "postgres", names)
            truth = decided(read, required)
            if truth is None:
                left.append(at_insert)
            elif truth != step.holds:
                break
        else:
            yield effect, tuple(left)


def _argument(match: re.Match[str], trigger: Trigger) -> str:
    """Return what a trigger was given as a text; the words themselves where it was not given."""
    at = int(match[1])
    if at >= len(trigger.arguments):
        return match[0]
    escaped = trigger.arguments[at].replace("'", "''")
    return f"'{escaped}'"


def _setting(word: str, trigger: Trigger) -> str:
    return _AT_INSERTS.get(word.upper(), f"'{trigger.timing}'")


def trigger_checks(table: Table, selection: Selection, emptied: Emptied) -> Iterator[Check]:
    """
    Yield what rows meet so that triggers take them, as a CHECK would say it.

    What cannot be said so is a text of which no condition can be read.
    """
    for trigger in table.triggers:
        if not trigger.enabled or "INSERT" not in trigger.events:
            continue
        function, changed = _read(trigger.body), set[str]()
        for effect, steps in possible_effects(trigger, table):
            text = None
            if effect.kind == "refuses" or _leaves_out(effect, trigger):
                if not _is_barred(steps, table, selection, emptied):
                    text = _forbidden(effect, steps, function, table, changed)
            elif effect.kind == "sets" and trigger.timing == "BEFORE":
                if _may_break(effect, table, selection) or (steps and _is_checked(effect, table)):
                    text = _forbidden(effect, steps, function, table, changed)
                changed.add(effect.column)
            elif effect.kind == "runs" and _writes_fixed_keys(effect.text, table, selection):
                text = _forbidden(effect, steps, function, table, changed)
            if text is not None:
                yield Check(name=f"trigger {trigger.name}", expression=text)


def _writes_fixed_keys(text: str, table: Table, selection: Selection) -> bool:
    """Return whether a statement writes a row whose key leads to a row of a constant's."""
    for target, columns, values in _INSERTS.findall(text):
        homes = [table.name.schema, ""]
        called = next(filter(None, (selection.called.get(Name(h, target)) for h in homes)), None)
        if called is None:
            continue
        given = zip(
            (name.strip().strip('"') for name in columns.split(",")),
            (value.strip() for value in values.split(",")),
            strict=False,
        )
        fixed = {name for name, value in given if _CONSTANT.fullmatch(value)}
        if any(fixed & set(key.columns) for key in selection.tables[called].foreign_keys):
            return True
    return False


def _leaves_out(effect: Effect, trigger: Trigger) -> bool:
    is_by_row = trigger.timing == "BEFORE" and trigger.each_row
    return effect.kind == "leaves out" and is_by_row


def _forbidden(
    effect: Effect, steps: tuple[Step, ...], function: Function, table: Table, changed: set[str]
) -> str:
    """Return the condition that keeps rows from an effect; its own text where none is known."""
    said = " and ".join(step.text if step.holds else f"not {step.text}" for step in steps)
    if not steps or not effect.sure:
        done = f"NEW.{effect.column} := {effect.text}" if effect.kind == "sets" else effect.kind
        return f"{done} {said}".strip()
    for step in steps:
        bare = _QUOTED.sub("''", _QUERY.sub("", step.text))
        loose = {word.lower() for word in _WORD.findall(_NEW.sub("", bare))}
        own = {column.name.lower() for column in table.columns} | function.variables
        read = {name.strip('"') for name in _NEW.findall(bare)}
        if loose & own or read & changed:
            return said
    parts = (f"({s.text})" if s.holds else f"({s.text}) IS NOT TRUE" for s in steps)
    return f"NOT ({' AND '.join(parts)})"


def _may_break(effect: Effect, table: Table, selection: Selection) -> bool:
    """Return whether a value that a trigger sets may be one that a constraint refuses."""
    column = next((c for c in table.columns if c.name == effect.column), None)
    if column is None or any(_asks_for_null(step, effect.column) for step in effect.path):
        is_required = column is not None and not column.nullable
        return is_required and not never_null(effect.text, table, selection)
    is_null = effect.text.upper() == "NULL" and column.nullable
    if is_null or effect.text.lower() == f"new.{effect.column}":
        return False
    in_keys = {name for key in table.foreign_keys for name in key.columns}
    sets = [*(index.columns or () for index in table.unique_sets), table.primary_key]
    if effect.column in in_keys | selection.referred_to(table.name):
        return True
    if any(effect.column in names for names in sets) and not _FRESH.search(effect.text):
        return True
    return not column.nullable and not never_null(effect.text, table, selection)


def _is_checked(effect: Effect, table: Table) -> bool:
    """Return whether a condition reads a column that a trigger sets in some rows."""
    word = re.compile(rf"\b{re.escape(effect.column)}\b", re.IGNORECASE)
    return any(word.search(check.expression) for check in table.checks)


def _asks_for_null(step: Step, column: str) -> bool:
    pattern = rf"NEW\.\"?{re.escape(column)}\"? IS NULL"
    return step.holds and re.fullmatch(pattern, step.text, re.IGNORECASE) is not None


def emptied_tables(selection: Selection) -> dict[str, str]:
    """
    Return tables that have no rows so that triggers take those of others, and why.

    A trigger that refuses a row where another table has some of its kind takes all while that table
    is empty. It is emptied where fewer tables need it than need the trigger's.
    """
    found: dict[str, str] = {}
    for name, table in selection.tables.items():
        for trigger in table.triggers:
            if not trigger.enabled or "INSERT" not in trigger.events:
                continue
            for effect, steps in possible_effects(trigger, table):
                if effect.kind != "refuses":
                    continue
                other = next(_barring(steps, table, selection), None)
                if other is not None and _needed(other, selection) < _needed(name, selection):
                    found.setdefault(other, f"the trigger {trigger.name} of {name}")
    return found


def _is_barred(
    steps: tuple[Step, ...], table: Table, selection: Selection, emptied: Emptied
) -> bool:
    return any(other in emptied for other in _barring(steps, table, selection))


def _barring(steps: tuple[Step, ...], table: Table, selection: Selection) -> Iterator[str]:
    """Yield tables that keep rows from taking some steps while they are empty."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    for step in steps:
        if not step.holds:
            continue
        try:
            tree = sqlglot.parse_one(f"SELECT 1 WHERE {step.text}", dialect="postgres")
        except (SqlglotError, RecursionError):
            continue
        asked: Any = tree.args["where"].this
        for part in asked.flatten() if isinstance(asked, exp.And) else [asked]:
            source = _source_of(part)
            if source is not None:
                called = _called(source, table, selection)
                if called is not None and selection.tables[called] is not table:
                    yield called


def _source_of(node: Any) -> Any:
    """Return the table without whose rows a condition is not true; None where it is none's."""
    from sqlglot import exp

    bare = node.unnest() if isinstance(node, exp.Paren) else node
    query = bare.args.get("query") if isinstance(bare, exp.In) else None
    if isinstance(bare, (exp.Exists, exp.Subquery)):
        query = bare.this
    query = query.this if isinstance(query, exp.Subquery) else query
    if not isinstance(query, exp.Select) or query.find(exp.AggFunc) is not None:
        return None
    source: Any = query.args.get("from_") or query.args.get("from")
    joins = query.args.get("joins") or []
    plain = source is not None and isinstance(source.this, exp.Table)
    if not plain or any(join.side in ("RIGHT", "FULL") for join in joins):
        return None
    return source.this


def _called(source: Any, table: Table, selection: Selection) -> str | None:
    """Return what the schema calls a table of a query."""
    homes = [source.db] if source.db else [table.name.schema, ""]
    return next(filter(None, (selection.called.get(Name(h, source.name)) for h in homes)), None)


def _needed(name: str, selection: Selection) -> int:
    """Return how many tables have no rows where this one has none, itself among them."""
    found, left = {name}, [name]
    while left:
        parent = selection.tables[left.pop()].name
        for child, table in selection.tables.items():
            if child not in found and any(
                key.table == parent and not any(table.column(c).nullable for c in key.columns)
                for key in selection.keys(table)
            ):
                found.add(child)
                left.append(child)
    return len(found)
