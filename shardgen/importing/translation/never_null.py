"""Whether an expression of a trigger of PostgreSQL has a value, whatever the row."""

from __future__ import annotations

from typing import Any

from shardgen.importing.described import Name, Table
from shardgen.importing.translation.selection import Selection

_ALWAYS = frozenset(
    ("Literal", "Boolean", "CurrentTimestamp", "CurrentDate", "CurrentTime", "Localtimestamp",
     "Rand", "Uuid", "Count", "Concat")
)  # fmt: skip
"""Nodes of sqlglot that have a value, whatever they are of."""
_ALWAYS_CALLED = frozenset(
    ("now", "statement_timestamp", "clock_timestamp", "transaction_timestamp", "timeofday",
     "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "nextval", "random", "concat",
     "jsonb_build_object", "json_build_object", "txid_current")
)  # fmt: skip
_OF_PARTS = frozenset(
    ("Paren", "Cast", "Lower", "Upper", "Trim", "DPipe", "Add", "Sub", "Mul", "Neg", "Abs",
     "Length", "MD5", "MD5Digest", "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "And", "Or", "Not",
     "Case", "If", "TimestampTrunc", "DateTrunc", "RegexpReplace", "Replace", "Initcap", "Left",
     "Right", "Round", "Greatest", "Least", "Interval", "Var", "DataType", "Array")
)  # fmt: skip
"""Nodes that have a value where all of their parts have one."""
_OF_PARTS_CALLED = frozenset(
    ("replace", "regexp_replace", "to_tsvector", "setweight", "text2ltree", "md5", "date_trunc",
     "btrim", "ltrim", "rtrim", "initcap", "unaccent", "encode", "digest", "lpad", "rpad", "left",
     "right", "translate", "to_char", "mod", "floor", "ceil", "round", "extract")
)  # fmt: skip
_TYPED = frozenset(("DataType", "Var", "Identifier"))


def never_null(text: str, table: Table, selection: Selection) -> bool:
    """Return whether an expression of a row, with `NEW.` before its columns, is never NULL."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(f"SELECT {text}", dialect="postgres")
        return _has_value(tree.expressions[0], table, selection)
    except (SqlglotError, RecursionError, IndexError, AttributeError):
        return False


def _has_value(  # noqa: PLR0911 -- one for each kind of node
    node: Any, table: Table, selection: Selection
) -> bool:
    name = type(node).__name__
    if name in _ALWAYS or name in _TYPED:
        return True
    if name == "Column":
        return node.table.upper() == "NEW" and _is_required(node.name, table)
    if name == "Coalesce":
        return any(_has_value(each, table, selection) for each in (node.this, *node.expressions))
    if name in ("Subquery", "Select"):
        return _finds(node.this if name == "Subquery" else node, table, selection)
    called = str(node.this).lower() if name == "Anonymous" else ""
    if called in _ALWAYS_CALLED:
        return True
    if name in _OF_PARTS or called in _OF_PARTS_CALLED:
        is_open = name == "Case" and node.args.get("default") is None
        parts = [part for part in node.iter_expressions() if type(part).__name__ != "DataType"]
        return not is_open and all(_has_value(part, table, selection) for part in parts)
    return False


def _is_required(name: str, table: Table) -> bool:
    """Return whether a column of a table is never NULL."""
    return any(
        column.name == name and (not column.nullable or name in table.primary_key)
        for column in table.columns
    )


def _finds(query: Any, table: Table, selection: Selection) -> bool:
    """
    Return whether a query always gives one value.

    It does where it counts or sums up with a value for nothing, and where it reads a column that is
    never NULL from the row that a key leads to.
    """
    from sqlglot import exp

    if not isinstance(query, exp.Select) or len(query.expressions) != 1:
        return False
    (item,) = query.expressions
    if item.find(exp.AggFunc) is not None:
        return query.args.get("group") is None and _has_value(item.unalias(), table, selection)
    source, where = query.find(exp.From), query.args.get("where")
    if query.args.get("joins") or source is None or where is None:
        return False
    asked = where.this
    if not isinstance(source.this, exp.Table) or not isinstance(asked, exp.EQ):
        return False
    parent = _named(source.this, table, selection)
    found = [end for end in (asked.left, asked.right) if isinstance(end, exp.Column)]
    ends = sorted(found, key=lambda end: end.table.upper() == "NEW")
    if parent is None or len(ends) < 2:
        return False
    leads = any(
        key.columns == (ends[1].name,)
        and selection.references(key) == (ends[0].name,)
        and selection.parent(key) is parent
        for key in selection.keys(table)
    )
    reads = isinstance(item, exp.Column) and _is_required(item.name, parent)
    return leads and reads and _is_required(ends[1].name, table)


def _named(source: Any, table: Table, selection: Selection) -> Table | None:
    """Return the table that a query names; the same schema as the trigger's is looked in first."""
    homes = [source.db] if source.db else [table.name.schema, ""]
    for home in homes:
        called = selection.called.get(Name(home, source.name))
        if called is not None:
            return selection.tables[called]
    return None
