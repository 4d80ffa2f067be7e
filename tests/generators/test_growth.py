"""Growth is stable: what is added changes values of those generators that say so alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from support.tables import GENERATED, WITH_OTHERS, bind, schema_with

from shardgen.errors import InputError
from shardgen.generators.registry import FAMILIES, GENERATORS
from shardgen.tables.batch import Batch

Columns = dict[str, dict[str, Any]]
OWN = {name: name for names in FAMILIES.values() for name in names}
OF_LOANS: Columns = {
    "maturity_date": {"type": "date", "generator_params": {"based_on": "born"}},
    "payment_amount": {"type": "decimal(12,2)"},
    "payment_date": {"type": "date"},
    "payment_interest": {"type": "decimal(12,2)"},
    "payment_number": {"type": "int"},
    "payment_principal": {"type": "decimal(12,2)"},
    "ordinal": {"type": "int", "generator_params": {"of": "loan_id"}},
    "timestamp_between": GENERATED["timestamp_between"],
}
FACTS = {"datasets": {"codes": {"columns": ["code"], "rows": [[f"c{n}"] for n in range(400)]}}}
CODE: Columns = {"dataset": {"generator_params": {"dataset": "codes", "column": "code"}}}
KINDS = GENERATED | WITH_OTHERS | OF_LOANS | CODE
LOANS: Columns = {
    "id": {"type": "bigint", "primary_key": True},
    "term_months": {"type": "int", "generator": "loan_term"},
    "amount": {"type": "decimal(12,2)", "generator": "loan_amount"},
    "interest_rate": {"type": "decimal(5,2)", "generator": "interest_rate"},
    "funded_date": {"type": "date", "generator": "date_past"},
}
STATUS = {"status": {"type": "varchar(30)", "generator": "loan_status"}}
BASE: Columns = {
    "id": {"type": "bigint", "primary_key": True},
    "loan_id": {
        "type": "bigint",
        "foreign_key": {"table": "loans", "column": "id", "fan_out": "grouped"},
    },
    "born": {"type": "date", "generator": "date_of_birth"},
}
NAMED: Columns = {
    "payment_number": {"type": "int", "generator": "payment_number"},
    "payment_date": {"type": "date", "generator": "date_past"},
    "funded_date": {"type": "date", "generator": "date_past"},
    "status": {"type": "varchar(30)", "generator": "loan_status"},
    "name": {"type": "varchar(90)", "generator": "phrase"},
    "amount": {"type": "decimal(12,2)", "generator": "decimal_range"},
}
"""Columns by the names that some generators look for."""


def column(name: str, *, unique: bool = False) -> dict[str, Any]:
    """Return a column of that generator."""
    return {"type": "varchar(255)", "generator": name, **KINDS[name], "unique": unique}


def rows_with(
    columns: Columns, *, status: bool = False, of_loan: Columns | None = None, **tables: Any
) -> Batch:
    """Return the rows of a table with these columns, of loans with or without a status and more."""
    loans = LOANS | (STATUS if status else {}) | (of_loan or {})
    bound = bind(schema_with(FACTS, loans=(60, loans), t=(240, BASE | columns), **tables))
    return bound["t"].whole


def values_of(batch: Batch, name: str = "v") -> list[Any]:
    """Return the values of a column."""
    null = batch.null(name)
    nulls = [False] * 240 if null is None else null.tolist()
    made = batch.column(name).python()
    return [None if is_null else value for value, is_null in zip(made, nulls, strict=True)]


def values(columns: Columns, **more: Any) -> list[Any]:
    """Return the values of column v among others."""
    return values_of(rows_with(columns, **more))


def can_be(name: str, *, unique: bool) -> bool:
    """Say whether a generator makes a column here that is unique, or one that is not."""
    try:
        values(needed(name) | {"v": column(name, unique=unique)})
    except InputError:
        return False
    return True


def needed(name: str) -> Columns:
    """Return the columns that a generator cannot do without, and that are there from the start."""
    if name in ("payment_date", "payment_status"):
        return {}
    return (
        {
            "payment_number": {"type": "int", "generator": "payment_number"},
        }
        if name.startswith("payment_") and name != "payment_number"
        else {}
    )


def test_every_generator_is_walked():
    """None is forgotten when one is added."""
    assert set(OWN) == set(KINDS)


@pytest.mark.parametrize("unique", [False, True], ids=["", "unique"])
@pytest.mark.parametrize("name", sorted(OWN))
def test_what_is_added_changes_no_value(name, unique):
    """Columns of all generators and by all names that this one does not state, and a table."""
    if not can_be(name, unique=unique):
        pytest.skip("cannot be such a column")
    v = f"added_{name}_{unique}"
    kind = GENERATORS[name]
    own = needed(name) | {v: column(name, unique=unique)}
    if kind.beside or kind.named or not can_add(name, unique=unique):
        grown = rows_beside(kind.beside, kind.named, own)
    else:
        grown = rows_beside_all()
    assert values_of(rows_with(own), v) == values_of(grown, v)


@cache
def rows_beside_all() -> Batch:
    """Return rows with columns of all generators and by all names, each of which is added."""
    return rows_beside((), (), {})


def rows_beside(beside: Sequence[str], names: Sequence[str], own: Columns) -> Batch:
    """Return rows with columns of all other generators and by all other names, and a child."""
    others = {
        f"added_{other}_{twice}": column(other, unique=twice)
        for other in sorted(OWN)
        for twice in (False, True)
        if other not in beside and can_add(other, unique=twice)
    }
    named = {key: facts for key, facts in NAMED.items() if key not in (*names, *own)}
    named = {k: facts for k, facts in named.items() if facts["generator"] not in beside}
    child = {
        "id": {"type": "bigint", "primary_key": True},
        "t_id": {"type": "bigint", "foreign_key": {"table": "t", "column": "id"}},
    }
    status = "loan.status" not in names and len(own) < 2  # what is needed may read it
    return rows_with(others | own | named, status=status, child=(9, child))


ADDABLE: dict[tuple[str, bool], bool] = {}


def can_add(name: str, *, unique: bool) -> bool:
    """Say, once, whether such a column can be added to any table here."""
    if (name, unique) not in ADDABLE:
        loans_own = name.startswith("payment_") and name != "payment_status"
        ADDABLE[name, unique] = not loans_own and can_be(name, unique=unique)
    return ADDABLE[name, unique]


SHORT = {"category": "varchar(8)", "diagnosis": "varchar(20)", "diagnosis_code": "varchar(3)"}
"""Types that hold some of the values, to which others of the row have to fit."""
TO_READ = {
    ("company_email", name): {"generator_params": {"domain": "acme.example"}}
    for name in ("first_name", "last_name", "full_name")
}
"""What one has to be told to read the other."""
STATED = [(name, other) for name in sorted(OWN) for other in GENERATORS[name].beside]


@pytest.mark.parametrize(("name", "other"), STATED)
def test_what_is_stated_is_read(name, other):
    """A column of each generator that is stated does change values."""
    own = {"v": column(name) | TO_READ.get((name, other), {})}
    made_by = other.removeprefix("parent.")
    added = column(made_by, unique=other == "dataset")  # whose rows the others of a dataset follow
    if made_by in SHORT:
        added["type"] = SHORT[made_by]
    if made_by == other:
        grown = values(own | {"added": added})
    else:
        grown = values(own, of_loan={"added": added})
    assert values(own) != grown


@pytest.mark.parametrize("name", sorted(name for name in OWN if GENERATORS[name].named))
def test_names_that_are_stated_are_read(name):
    """All of them together change values."""
    named = GENERATORS[name].named
    own = {"v": column(name)}
    added = {key: NAMED[key] for key in named if not key.startswith("loan.")}
    assert values(own) != values(own | added, status="loan.status" in named)
