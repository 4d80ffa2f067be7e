"""Names that the dump makes up: short, unique, and only where the database's own will not do."""

from __future__ import annotations

from support.schemas import parsed, right

from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.sql.names import own_name, postgres_name
from shardgen.schema.catalog import Catalog

LONG = "customer_subscription_billing_address_change_history_entries"


def written(raw: dict, dialect: str) -> list[str]:
    """Return all statements that define something."""
    catalog, sql = Catalog(parsed(raw)), DIALECTS[dialect]
    tables = [catalog.table(name) for name in catalog.order]
    made = [sql.create_table(table, catalog) for table in tables]
    return [*made, *sql.after_rows(tables, catalog)]


def test_a_name_of_ours_is_short_and_unique() -> None:
    """It has at most so many bytes, whole letters, and is none of those that are taken."""
    taken: set[str] = set()
    for wanted in ["a", "日" * 40, "x" * 200, "x" * 201, "a"]:
        name = own_name(wanted, taken, 63)
        assert len(name.encode()) <= 63
        assert name not in taken
        taken.add(name)
    assert own_name("a", (), 63) == own_name("a", (), 63)


def test_postgres_shortens_the_longer_part() -> None:
    """The name that PostgreSQL tries first, as its own code makes it; tried with 600 names."""
    assert postgres_name("t", ["c"], "seq") == "t_c_seq"
    assert postgres_name("t", [], "pkey") == "t_pkey"
    assert postgres_name("t", ["a", "b"], "key") == "t_a_b_key"
    assert postgres_name("t" * 63, ["c" * 63], "seq") == f"{'t' * 29}_{'c' * 29}_seq"
    assert postgres_name("t" * 63, ["c"], "key") == f"{'t' * 57}_c_key"
    assert postgres_name("é" * 31, [], "pkey") == f"{'é' * 29}_pkey"


def test_a_sequence_makes_way_for_a_later_table() -> None:
    """A table may have the name that PostgreSQL would give the sequence of an earlier one."""
    raw = right()
    raw["tables"][1]["name"] = "users_id_seq"
    made = written(raw, "postgres")
    assert 'AS IDENTITY (SEQUENCE NAME "users_id_seq_' in made[0]
    assert "SEQUENCE NAME" not in made[1]


def test_a_key_makes_way_for_an_index_that_names_another() -> None:
    """A unique index that becomes a key keeps its name, and a primary key before it gets ours."""
    raw = right()
    raw["tables"][1]["indexes"] = [
        {"name": "users_pkey", "columns": ["user_id", "total"], "unique": True}
    ]
    raw["tables"][1]["record_count"] = 20
    made = "\n".join(written(raw, "postgres"))
    assert 'ALTER TABLE "users" ADD CONSTRAINT "users_pkey_' in made
    assert 'ADD CONSTRAINT "users_pkey" UNIQUE' in made


def test_names_that_do_not_collide_are_those_of_the_database() -> None:
    """Where nothing is in the way, no key and no sequence is named."""
    for dialect in DIALECTS:
        made = "\n".join(written(right(), dialect))
        assert "CONSTRAINT" not in made
        assert "SEQUENCE NAME" not in made


def test_a_foreign_key_of_a_long_table_has_a_name_in_mysql() -> None:
    """MySQL would call it after the table, with more letters than it allows."""
    for name, is_named in ((LONG[:56], False), (LONG[:57], True)):
        raw = right()
        raw["tables"][1]["name"] = name
        assert is_named == ("CONSTRAINT" in "\n".join(written(raw, "mysql")))
