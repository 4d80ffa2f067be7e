"""Schemas that are much of one thing: long chains, long lists, deep nesting, many digits."""

from __future__ import annotations

import itertools
from typing import Any

from fuzz.drafts import Raw
from fuzz.draw import Draw

KEY: Raw = {"name": "id", "type": "int", "primary_key": True}


def made_large(draw: Draw, raw: Raw) -> Raw:
    """Return a schema with one more table or more, of which something is very long."""
    kind = draw.among([*KINDS])
    count = draw.among([20, 60, 61, 100, 101, 300, 1000, 1900])
    raw["tables"] = [*raw["tables"], *KINDS[kind](draw, count)]
    return raw


def _column(name: str, kind: str, maker: str | None = None, **parameters: Any) -> Raw:
    made = {"name": name, "type": kind}
    return made | ({"generator": maker, "generator_params": parameters} if maker else {})


def _table(*columns: Raw, name: str = "large", **facts: Any) -> Raw:
    return {"name": name, "record_count": 3, "columns": [KEY, *columns], **facts}


def _expression(text: str, kind: str = "int") -> list[Raw]:
    return [_table(_column("x", "int"), _column("y", kind, "expression", expression=text))]


def _columns(draw: Draw, count: int) -> list[Raw]:
    """Columns, each made from the next or from the one before."""
    ahead = draw.chance(0.5)
    names = [f"k{n}" for n in range(min(count, 400) + 1)]
    pairs = itertools.pairwise(names)
    form = draw.among(["{}", "mod({} + 1, 100)", "least(9, {})", "coalesce({}, 1)"])
    made = [
        _column(a if ahead else b, "int", "expression", expression=form.format(b if ahead else a))
        for a, b in pairs
    ]
    first = _column(names[-1 if ahead else 0], "int", "int_range", min=0, max=9)
    return [_table(*[*made, first] if ahead else [first, *made])]


def _tables(draw: Draw, count: int) -> list[Raw]:
    """Tables, each with a key to the one before, by one or two keys, and a value from there."""
    keys = draw.among([1, 1, 2])
    made = [_table(_column("v", "int"), name="large0")]
    for n in range(1, min(count, 120 if keys == 1 else 21)):
        to = {"table": f"large{n - 1}", "column": "id"}
        columns = [{"name": f"f{k}", "type": "int", "foreign_key": to} for k in range(keys)]
        text = " + ".join(f"f{k}.v" for k in range(keys))
        made.append(
            _table(*columns, _column("v", "int", "expression", expression=f"mod({text}, 99)"),
                   name=f"large{n}")
        )  # fmt: skip
    return made


def _key_chain(draw: Draw, count: int) -> list[Raw]:
    """Tables whose key is that of the one before."""
    shape = {"fan_out": "unique"} if draw.chance(0.5) else {}
    made = [_table(name="large0")]
    for n in range(1, min(count, 120)):
        to = {"table": f"large{n - 1}", "column": "id", **shape}
        made.append(
            {
                "name": f"large{n}",
                "record_count": 3,
                "columns": [{**KEY, "foreign_key": to | {"fan_out": "unique"}}],
            }
        )
    return made


def _operators(draw: Draw, count: int) -> list[Raw]:
    form = draw.among(["x + ", "not ", "-", "(", "x || ", "abs(", "case when x > 1 then 1 else "])
    end = {"(": ")", "abs(": ")", "case when x > 1 then 1 else ": " end"}.get(form, "")
    inner = "true" if form == "not " else "x"
    kind = {"not ": "boolean", "x || ": "text"}.get(form, "bigint")
    return _expression(form * count + inner + end * count, kind)


def _listed(draw: Draw, count: int) -> list[Raw]:
    entry = draw.among(["{}", "'{}'", "{}.5"])
    values = ", ".join(entry.format(n) for n in range(min(count, 700)))
    side = "to_text(x)" if "'" in entry else "x"
    return _expression(f"{side} in ({values})", "boolean")


def _choices(draw: Draw, count: int) -> list[Raw]:
    value = draw.among([lambda n: n, str, lambda n: "v" * n, lambda n: f"{n}.5", lambda n: n / 7])
    values = [value(n) for n in range(count)]
    kind = draw.among(["text", "varchar(2000)", "int", "double", "decimal(9,2)"])
    return [_table(_column("x", kind, "choice", values=values))]


def _json_text(draw: Draw, count: int) -> list[Raw]:
    one, other = draw.among([("[", "]"), ('{"a":', "}")])
    text = one * count + (other * count if one == "[" else "1" + other * count)
    kind = draw.among(["json", "jsonb"])
    if draw.chance(0.3):
        return [_table({"name": "x", "type": kind, "default": text})]
    return [_table(_column("x", kind, "constant", value=text))]


def _digits(draw: Draw, count: int) -> list[Raw]:
    number = draw.among([10**count, -(10**count), int("9" * count)])
    where = draw.among(["max", "min", "value", "step", "length", "record_count", "x"])
    if where == "record_count":
        return [_table(record_count=number)]
    maker = {"value": "constant", "step": "sequence", "length": "password"}.get(where, "int_range")
    return [_table(_column("x", "bigint", maker, **{where: number}))]


def _digits_in_text(draw: Draw, count: int) -> list[Raw]:
    digits = draw.among(["9" * count, "0." + "1" * count, "9" * count + ".5", "1" + "0" * count])
    if draw.chance(0.5):
        return _expression(
            draw.among([digits, f"x * {digits}", f"'{digits}'", f"round(x, {digits})"])
        )
    kind = draw.among(["varchar({})", "decimal({})", "decimal(9,{})", "int({})", "float({})"])
    default = {"default": digits} if draw.chance(0.5) else {}
    return [
        _table({"name": "x", "type": kind.format(digits) if not default else "double", **default})
    ]


def _deep_metadata(_draw: Draw, count: int) -> list[Raw]:
    value: Any = 1
    for _ in range(min(count, 900)):
        value = [value]
    return [_table(_column("x", "int", "int_range", max=value))]


def _wide(draw: Draw, count: int) -> list[Raw]:
    kind = draw.among(["int", "varchar(255)", "text", "boolean", "decimal(18,9)", "json"])
    return [_table(*(_column(f"w{n}", kind) for n in range(min(count, 400))))]


def _many_keys(draw: Draw, count: int) -> list[Raw]:
    """Indexes or unknown fields without end."""
    if draw.chance(0.5):
        return [_table(**{f"unknown{n}": n for n in range(count)})]
    indexes = [{"name": f"ix{n}", "columns": ["id"]} for n in range(min(count, 200))]
    return [_table(indexes=indexes)]


def _pattern(draw: Draw, count: int) -> list[Raw]:
    form = draw.among(["#" * count, "?" * count, f"[a-z]{{{count}}}", "[" * count, "x" * count])
    kind = draw.among(["text", "varchar(255)"])
    return [_table(_column("x", kind, "pattern", pattern=form))]


KINDS = {
    "columns": _columns,
    "tables": _tables,
    "key chain": _key_chain,
    "operators": _operators,
    "listed": _listed,
    "choices": _choices,
    "json text": _json_text,
    "digits": _digits,
    "digits in text": _digits_in_text,
    "deep": _deep_metadata,
    "wide": _wide,
    "many keys": _many_keys,
    "pattern": _pattern,
}
