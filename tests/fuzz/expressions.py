"""Expressions of any kind over the columns that there are, mostly such as can be made."""

from __future__ import annotations

from collections.abc import Callable

from fuzz import odd
from fuzz.drafts import Raw, TableDraft, sql_type
from fuzz.draw import Draw

from shardgen.schema.types import ColumnType

NUMBERS = ("0", "1", "2", "-1", "10", "0.5", "1.25", "100", "0.001", "7")
TEXTS = ("'a'", "'it''s'", "''", "'Zürich'", "'x-'", "'{}'")
DATES = ("date('2024-02-29')", "as_of", "date('1999-12-31')")
UNITS = ("days", "weeks", "months", "years")
_FAMILIES = {
    "number": ("integer", "decimal"),
    "text": ("text", "enum"),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "condition": ("boolean",),
}


class Writer:
    """Writes expressions for one column; `depth` is how many operators within each other."""

    def __init__(self, draw: Draw, table: TableDraft) -> None:
        self.draw = draw
        self.table = table

    def write(self, kind: str, depth: int) -> str:
        """Return an expression of a kind: number, text, date, timestamp or condition."""
        if self.draw.odd():
            kind = self.draw.among([*_FAMILIES])
        if depth <= 0 or self.draw.chance(0.2):
            return self.leaf(kind)
        if self.draw.chance(0.15):
            then, other = self.write(kind, depth - 1), self.write(kind, depth - 1)
            end = f" else {other}" if self.draw.chance(0.85) else ""
            return f"case when {self.write('condition', depth - 1)} then {then}{end} end"
        if self.draw.chance(0.08):
            return f"coalesce({self.write(kind, depth - 1)}, {self.leaf(kind)})"
        makers: dict[str, Callable[[int], str]] = {
            "number": self._number,
            "text": self._text,
            "date": self._date,
            "timestamp": self._timestamp,
            "condition": self._condition,
        }
        return makers[kind](depth - 1)

    def leaf(self, kind: str) -> str:
        """Return a column of the kind, or a literal."""
        columns = self._columns(kind)
        if columns and self.draw.chance(0.6):
            return self.draw.among(columns)
        if self.draw.odd():
            return self._odd_literal()
        if kind == "number" and self.draw.chance(0.3):
            return self.draw.among(
                ["row_number", "random(0, 9)", "random(-5, 5)", "random(0, 1.00)"]
            )
        literals = {
            "number": NUMBERS,
            "text": TEXTS,
            "date": DATES,
            "timestamp": ("timestamp('2024-02-29 08:30:00')", "timestamp(as_of)"),
            "condition": ("true", "false", "chance(0.5)", "chance(0)", "1 < 2"),
        }
        return self.draw.among(literals[kind])

    def _odd_literal(self) -> str:
        text = odd.text(self.draw).replace("'", "''")
        number = odd.number(self.draw)
        return self.draw.among(
            ["null", f"'{text}'", repr(number), f"date('{text}')", "", "nothing"]
        )

    def _columns(self, kind: str) -> list[str]:
        found = [quoted(n) for n in self.table.families(*_FAMILIES[kind])]
        for relation, parent in self.table.parents.items():
            if parent is not self.table:
                names = parent.families(*_FAMILIES[kind])
                found += [f"{quoted(relation)}.{quoted(name)}" for name in names]
        return found

    def _number(self, depth: int) -> str:  # noqa: PLR0911 -- one for each form
        one, other = self.write("number", depth), self.write("number", depth)
        match self.draw.whole(0, 8):
            case 0 | 1:
                return f"({one} {self.draw.among('+-*')} {other})"
            case 2:
                return f"{one} / nullif({other}, 0)" if self.draw.chance(0.6) else f"({one}) / 4"
            case 3:
                return f"mod({one}, 7)" if self.draw.chance(0.7) else f"{one} % {other}"
            case 4:
                places = self.draw.among(["", ", 0", ", 1", ", 2", ", 6"])
                return f"round({one}{places})"
            case 5:
                return f"{self.draw.among(['floor', 'ceil', 'abs', 'sign'])}({one})"
            case 6:
                return f"{self.draw.among(['least', 'greatest'])}({one}, {other})"
            case 7:
                part = self.draw.among(["year", "month", "day", "weekday"])
                return f"{part}({self.write('date', depth)})"
            case _:
                if self.draw.chance(0.5):
                    return f"length({self.write('text', depth)})"
                dates = self.write("date", depth), self.write("date", depth)
                return f"years_between({dates[0]}, {dates[1]})"

    def _text(self, depth: int) -> str:
        one, other = self.write("text", depth), self.write("text", depth)
        match self.draw.whole(0, 5):
            case 0:
                return f"({one} || {other})"
            case 1:
                return f"concat({one}, ' ', {other})"
            case 2:
                return f"{self.draw.among(['lower', 'upper', 'initcap'])}({one})"
            case 3:
                part = self.draw.among(["left({}, 2)", "right({}, 3)", "substr({}, 2)"])
                return part.format(one)
            case 4:
                return f"lpad({self.write('number', depth)}, 6)"
            case _:
                return f"to_text({self.write(self.draw.among([*_FAMILIES]), depth)})"

    def _date(self, depth: int) -> str:
        date = self.write("date", depth)
        match self.draw.whole(0, 3):
            case 0 | 1:
                number = self.draw.among(["1", "30", "0", f"least(9, abs({self.leaf('number')}))"])
                return f"({date} {self.draw.among('+-')} {self.draw.among(UNITS)}({number}))"
            case 2:
                return f"{self.draw.among(['least', 'greatest'])}({date}, {self.leaf('date')})"
            case _:
                return f"random({date}, {self.write('date', depth)})"

    def _timestamp(self, depth: int) -> str:
        moment = self.write("timestamp", depth)
        unit = self.draw.among(["hours", "minutes", "seconds", "days", "months"])
        if self.draw.chance(0.7):
            return f"({moment} {self.draw.among('+-')} {unit}({self.draw.whole(0, 90)}))"
        return f"timestamp({self.write('date', depth)})"

    def _condition(self, depth: int) -> str:
        kind = self.draw.among(["number", "number", "text", "date", "timestamp"])
        one, other = self.write(kind, depth), self.leaf(kind)
        match self.draw.whole(0, 5):
            case 0 | 1:
                return f"{one} {self.draw.among(['=', '<>', '<', '<=', '>', '>='])} {other}"
            case 2:
                return f"{one} between {other} and {self.leaf(kind)}"
            case 3:
                return f"{one} in ({other}, {self.leaf(kind)})"
            case 4:
                return f"({one}) is {self.draw.among(['', 'not '])}null"
            case _:
                join = self.draw.among(["and", "or"])
                return f"({self.write('condition', depth)} {join} not {self.leaf('condition')})"


def expression(draw: Draw, facts: Raw, table: TableDraft) -> str:
    """Return an expression for a column of these facts, mostly narrowed to what its type holds."""
    of = sql_type(facts["type"])
    kinds = {
        **dict.fromkeys(["integer", "decimal", "float"], "number"),
        **dict.fromkeys(["interval", "bits"], "number"),
        **dict.fromkeys(["text", "enum", "uuid", "bytes"], "text"),
        **dict.fromkeys(["timestamp", "time"], "timestamp"),
        "date": "date",
        "boolean": "condition",
        "array": "number",  # refused, whatever it is
    }
    writer = Writer(draw, table)
    if of.family == "json":
        return draw.among(["'{\"a\": ' || row_number || '}'", "'[]'", "'\"' || lower('A') || '\"'"])
    kind = kinds[of.family]
    depth = draw.among([0, 1, 1, 2, 2, 3, 5])
    made = writer.write(kind, depth)
    if draw.chance(0.2) and depth:
        return made
    made = _narrowed(of, made, kind)
    empty = {"number": "0", "text": "'-'", "condition": "false", "date": "as_of"}
    if not facts.get("nullable") and draw.chance(0.9):
        made = f"coalesce({made}, {empty.get(kind, 'timestamp(as_of)')})"
    return made


def _narrowed(of: ColumnType, made: str, kind: str) -> str:
    """Return an expression that is bounded as its column is."""
    if kind != "number":
        return made
    if of.family in ("decimal", "float"):
        most = 0.9 if of.family == "decimal" and of.precision == of.scale else 9
        return f"least({most}, greatest(-{most}, {made}))"
    least, most = of.integer_bounds if of.family == "integer" else (0, 1)
    low = max(least, -99)
    return f"round(least({min(low + 198, most)}, greatest({low}, {made})))"


def aggregate(draw: Draw, child: TableDraft, relation: str) -> str:
    """Return an aggregate over the children that a grouped foreign key leads from."""
    name = quoted(child.name)
    numbers = [f"{name}.{quoted(n)}" for n in child.families("integer", "decimal")]
    dates = [f"{name}.{quoted(n)}" for n in child.families("date", "timestamp")]
    source = f"{name}.{quoted(relation)}"
    end = f" from {source}" if len(child.parents) > 1 else ""
    choices = [f"count(from {source})"]
    if len(child.parents) == 1 or draw.chance(0.2):
        choices += [f"count({name})", f"exists({name})"]
    if numbers:
        number = draw.among(numbers)
        choices += [f"{name}({number}{end})" for name in ("sum", "avg", "min", "max")]
        choices += [f"sum({number} where {number} > 1)", f"round(sum({number} * 2{end}), 1)"]
    if dates:
        choices += [f"max({draw.among(dates)}{end})", f"min({draw.among(dates)}{end})"]
    return draw.among(choices)


def quoted(name: str) -> str:
    """Return a name as expressions write it."""
    plain = name.isascii() and name.isidentifier() and name.islower()
    return name if plain and name not in odd.NAMES else '"' + name.replace('"', '""') + '"'
