"""Generators by name: which rule a column's name, type, table and neighbours lead to."""

from __future__ import annotations

from typing import Any

import pytest
from support.tables import schema_of

from shardgen.generators.inference import candidates, singular, words_of
from shardgen.generators.inference_rules import CREDENTIALS, RULES, TIME, Rule
from shardgen.generators.parameters import generator_kind
from shardgen.schema.catalog import Catalog
from shardgen.schema.types import ColumnType

CASES = [
    ("users", "password_hash", "varchar(60)", "credential", "placeholder_secret"),
    ("users", "firstName", "varchar(40)", "first name", "first_name"),
    ("users", "lastname", "varchar(40)", "last name", "last_name"),
    ("orders", "full_name", "varchar(80)", "person", "full_name"),
    ("users", "name", "varchar(80)", "name of a person", "full_name"),
    ("people", "name", "varchar(80)", "name of a person", "full_name"),
    ("orders", "customer_name", "varchar(80)", "name of a person", "full_name"),
    ("suppliers", "email", "varchar(80)", "email of a company", "company_email"),
    ("users", "email_address", "varchar(80)", "email", "email"),
    ("users", "userName", "varchar(40)", "username", "username"),
    ("users", "phone2", "varchar(20)", "phone", "phone"),
    ("users", "job_title", "varchar(80)", "job title", "job_title"),
    ("employees", "title", "varchar(80)", "title of a person", "job_title"),
    ("users", "ssn", "char(11)", "social security number", "ssn"),
    ("users", "gender", "varchar(10)", "gender", "choice"),
    ("users", "dob", "date", "date of birth", "date_of_birth"),
    ("users", "birth_date", "date", "date of birth", "date_of_birth"),
    ("users", "age", "tinyint", "age", "int_range"),
    ("users", "home_city", "varchar(80)", "city", "city"),
    ("cities", "name", "varchar(80)", "name of a city", "city"),
    ("states", "name", "varchar(80)", "name of a state", "state"),
    ("states", "code", "char(2)", "code of a state", "state_code"),
    ("users", "zipcode", "varchar(10)", "postal code", "zip_code"),
    ("countries", "code", "char(2)", "code of a country", "country_code"),
    ("users", "country_code", "char(2)", "code of a country", "country_code"),
    ("users", "country", "char(2)", "short country", "country_code"),
    ("users", "country", "varchar(60)", "country", "country"),
    ("countries", "name", "varchar(60)", "name of a country", "country"),
    ("users", "address_line_1", "varchar(80)", "address", "address"),
    ("places", "lat", "decimal(9,6)", "latitude", "latitude"),
    ("places", "longitude", "double", "longitude", "longitude"),
    ("users", "timezone", "varchar(40)", "time zone", "time_zone"),
    ("users", "company", "varchar(80)", "company", "company"),
    ("organizations", "name", "varchar(80)", "name of a company", "company"),
    ("products", "name", "varchar(80)", "name of a product", "product_name"),
    ("lines", "product_name", "varchar(80)", "name of a product", "product_name"),
    ("products", "sku", "varchar(20)", "sku", "sku"),
    ("products", "code", "varchar(20)", "code of a product", "sku"),
    ("products", "category", "varchar(40)", "category", "category"),
    ("categories", "name", "varchar(40)", "name of a category", "category"),
    ("products", "unit_price", "decimal(10,2)", "price", "price"),
    ("employees", "salary", "decimal(10,2)", "salary", "decimal_range"),
    ("loans", "interest_rate", "decimal(5,2)", "interest rate", "interest_rate"),
    ("orders", "tax_rate", "decimal(5,2)", "tax rate", "decimal_range"),
    ("orders", "total", "decimal(10,2)", "amount", "decimal_range"),
    ("lines", "qty", "int", "quantity", "int_range"),
    ("products", "stock", "int", "stock", "int_range"),
    ("orders", "currency", "char(3)", "code of a currency", "currency_code"),
    ("orders", "currency", "varchar(9)", "currency", "currency_code"),
    ("currencies", "code", "varchar(9)", "code of a currencies table", "currency_code"),
    ("currencies", "name", "varchar(40)", "name of a currency", "currency"),
    ("accounts", "iban", "char(22)", "account number", "iban"),
    ("users", "website", "varchar(200)", "url", "url"),
    ("posts", "slug", "varchar(80)", "slug", "slug"),
    ("visits", "clientIPAddress", "varchar(45)", "ip address", "ip_address"),
    ("visits", "ipv6", "varchar(45)", "ipv6", "ip_address"),
    ("hosts", "mac", "char(17)", "mac address", "mac_address"),
    ("hosts", "domain", "varchar(80)", "domain", "domain"),
    ("visits", "user_agent", "text", "user agent", "user_agent"),
    ("files", "filename", "varchar(80)", "file name", "file_name"),
    ("files", "content_type", "varchar(80)", "mime type", "mime_type"),
    ("files", "uuid", "char(36)", "uuid", "uuid"),
    ("files", "public_id", "varchar(36)", "id as text", "uuid"),
    ("hosts", "port", "int", "port", "int_range"),
    ("orders", "status", "varchar(20)", "status of an order", "order_status"),
    ("tickets", "status", "varchar(20)", "status of work", "choice"),
    ("orders", "payment_status", "varchar(20)", "status of a payment", "choice"),
    ("shipments", "status", "varchar(20)", "status of a delivery", "choice"),
    ("posts", "state", "varchar(20)", "status of a text", "choice"),
    ("users", "state", "varchar(20)", "status", "choice"),
    ("users", "status", "smallint", "status as a number", "int_range"),
    ("tickets", "priority", "varchar(10)", "priority", "choice"),
    ("users", "is_active", "boolean", "switched on", "weighted_boolean"),
    ("users", "is_deleted", "boolean", "switched off", "weighted_boolean"),
    ("tasks", "progress", "int", "percentage", "int_range"),
    ("tasks", "conversion_rate", "double", "rate", "float_range"),
    ("cars", "year", "smallint", "year", "int_range"),
    ("sums", "month", "tinyint", "month", "int_range"),
    ("sums", "day", "tinyint", "day", "int_range"),
    ("sums", "day_of_week", "tinyint", "day of the week", "int_range"),
    ("sums", "hour", "tinyint", "hour", "int_range"),
    ("sums", "minute", "tinyint", "minute", "int_range"),
    ("reviews", "rating", "decimal(2,1)", "rating", "decimal_range"),
    ("games", "score", "int", "score", "int_range"),
    ("loans", "credit_score", "int", "credit score", "credit_score"),
    ("tickets", "severity", "int", "importance", "int_range"),
    ("lines", "sort_order", "int", "position", "int_range"),
    ("posts", "view_count", "int", "count", "int_range"),
    ("calls", "duration", "int", "duration", "int_range"),
    ("files", "file_size", "int", "size", "int_range"),
    ("parcels", "weight", "decimal(6,2)", "weight", "decimal_range"),
    ("files", "version", "int", "version", "int_range"),
    ("cars", "colour", "char(7)", "color as digits", "color"),
    ("cars", "color", "varchar(20)", "color", "color"),
    ("users", "language", "char(2)", "language", "language_code"),
    ("languages", "code", "char(2)", "code of a language", "language_code"),
    ("products", "description", "text", "description", "paragraph"),
    ("posts", "title", "varchar(80)", "title", "phrase"),
    ("rooms", "name", "varchar(80)", "name", "phrase"),
    ("posts", "keyword", "varchar(80)", "tag", "word"),
    ("coupons", "code", "varchar(20)", "code", "pattern"),
    ("users", "created_at", "timestamp", "made", "timestamp_past"),
    ("users", "date_joined", "date", "made", "date_past"),
    ("users", "expires_at", "timestamp", "expires", "timestamp_future"),
]
"""A table, a column and its type; the rule that goes first, and its generator."""

BESIDE: list[tuple[str, dict[str, str], str, str, dict[str, Any]]] = [
    ("state", {"city": "text"}, "text", "state", {}),
    ("state", {"zipCode": "text"}, "char(2)", "state", {}),
    ("updated_at", {"created_at": "timestamp"}, "timestamp", "changed", {"after": "created_at"}),
    ("updatedAt", {"date_created": "date"}, "timestamp", "changed", {"after": "date_created"}),
    ("end_date", {"start_date": "date", "created": "date"}, "date", "ended",
     {"after": "start_date"}),
    ("shipped_at", {"order_date": "date"}, "timestamp", "shipped",
     {"after": "order_date", "max_days": 14}),
    ("delivered_on", {"shipped_on": "date", "created_on": "date"}, "date", "delivered",
     {"after": "shipped_on", "max_days": 14}),
    ("deleted_at", {"created_at": "timestamp"}, "timestamp", "deleted", {"after": "created_at"}),
    ("approved_at", {"created_at": "timestamp"}, "timestamp", "reviewed",
     {"after": "created_at"}),
]  # fmt: skip
"""A column of a table `t`, its neighbours, its type; the rule and the parameters that follow."""

SECOND = {
    "letter of a gender", "small price", "whole price", "short status", "small count",
    "short description", "short code",
}  # fmt: skip
"""Rules for columns that are too short for the one before them."""


def found(table: str, name: str, kind: str, **beside: str) -> list[Any]:
    columns = {name: {"type": kind}} | {n: {"type": k} for n, k in beside.items()}
    catalog = Catalog(schema_of(**{table: (5, columns)})).table(table)
    return list(candidates(catalog, catalog.column(name)))


@pytest.mark.parametrize(("table", "name", "kind", "rule", "generator"), CASES)
def test_a_name_leads_to_a_rule(table, name, kind, rule, generator):
    """The first candidate is what people would expect of the name, table and type."""
    first = found(table, name, kind)[0]
    assert (rule, generator) == (first.rule, first.generator)
    assert first.reason


@pytest.mark.parametrize(("name", "beside", "kind", "rule", "parameters"), BESIDE)
def test_some_names_mean_something_beside_others(name, beside, kind, rule, parameters):
    """An address's state, and dates that come after others."""
    first = found("t", name, kind, **beside)[0]
    assert (rule, parameters) == (first.rule, dict(first.parameters))


def test_every_rule_has_a_case():
    """So that no rule stands in the table that nothing reaches."""
    reached = {rule for *_, rule, _ in CASES} | {rule for *_, rule, _ in BESIDE} | SECOND
    assert {rule.name for rule in (*CREDENTIALS, *RULES)} == reached


@pytest.mark.parametrize(
    ("table", "name", "kind"),
    [
        ("t", "relation", "decimal(9,6)"),
        ("t", "ship", "varchar(40)"),
        ("t", "zipper", "varchar(40)"),
        ("t", "escrip", "varchar(40)"),
        ("t", "stateless", "varchar(40)"),
        ("t", "page", "int"),
        ("t", "emails_sent", "boolean"),
        ("t", "updated_at", "timestamp"),
        ("t", "price", "boolean"),
        ("t", "email", "int"),
        ("t", "token_count", "boolean"),
        ("t", "foo", "text"),
        ("t", "status", "enum('a','b')"),
        ("t", "数", "text"),
    ],
)
def test_letters_within_a_word_and_other_types_lead_to_nothing(table, name, kind):
    """`ip` is not in `ship`, `age` not in `page`; a type that holds no e-mail address gets none."""
    assert [] == found(table, name, kind)


def test_a_secret_is_nothing_else():
    """Where the placeholder does not fit, no other rule gets a turn: the type decides."""
    names = ("password", "api_key", "reset_token", "userSecret", "cvv", "password_hash")
    for name in names:
        assert ["placeholder_secret"] == [c.generator for c in found("users", name, "text")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("first_name", ("first", "name")),
        ("firstName", ("first", "name")),
        ("FirstName", ("first", "name")),
        ("FIRST_NAME", ("first", "name")),
        ("clientIPAddress", ("client", "ip", "address")),
        ("userID", ("user", "id")),
        ("address2", ("address",)),
        ("address_line_1", ("address", "line")),
        ("first-name", ("first", "name")),
        ("première", ("première",)),
        ("Maßage", ("maßage",)),
        ("lieuÉtat", ("lieu", "état")),
        ("clientIPv6", ("client", "ipv6")),
        ("ipv4_address", ("ipv4", "address")),
        ("", ()),
        ("123", ()),
    ],
)
def test_words_of_a_name(name, words):
    """Words end at underscores, hyphens, numbers, and where a capital letter begins a new one."""
    assert words == words_of(name)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("users", "user"), ("companies", "company"), ("addresses", "address"), ("boxes", "box"),
        ("people", "person"), ("status", "status"), ("class", "class"), ("staff", "staff"),
        ("categories", "category"), ("movies", "movy"), ("branches", "branch"),
    ],
)  # fmt: skip
def test_singular(many, one):
    """Enough of it for the words that rules have; what it gets wrong is in no rule."""
    assert one == singular(many)


@pytest.mark.parametrize("rule", [*CREDENTIALS, *RULES], ids=lambda rule: rule.name)
def test_rules_are_sound(rule: Rule):
    """Each has a name of its own, a reason, endings in small letters, and a generator there is."""
    assert 1 == sum(rule.name == other.name for other in (*CREDENTIALS, *RULES))
    assert rule.reason
    assert rule.endings
    assert all(ending == ending.lower().strip() for ending in rule.endings)
    assert {"integer", "decimal", "float", "text", "boolean", *TIME} >= set(rule.types)
    assert {singular(word) for word in rule.of} == set(rule.of)
    assert (rule.generator == "after") == bool(rule.after)
    if rule.generator not in ("after", "past"):
        generator_kind(rule.generator)


def test_a_type_has_a_family_that_rules_know():
    """The families are those of types: a rule for another one would never apply."""
    families = {family for rule in RULES for family in rule.types}
    kinds = ("int", "decimal", "float", "text", "date", "timestamp", "boolean")
    assert {ColumnType(kind).family for kind in kinds} == families
