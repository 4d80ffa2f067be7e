"""What the values of a column may be, by all conditions on it: they only ever get narrower."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from shardgen.importing.checks.condition import Compare, Constant, In, Match, Now, Operand, Operator

Bound = Decimal | dt.datetime | dt.date


JSON_KINDS = ("object", "array", "string", "number", "boolean", "null")
Step = Decimal | dt.timedelta


class ImpossibleError(ValueError):
    """No value is left."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the values of a column may be.

    `low` and `high` are bounds, included unless `low_open` or `high_open`; of times both may be
    days before or after the moment, `since` and `until`. `values` are all that there are, `others`
    those that are not. `kinds` are those of JSON, all where it is empty. `shortest` and `longest`
    are in characters. `nulls` says that all are NULL, or none.
    """

    low: Bound | None = None
    high: Bound | None = None
    low_open: bool = False
    high_open: bool = False
    since: float | None = None
    until: float | None = None
    values: tuple[Constant, ...] | None = None
    others: tuple[Constant, ...] = ()
    shortest: int = 0
    longest: int | None = None
    patterns: tuple[Match, ...] = ()
    case: Literal["lower", "upper"] | None = None
    kinds: tuple[str, ...] = ()
    nulls: Literal["all", "none"] | None = None

    def with_nulls(self, nulls: Literal["all", "none"]) -> Limits:
        """Return the limits where all values are NULL, or none; ImpossibleError for both."""
        if self.nulls not in (None, nulls):
            raise ImpossibleError
        return msgspec.structs.replace(self, nulls=nulls)

    def compared(self, condition: Compare, family: str) -> Limits:
        """Return the limits of a column that is compared with a constant or the moment."""
        function = condition.left.function
        right = condition.right
        if isinstance(right, Now):
            return self._by_now(condition.operator, right.days)
        assert not isinstance(right, Operand), "two columns are a relation"
        if function == "length":
            return self.long(condition.operator, _number(right))
        if function in ("lower", "upper", "trim", "kind") and condition.operator in ("=", "<>"):
            return self.one_of(In(condition.left, (right,), condition.operator == "<>"), family)
        if function is not None:
            return self._of_function(condition, right)
        if condition.operator in ("=", "<>"):
            return self.one_of(In(condition.left, (right,), condition.operator == "<>"), family)
        return self.bounded(condition.operator, bound_of(right, family))

    def _of_function(self, condition: Compare, right: Constant) -> Limits:
        """Return the limits of a number whose absolute value is bounded."""
        if condition.left.function != "abs" or condition.operator not in ("<", "<="):
            raise ImpossibleError
        most = _number(right)
        mirrored: Operator = ">" if condition.operator == "<" else ">="
        return self.bounded(condition.operator, most).bounded(mirrored, -most)

    def one_of(self, condition: In, family: str) -> Limits:
        """Return the limits of a column that is one of some values, or none of them."""
        if condition.left.function == "kind":
            return self.of_kind(condition)
        finite = (value for value in condition.values if not _is_beyond(value, family))
        values = tuple(constant_of(value, family) for value in finite)
        function = condition.left.function
        if function == "length":
            return self._lengths(values, negated=condition.negated)
        if condition.negated:
            others = tuple(dict.fromkeys((*self.others, *values)))
            return msgspec.structs.replace(self, others=others).checked()
        if function in ("lower", "upper"):
            change = str.lower if function == "lower" else str.upper
            values = tuple(v for v in values if isinstance(v, str) and change(v) == v)
        kept = values if self.values is None else tuple(v for v in self.values if v in values)
        return msgspec.structs.replace(self, values=tuple(dict.fromkeys(kept))).checked()

    def of_kind(self, condition: In) -> Limits:
        """Return the limits of JSON that has one of some kinds, or none of them."""
        named = {str(value) for value in condition.values}
        known = self.kinds or JSON_KINDS
        kept = tuple(kind for kind in known if (kind in named) is not condition.negated)
        if not kept:
            raise ImpossibleError
        return msgspec.structs.replace(self, kinds=kept)

    def closed(self, step: Step) -> Limits:
        """Return the limits with bounds that are values themselves; `step` is between two."""
        low, high = self.low, self.high
        if low is not None and self.low_open:
            low = _moved(low, step)
        if high is not None and self.high_open:
            high = _moved(high, -step)
        made = msgspec.structs.replace(self, low=low, high=high, low_open=False, high_open=False)
        return made.checked()

    def beside(self, other: Limits, operator: Operator, plus: Decimal, step: Step) -> Limits:
        """
        Return the limits of a column that is compared with another of such limits, plus a number.

        Bounds alone, and closed ones: a column below another is a step below its greatest value.
        """
        made = self
        strict = operator in ("<", ">")
        if operator in ("<", "<=", "=") and other.high is not None:
            high = _moved(other.high, plus)
            made = made.bounded("<=", _moved(high, -step) if strict else high)
        if operator in (">", ">=", "=") and other.low is not None:
            low = _moved(other.low, plus)
            made = made.bounded(">=", _moved(low, step) if strict else low)
        return made

    def matching(self, condition: Match) -> Limits:
        """Return the limits of a text that has a form."""
        patterns = tuple(dict.fromkeys((*self.patterns, condition)))
        return msgspec.structs.replace(self, patterns=patterns)

    def in_case(self, case: Literal["lower", "upper"]) -> Limits:
        """Return the limits of a text without capital letters, or without small ones."""
        if self.case not in (None, case):
            raise ImpossibleError
        return msgspec.structs.replace(self, case=case)

    def _lengths(self, values: Iterable[Constant], *, negated: bool) -> Limits:
        numbers = [int(_number(value)) for value in values]
        if negated:
            if numbers != [0]:
                raise ImpossibleError
            return self.long(">=", Decimal(1))
        least = max(min(numbers), self.shortest)
        return self.long(">=", Decimal(least)).long("<=", Decimal(least))

    def long(self, operator: Operator, number: Decimal) -> Limits:
        """Return the limits of a text of so many characters, or of more, or of fewer."""
        count = int(number)
        shortest, longest = self.shortest, self.longest
        match operator:
            case ">" | ">=":
                shortest = max(shortest, count + (operator == ">"))
            case "<" | "<=":
                most = count - (operator == "<")
                longest = most if longest is None else min(longest, most)
            case "=":
                return self.long(">=", number).long("<=", number)
            case "<>":
                return self.long(">", number) if count >= shortest else self
        return msgspec.structs.replace(self, shortest=shortest, longest=longest).checked()

    def _by_now(self, operator: Operator, days: float) -> Limits:
        if operator in ("<", "<="):
            until = days if self.until is None else min(self.until, days)
            return msgspec.structs.replace(self, until=until)
        if operator in (">", ">="):
            since = days if self.since is None else max(self.since, days)
            return msgspec.structs.replace(self, since=since)
        raise ImpossibleError

    def bounded(self, operator: Operator, bound: Any) -> Limits:
        """Return the limits of a column on one side of a bound, a number or a time as it is."""
        made = self
        if operator in (">", ">="):
            is_open = operator == ">"
            if made.low is None or (bound, is_open) > (made.low, made.low_open):
                made = msgspec.structs.replace(made, low=bound, low_open=is_open)
        elif operator in ("<", "<="):
            is_open = operator == "<"
            if made.high is None or (bound, not is_open) < (made.high, not made.high_open):
                made = msgspec.structs.replace(made, high=bound, high_open=is_open)
        return made.checked()

    def checked(self) -> Limits:
        """Return the limits with the values that meet them; ImpossibleError where none is left."""
        if self.longest is not None and self.longest < max(self.shortest, 0):
            raise ImpossibleError
        low: Any = self.low
        if low is not None and self.high is not None:
            is_open = self.low_open or self.high_open
            if low > self.high or (is_open and low == self.high):
                raise ImpossibleError
        if self.values is None:
            return self
        kept = tuple(value for value in self.values if self._allows(value))
        if not kept:
            raise ImpossibleError
        return msgspec.structs.replace(self, values=kept)

    def _allows(self, value: Constant) -> bool:
        if value in self.others:
            return False
        if isinstance(value, str):
            return self.shortest <= len(value) and len(value) <= (self.longest or len(value))
        if isinstance(value, bool):
            return True
        bound: Any = Decimal(value) if isinstance(value, int) else value
        if self.low is not None and (bound < self.low or (self.low_open and bound == self.low)):
            return False
        is_above = self.high is not None and bound > self.high
        return not (is_above or (self.high_open and bound == self.high))


def _moved(bound: Bound, by: Step) -> Bound:
    """Return a bound moved by a number, or a time by days, and no other."""
    if isinstance(bound, Decimal):
        return bound + by if isinstance(by, Decimal) else bound
    return bound + by if isinstance(by, dt.timedelta) else bound


def bound_of(value: Constant, family: str) -> Bound:
    """Return a constant as a bound of a column's values; ImpossibleError where it is none."""
    made = constant_of(value, family)
    if isinstance(made, (bool, str)):
        raise ImpossibleError
    return Decimal(made) if isinstance(made, int) else made


def constant_of(value: Constant, family: str) -> Constant:
    """Return a constant as a value of a column: a text beside a number is one too."""
    try:
        if family in ("integer", "decimal", "float") and not isinstance(value, bool):
            return _number(value)
        if family == "date" and isinstance(value, (str, dt.datetime)):
            return dt.date.fromisoformat(str(value)[:10])
        if family == "timestamp" and isinstance(value, str):
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        if family == "timestamp" and type(value) is dt.date:
            return dt.datetime(value.year, value.month, value.day)
        if family == "boolean":
            return value if isinstance(value, bool) else str(value).lower() in ("1", "t", "true")
    except (ValueError, ArithmeticError):
        raise ImpossibleError from None
    return str(value) if isinstance(value, (int, Decimal)) and family == "text" else value


def _number(value: Constant) -> Decimal:
    if isinstance(value, (dt.date, bool)):
        raise ImpossibleError
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ImpossibleError from None
    if not number.is_finite():
        raise ImpossibleError
    return number


def _is_beyond(value: Constant, family: str) -> bool:
    """Return whether a constant is NaN or infinite, which no number that is made equals."""
    if family not in ("integer", "decimal", "float") or not isinstance(value, (str, Decimal)):
        return False
    try:
        return not Decimal(value).is_finite()
    except ArithmeticError:
        return False
