"""A column of any type and generator, with everything that can be said of it."""

from __future__ import annotations

from typing import Any

from fuzz import odd, rare, sql
from fuzz.drafts import Raw, SchemaDraft, TableDraft, family, sql_type
from fuzz.draw import Draw, pruned
from fuzz.parameters import parameters

from shardgen.generators.inference_rules import RULES
from shardgen.generators.registry import FAMILIES

WIDE = ("varchar(255)", "text", "varchar(255)", "varchar(120)")
NUMERIC = ("int", "bigint", "decimal(12,2)", "double", "smallint", "decimal(18,4)", "float")
DAYS = ("date", "date", "date", "datetime", "timestamp")
MOMENTS = ("datetime", "timestamp", "datetime", "timestamptz")
LISTED = (*WIDE, "int", "decimal(9,4)", "boolean", "date", "json", "jsonb", "uuid", "enum('a','b')")
SUITED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(["int_range", "sequence"], (*NUMERIC, "varchar(20)", "tinyint")),
    **dict.fromkeys(["decimal_range", "float_range"], (*NUMERIC, "varchar(40)", "decimal(18,18)")),
    **dict.fromkeys(FAMILIES["choice"], LISTED),
    **dict.fromkeys(FAMILIES["times"], DAYS),
    **dict.fromkeys(["timestamp_past", "timestamp_future", "timestamp_between"], MOMENTS),
    **dict.fromkeys(["date_after", "date_past"], ("date",)),
    **dict.fromkeys(["timestamp_after"], MOMENTS),
    **dict.fromkeys(
        ["boolean", "weighted_boolean"], ("boolean", "bool", "tinyint(1)", "varchar(5)")
    ),
    **dict.fromkeys(["loan_amount", "annual_income"], ("decimal(12,2)", "int", "double")),
    **dict.fromkeys(
        ["payment_amount", "payment_interest", "payment_principal"], ("decimal(12,2)",)
    ),
    **dict.fromkeys(["interest_rate"], ("decimal(5,2)", "double")),
    **dict.fromkeys(["credit_score", "loan_term", "payment_number"], ("int", "smallint")),
    **dict.fromkeys(["ordinal"], ("int", "bigint", "smallint")),
    **dict.fromkeys(["payment_date", "maturity_date", "date_of_birth"], ("date",)),
    "float_range": ("double", "float", "decimal(18,4)", "varchar(40)"),
    "decimal_range": ("decimal(12,2)", "decimal(18,4)", "double", "decimal(18,18)", "varchar(40)"),
    "array": ("text[]", "varchar(80)[]"),
    "range": ("int4range", "numrange", "int8range"),
    "uuid": ("uuid", "char(36)", "varchar(40)", "binary(16)"),
    "time_between": ("time", "time(3)", "timetz", "time(6)"),
    "random_bytes": ("bytea", "binary(16)", "varbinary(40)"),
    "random_bits": ("bit(8)", "varbit(20)", "bit", "bit(64)"),
    "spelled": ("inet", "cidr", "macaddr", "xml", "tsvector", "point", "daterange", "int4range"),
    "expression": (*NUMERIC, *WIDE, "date", "timestamp", "boolean", "tinyint", "enum('a','b')"),
}
"""The types that a generator usually fills; those of all others are of text."""
UNIQUE = (
    *(
        "email",
        "username",
        "password",
        "phone",
        "ssn",
        "loan_number",
        "uuid",
        "int_range",
        "address",
    ),
    *("decimal_range", "sequence", "full_name", "timestamp_past", "date_between", "pattern"),
    *("float_range", "company_email", "timestamp_between", "date_of_birth", "email", "uuid"),
)
FAKER = (
    *(
        "name",
        "ean",
        "color_name",
        "ipv4",
        "md5",
        "pyint",
        "date_time",
        "boolean",
        "binary",
        "bban",
    ),
    *(
        "random_digit",
        "pydecimal",
        "time",
        "json",
        "paragraphs",
        "simple_profile",
        "uuid4",
        "nothing",
    ),
    *("date_object", "currency_code", "random_element", "text", "unix_time", "pyfloat", "am_pm"),
)
LOCALES = ("de_DE", "ja_JP", "ar_EG", "fr_FR", "en_GB", "en_US", "en-US", "ja")
DEFAULTS: dict[str, tuple[Any, ...]] = {
    "integer": (0, 1, "7", -1),
    "decimal": (0, 0.5, "0.1", 0.25),
    "float": (0, 1.5, "2.5", 1e10),
    "text": ("", "a", "it's", 1),
    "date": ("2024-01-31", "CURRENT_DATE", "1999-12-31"),
    "timestamp": ("CURRENT_TIMESTAMP", "2024-01-31 10:00:00", "2020-02-29"),
    "boolean": (True, False, "true", 0),
    "json": ("{}", "[]", "null"),
    "uuid": ("00000000-0000-4000-8000-000000000000",),
    "array": ("{}", "[]"),
}
_LIGHT = {
    name: 12.0 for home in ("choice", "derived", "numbers", "times") for name in FAMILIES[home]
}
_HEAVY = dict.fromkeys(FAMILIES["payments"], 1.0)
GENERATORS = {name: 4.0 for names in FAMILIES.values() for name in names} | _LIGHT | _HEAVY
GENERATORS |= {"expression": 60.0, "dataset": 12.0, "date_after": 12.0, "timestamp_after": 12.0}
GENERATORS |= {"maturity_date": 3.0, "array": 2.0, "range": 1.0}


def column_name(draw: Draw, table: TableDraft, usual: str) -> str:
    """Return a name that the table has not, or an odd one."""
    name = odd.text(draw) if draw.odd() else draw.among(odd.NAMES) if draw.chance(0.02) else usual
    if draw.wild == 0 and (not name.isprintable() or not 0 < len(name.encode()) < 60):
        name = usual
    taken = {known.casefold() for known in table.columns}
    return usual if name.casefold() in taken and not draw.odd() else name


def column(draw: Draw, table: TableDraft, schema: SchemaDraft) -> Raw:
    """Return the facts of a column that is no foreign key."""
    kind = draw.weighted({"type": 3, "generator": 9, "unique": 2, "faker": 0.15, "rare": 1.6})
    facts: Raw = {"nullable": True} if draw.chance(0.35) else {}
    if kind == "unique":
        facts |= {"unique": True}
        if draw.chance(0.3):
            facts |= {
                "type": draw.among(("uuid", "bigint", "varchar(30)", "timestamp", "decimal(14,3)"))
            }
        else:
            name = draw.weighted(GENERATORS) if draw.chance(0.05) else draw.among(UNIQUE)
            facts |= _generated(draw, name, facts, table, schema)
    elif kind == "rare":
        facts |= _rare(draw, facts, table, schema)
    elif kind == "type":
        facts |= {"type": type_text(draw)}
    elif kind == "faker":
        facts |= {"type": draw.among(LISTED), "generator": f"faker.{draw.among(FAKER)}"}
        facts["generator_params"] = {"pool_size": draw.among([1, 20, 50])}
    else:
        facts |= _generated(draw, draw.weighted(GENERATORS), facts, table, schema)
    facts |= _more(draw, facts, table)
    return facts | rare.own_type(draw, facts)


def _rare(draw: Draw, facts: Raw, table: TableDraft, schema: SchemaDraft) -> Raw:
    """Return the facts of a column of a type that few schemas have."""
    kind = draw.among(rare.TYPES)
    if draw.chance(0.12):
        facts |= {"unique": True}
    name = rare.generator(draw, kind)
    if name is None:
        return facts | {"type": kind}
    if name not in ("choice", "weighted"):
        return _generated(draw, name, facts, table, schema, kind)
    values: list[Any] = rare.listed(draw, kind) or ["00"]
    if name == "weighted":
        values = [{"value": value, "weight": 1 + n} for n, value in enumerate(values)]
    return facts | {"type": kind, "generator": name, "generator_params": {"values": values}}


OF_FAMILY = {
    "text": WIDE,
    "integer": ("int", "bigint", "smallint"),
    "decimal": ("decimal(12,2)", "decimal(9,6)", "money"),
    "float": ("double", "float"),
    "date": ("date",),
    "timestamp": MOMENTS,
}


def named_column(draw: Draw, table: TableDraft) -> tuple[str, Raw]:
    """Return a column that says by its name what it is, and its name."""
    rule = draw.among(RULES)
    name = f"{draw.among(rule.of)} " if rule.of else ""
    name = (name + draw.among(rule.endings)).replace(" ", "_")
    family_ = draw.among([*OF_FAMILY]) if draw.chance(0.1) else draw.among(rule.types)
    kind = draw.among(OF_FAMILY.get(family_, (family_,)))
    if rule.length is not None:
        kind = f"char({rule.length})"
    facts: Raw = {"type": kind}
    for said, share in (("nullable", 0.3), ("unique", 0.06)):
        if draw.chance(share):
            facts[said] = True
    if draw.chance(0.3):
        facts["generator"] = "auto"
    taken = {known.casefold() for known in table.columns}
    return (f"c{len(taken)}_{name}" if name.casefold() in taken else name), facts


def _generated(
    draw: Draw, name: str, facts: Raw, table: TableDraft, schema: SchemaDraft, kind: str = ""
) -> Raw:
    """Return the facts of a column of a generator, and of the type `kind` where one is given."""
    if name == "ordinal" and not table.grouped and draw.chance(0.9):
        name = "int_range"
    if name == "dataset" and not schema.datasets:
        name = "choice"
    if name in ("date_after", "timestamp_after") and not table.families("date", "timestamp"):
        name = "date_past"
    if name == "maturity_date" and not table.families("date"):
        name = "date_of_birth"
    kind = kind or draw.among(SUITED.get(name, WIDE))
    if draw.odd() or draw.chance(0.02):
        kind = type_text(draw)
    made: Raw = {"type": kind, "generator": name}
    of = parameters(draw, name, facts | made, table, schema)
    law = of.get("distribution")
    if isinstance(law, dict) and draw.chance(0.1):
        made["distribution"] = of.pop("distribution")
    return made | ({"generator_params": of} if of or draw.chance(0.1) else {})


def type_text(draw: Draw) -> str:
    if draw.odd():
        return draw.among(odd.WRONG_TYPES)
    return draw.among(odd.TYPES)


def _more(draw: Draw, facts: Raw, table: TableDraft) -> Raw:
    """Return what can be said of any column: nulls, edge cases, a default, a locale."""
    parameters = dict(facts.get("generator_params", {}))
    if facts.get("nullable") and draw.chance(0.4):
        parameters["null_probability"] = draw.among([0, 0.5, 1, 0.01])
    if draw.chance(0.06):
        parameters["edge_case_probability"] = draw.among([0, 0.3, 1])
    if draw.odd():
        parameters["null_probability"] = odd.value(draw)
    text = family(facts["type"]) == "text" and facts.get("generator") not in ("constant", "choice")
    made = pruned(
        {
            "generator_params": parameters or None,
            "default": default(draw, facts["type"]) if draw.chance(0.12) else None,
            "locale": draw.among(LOCALES) if text and draw.chance(0.1) else None,
            "order": draw.among(["rising", "falling"]) if _has_order(draw, facts) else None,
            "correlation": _correlation(draw, facts, table) if draw.chance(0.08) else None,
            "hidden": True if draw.chance(0.04) else None,
            "collation": sql.collation(draw, facts) if draw.chance(0.05) else None,
            "description": odd.text(draw) if draw.chance(0.05) else None,
            "comment": odd.text(draw) if draw.chance(0.04) else None,
            "edge_case_probability": draw.among([0, 0.5, 1]) if draw.chance(0.05) else None,
        }
    )
    if draw.odd():
        made[draw.among([*ODD_FIELDS])] = odd.value(draw)
    return made


ODD_FIELDS = (
    *("default", "locale", "nullable", "unique", "auto_increment", "generator", "distribution"),
    *(
        "correlation",
        "foreign_key",
        "type",
        "order",
        "description",
        "edge_case_probability",
        "enum_name",
        "as",
        "size",
    ),
)


def default(draw: Draw, kind: str) -> Any:
    """Return a DEFAULT of that type, or an odd one."""
    if draw.odd():
        return odd.value(draw) if draw.chance(0.7) else draw.among(odd.DATES)
    of = sql_type(kind)
    if of.family == "enum":
        return draw.among(of.values)
    value = rare.default(draw, kind)
    if value is None:
        value = draw.among(DEFAULTS.get(of.family, (0,)))
    return "" if of.length is not None and len(str(value)) > of.length else value


def _has_order(draw: Draw, facts: Raw) -> bool:
    """Return whether a column is to rise or fall from row to row."""
    if draw.odd():
        return True
    return draw.chance(0.15) and facts.get("generator") in _FOLLOWED and not facts.get("unique")


def _correlation(draw: Draw, facts: Raw, table: TableDraft) -> Raw | None:
    """Return a column to follow: of the row, of a parent, or the number of children."""
    if facts.get("unique") or facts.get("generator") in ("expression", "sequence", "ordinal"):
        return None
    if family(facts["type"]) in ("json", "uuid", "text") and not draw.odd():
        return None
    names = followed(table)
    for relation, parent in table.parents.items():
        names += [f"{relation}.{name}" for name in followed(parent) if parent is not table]
    if not names:
        return None
    return {"column": draw.among(names), "rho": draw.among([0, 1, -1, 0.5, -0.3, 0.99])}


def followed(table: TableDraft) -> list[str]:
    """Return the columns that another can follow: drawn ones that are in no key."""
    in_sets = {name for names in table.unique for name in names}
    return [
        name
        for name, facts in table.columns.items()
        if facts.get("generator") in _FOLLOWED and name not in in_sets
        if not (facts.get("unique") or facts.get("primary_key") or facts.get("correlation"))
    ]


_FOLLOWED = (
    "int_range",
    "decimal_range",
    "float_range",
    "date_past",
    "date_of_birth",
    "date_between",
)
