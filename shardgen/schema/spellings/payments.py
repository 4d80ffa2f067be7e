"""
Payments that are described by their loan: `based_on_loan`, `monthly_interval`, `calculated_from`.

A schema that says so means one schedule: payments follow each other from the first, their dates and
amounts are those of one loan, none is paid after as-of, and a loan is funded after its borrower was
there. Here it gets the keys and the parameters by which the generators keep that.
"""

from __future__ import annotations

from typing import Any

from shardgen.schema.spellings.draft import Raw

_BY_LOAN = ("based_on_loan", "calculated_from", "term", "rate")
_OWN = {
    "based_on_loan": "date_column",
    "calculated_from": "amount_column",
    "term": "term_column",
    "rate": "rate_column",
}
"""Which parameter each of them is another name of."""
_PAYMENT = "payment_"
_PAST = ("date_past", "timestamp_past")
_OF_INSTALMENT = ("amount_column", "rate_column", "term_column", "number_column")
_READ = {
    "payment_number": ("term_column",),
    "payment_date": ("date_column", "number_column"),
    "payment_status": ("number_column",),
    "payment_amount": _OF_INSTALMENT,
    "payment_principal": _OF_INSTALMENT,
    "payment_interest": _OF_INSTALMENT,
}
"""Which of what the payments of a table share each generator reads, beside the loan itself."""
_STATES = ("paid", "late", "missed", "pending")


def with_schedules(tables: list[Any]) -> list[Any]:
    """Return the tables, those of payments by their loan as schedules."""
    made = list(tables)
    for n, table in enumerate(tables):
        columns = _columns(table)
        if not any(name in _parameters(c) for c in _payments(columns) for name in _BY_LOAN):
            continue
        key = _key_to_loan(columns)
        if key is None:
            continue
        made[n] = {**table, "columns": _scheduled(columns, key)}
        loan = key["foreign_key"].get("table")
        dates = {_last(_parameters(c).get("based_on_loan")) for c in _payments(columns)}
        made = [_funded_later(t, made, dates - {""}) if _is_table(t, loan) else t for t in made]
    return made


def _columns(table: Any) -> list[Raw]:
    columns = table.get("columns") if isinstance(table, dict) else None
    if not isinstance(columns, list) or not all(isinstance(c, dict) for c in columns):
        return []
    return columns


def _is_table(table: Any, name: Any) -> bool:
    return isinstance(table, dict) and table.get("name") == name


def _parameters(column: Raw) -> Raw:
    parameters = column.get("generator_params")
    return parameters if isinstance(parameters, dict) else {}


def _payments(columns: list[Raw]) -> list[Raw]:
    """Return the columns that the generators of payments make."""
    return [c for c in columns if str(c.get("generator")).startswith(_PAYMENT)]


def _key_to_loan(columns: list[Raw]) -> Raw | None:
    """Return the column whose foreign key leads to the loan: the named one, or the only one."""
    keys = [c for c in columns if isinstance(c.get("foreign_key"), dict)]
    for column in _payments(columns):
        for name in _BY_LOAN:
            word, dot, _ = str(_parameters(column).get(name, "")).partition(".")
            for key in keys if dot else ():
                names = (key.get("name"), f"{word}_id", key["foreign_key"].get("table"))
                if word in names or key.get("name") == f"{word}_id":
                    return key
    return keys[0] if len(keys) == 1 else None


def _scheduled(columns: list[Raw], key: Raw) -> list[Raw]:
    """Return columns of which all know the same loan, and their rows lie together."""
    shared: Raw = {"loan": key.get("name")}
    for column in _payments(columns):
        said = _parameters(column)
        shared |= {own: _last(said[name]) for name, own in _OWN.items() if name in said}
        if column["generator"] == "payment_number":
            shared["number_column"] = column.get("name")
    dates = [c.get("name") for c in columns if c.get("generator") == "payment_date"]
    can_follow = bool(dates) and "number_column" in shared
    made = []
    for column in columns:
        facts = dict(column)
        if column is key and "fan_out" not in column["foreign_key"]:
            facts["foreign_key"] = {**column["foreign_key"], "fan_out": "grouped"}
        if any(column is payment for payment in _payments(columns)):
            own = {k: v for k, v in _parameters(column).items() if k not in _OWN}
            facts["generator_params"] = {
                **_read_by(column, shared, can_follow=can_follow),
                **own,
            }
            if column["generator"] == "payment_number":
                facts["generator_params"].setdefault("from_first", True)
            elif _is_state_of_loan(column):
                facts["generator_params"].setdefault("follows_loan", True)
                if dates:
                    facts["generator_params"].setdefault("date_of_payment", dates[0])
        made.append(facts)
    return made


def _read_by(column: Raw, shared: Raw, *, can_follow: bool) -> Raw:
    """
    Return what a column reads of what the payments of a table share: more would be idle.

    `can_follow` says whether the table has what a state follows from.
    """
    if column["generator"] == "payment_status" and not (can_follow and _is_state_of_loan(column)):
        return {}
    names = ("loan", *_READ.get(column["generator"], ()))
    return {name: value for name, value in shared.items() if name in names}


def _is_state_of_loan(column: Raw) -> bool:
    """Return whether a column has the states that follow from the day of a payment."""
    if column["generator"] != "payment_status":
        return False
    values = _parameters(column).get("values")
    if not isinstance(values, list):
        return values is None
    names = [v.get("value") if isinstance(v, dict) else v for v in values]
    return "paid" in names and "pending" in names and all(n in _STATES for n in names)


def _last(path: Any) -> str:
    """Return the column that a path such as `loan.amount` ends in."""
    return str(path).rpartition(".")[2] if isinstance(path, str) else ""


def _funded_later(loan: Raw, tables: list[Any], dates: set[str]) -> Raw:
    """Return a table of loans that are funded after their borrower was there."""
    began = _beginning_of_parent(loan, tables)
    if began is None:
        return loan
    columns = [
        _after(column, began) if column.get("name") in dates else column
        for column in _columns(loan)
    ]
    return {**loan, "columns": columns}


def _beginning_of_parent(loan: Raw, tables: list[Any]) -> str | None:
    """Return the path of the date since when a parent of the loan is there."""
    for column in _columns(loan):
        key = column.get("foreign_key")
        if not isinstance(key, dict) or column.get("nullable"):
            continue
        parent = next((t for t in tables if _is_table(t, key.get("table"))), None)
        if parent is None or parent is loan:
            continue
        past = [
            c for c in _columns(parent) if c.get("generator") in _PAST and not c.get("nullable")
        ]
        named = [c for c in past if c.get("name") == "created_at"] or past
        if len(named) == 1:
            return f"{column.get('name')}.{named[0].get('name')}"
    return None


def _after(column: Raw, began: str) -> Raw:
    """Return a column of a past date as one that comes after another, and keeps its own bounds."""
    said = _parameters(column)
    if column.get("generator") != "date_past" or column.get("unique"):
        return column
    known = ("days_ago_min", "days_ago_max", "min_days_ago", "max_days_ago", "days_ago")
    if not said.keys() <= {*known, "years_ago"} or "distribution" in column:
        return column
    days = sorted(v for name in known if isinstance(v := said.get(name), int))
    years = said.get("years_ago")
    if isinstance(years, (int, float)):
        days = sorted([*days, round(years * 365.25)])
    least = days[0] if len(days) > 1 else 0
    most = days[-1] if days else 365
    first = f"least(greatest(date({began}) + days(1), as_of - days({most})), as_of)"
    last = f"greatest({first}, as_of - days({least}))"
    made = {name: value for name, value in column.items() if name != "generator_params"}
    parameters = {"expression": f"random({first}, {last})"}
    return {**made, "generator": "expression", "generator_params": parameters}
