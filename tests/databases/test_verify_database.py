"""`shardgen verify URL`: what a load has brought is right, and any change is found and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.databases import SQLite, new_database
from support.doors import ROWS as ROWS_OF_CELLS
from support.doors import every_cell
from support.loading import column, table

from shardgen.errors import DatabaseError, PlanError
from shardgen.execution.loading.load import load
from shardgen.execution.verifying.databases.verify_database import verify_database
from shardgen.plan.load import bundled_schemas

KINDS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mysql", marks=pytest.mark.mariadb),
    "sqlite",
]
ROWS = {"rows": {"borrowers": 40, "loans": 150, "payments": 500, "credit_scores": 40}}


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Give an empty database of each kind."""
    with new_database(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def lending(database):
    """Load a schema whose tables refer to each other, and return its name."""
    load("fintech-loans", database.url, seed=3, **ROWS)
    return "fintech-loans"


def looked(database, schema, **more):
    options = {"seed": 3, "shard_rows": 60} | ROWS | more.pop("options", {})
    return verify_database(database.url, schema, options=options, **more)


def what(found):
    """Return the table, the row and the column of a difference, as far as it has them."""
    each = found.difference
    return each.table, each.row, each.column


@pytest.mark.parametrize("name", ["saas-multitenant", "example-junction"])
def test_what_was_loaded_is_right(database, name):
    """Every row, or a share of them, or their number; and nothing is left behind."""
    load(name, database.url, seed=7)
    before = database.tables()
    for how in ({}, {"sample": 0.3}, {"quick": True}):
        found = verify_database(database.url, name, options={"seed": 7, "shard_rows": 700}, **how)
        assert (None, 7) == (found.difference, found.seed)
        assert (found.rows if not how else 0) <= found.compared <= found.rows
    assert before == database.tables()


@pytest.mark.parametrize("name", sorted(bundled_schemas()))
def test_every_bundled_schema_is_right(tmp_path, name):
    """Whole, in the database that is nearest."""
    url = f"sqlite:///{tmp_path}/x.db"
    load(name, url)
    found = verify_database(url, name)
    assert (None, found.rows) == (found.difference, found.compared)


def test_duckdb_is_verified_too(tmp_path):
    """Every type, whole and in part; a value that is changed, a row that is lost, a heap."""
    import duckdb

    url, path = f"duckdb:///{tmp_path}/x.duckdb", tmp_path / "x.duckdb"
    cells = every_cell("postgres")
    load(cells, url)
    load("fintech-loans", url, seed=3, **ROWS)
    assert verify_database(url, cells).difference is None
    options = {"seed": 3, "shard_rows": 60} | ROWS
    for how in ({}, {"sample": 0.3}, {"quick": True}):
        found = verify_database(url, "fintech-loans", options=options, **how)
        assert (None, "DuckDB") == (found.difference, found.format)
    for change, where in (
        ("UPDATE payments SET amount = amount + 0.01 WHERE id = 77", ("payments", 76, "amount")),
        ("DELETE FROM payments WHERE id = 31", ("payments", 30, None)),
        ("ALTER TABLE credit_scores DROP COLUMN bureau", ("credit_scores", None, "bureau")),
    ):
        with duckdb.connect(path) as connection:
            connection.execute(change)
        assert where == what(verify_database(url, "fintech-loans", options=options))


def test_a_value_of_any_type_is_right_as_the_database_keeps_it(database):
    """Floats, blanks, JSON, times with a zone, bytes: what it stores is what it would store."""
    schema = every_cell(database.dialect)
    options = {"edge_case_probability": 0.1}
    load(schema, database.url, **options)
    assert verify_database(database.url, schema, options=options).difference is None


def test_a_changed_value_of_any_type_is_found(database):
    """In each column, one row before another: row, column, what is there and what is wanted."""
    schema = every_cell(database.dialect)
    options = {"edge_case_probability": 0.1}
    load(schema, database.url, **options)
    cells, name = schema.tables[0], database.quote("cells")
    columns = [each for each in cells.columns if not each.primary_key and not each.nullable]
    for row, each in zip(range(ROWS_OF_CELLS - 1, 0, -1), columns, strict=False):
        own = database.quote(each.name)
        values = dict(database.query(f"SELECT id, {as_text(database, own)} FROM {name}"))
        other = next(key for key, value in values.items() if differs(value, values[row + 1]))
        database.execute(
            f"UPDATE {name} SET {own} = (SELECT v FROM (SELECT {own} AS v FROM {name} "
            f"WHERE id = {other}) AS x) WHERE id = {row + 1}"
        )
        found = verify_database(database.url, schema, options=options)
        assert ("cells", row, each.name) == what(found)
        assert found.difference.found != found.difference.wanted


@pytest.mark.postgres
def test_money_is_read_as_a_number(request, tmp_path):
    """PostgreSQL writes it with a sign and commas."""
    with new_database("postgres", request, tmp_path) as made:
        raw = {"schema_version": "1.0", "name": "bills", "database_type": ["postgres"]}
        raw["tables"] = [table("bills", 50, column("paid", "money"))]
        load(raw, made.url)
        assert verify_database(made.url, raw).difference is None
        made.execute("UPDATE bills SET paid = 99999999.5 WHERE id = 3")
        found = verify_database(made.url, raw).difference
        assert ("bills", "paid", "99999999.50") == (found.table, found.column, found.found)


def as_text(database, cell):
    return {"postgres": f"{cell}::text", "mysql": f"hex({cell})", "sqlite": cell}[database.dialect]


def differs(value, other):
    """Return whether two values differ in what a message shows of them."""
    if value is None or other is None:
        return value is not other
    return value[:70] != other[:70] if isinstance(value, (str, bytes)) else value != other


CHANGED = [
    ("UPDATE {loans} SET amount = amount + 0.01 WHERE id = 77", ("loans", 76, "amount")),
    ("DELETE FROM {payments} WHERE id = 321", ("payments", 320, None)),
    ("DELETE FROM {payments} WHERE id = 500", ("payments", 499, None)),
    ("DELETE FROM {credit_scores}", ("credit_scores", 0, None)),
    ("UPDATE {payments} SET id = 900 WHERE id = 7", ("payments", 6, None)),
    (
        "UPDATE {borrowers} SET first_name = upper(first_name) WHERE id = 40",
        ("borrowers", 39, "first_name"),
    ),
    (
        "UPDATE {borrowers} SET last_name = {space} WHERE id = 12",
        ("borrowers", 11, "last_name"),
    ),
]


@pytest.mark.parametrize(("change", "where"), CHANGED)
def test_a_change_is_named(database, lending, change, where):
    """A value, a row that is lost, also the last; letters in another case, a blank at the end."""
    space = "concat(last_name, ' ')" if database.dialect != "sqlite" else "last_name || ' '"
    tables = {name: database.quote(name) for name in TABLES}
    database.execute(change.format(space=space, **tables))
    found = looked(database, lending)
    assert where == what(found)
    assert found.difference.table in str(found.difference)
    assert found.compared < found.rows


TABLES = ("borrowers", "loans", "payments", "credit_scores")


def loosened(database, *names):
    """Have tables without any constraint in place of these, whose children come later."""
    for n, name in enumerate(names):
        database.execute(f"CREATE TABLE loose_{n} AS SELECT * FROM {database.quote(name)}")
    for name in reversed(names):
        database.execute(f"DROP TABLE {database.quote(name)}")
    for n, name in enumerate(names):
        database.execute(f"ALTER TABLE loose_{n} RENAME TO {database.quote(name)}")
    if database.dialect == "mysql" and "loans" in names:  # its copies keep NOT NULL
        database.execute("ALTER TABLE loans MODIFY amount decimal(12,2)")


def test_rows_that_are_too_many_are_named(database, lending):
    """There twice, or beyond all others, in a table whose key nobody checks."""
    loosened(database, *TABLES)
    assert looked(database, lending).difference is None
    database.execute("INSERT INTO loans SELECT * FROM loans WHERE id = 31")
    found = looked(database, lending)
    assert ("loans", 30, "id") == what(found)
    assert "more than once" in found.difference.what
    database.execute("DELETE FROM loans WHERE id = 31")
    assert ("loans", 30, None) == what(looked(database, lending))
    load("fintech-loans", database.url, seed=3, truncate=True, **ROWS)
    names = ", ".join(name for name in database.columns("loans") if name != "id")
    database.execute(
        f"INSERT INTO loans (id, {names}) SELECT 5000, {names} FROM loans WHERE id = 31"
    )
    found = looked(database, lending)
    assert ("loans", 4999, "id") == what(found)
    assert "not wanted" in found.difference.what


BROKEN = [
    ("UPDATE loans SET amount = NULL WHERE id = 33", "is null in 1 rows, and never wanted"),
    ("UPDATE loans SET amount = 1 WHERE id = 33", "has a value below all"),
    ("UPDATE loans SET amount = 999999999 WHERE id = 33", "has a value above all"),
    ("UPDATE loans SET funded_date = '1999-01-01' WHERE id = 33", "has a value below all"),
    (
        "UPDATE loans SET loan_number = 'x' WHERE id IN (33, 34)",
        "rows of table 'loans' have the same loan_number",
    ),
    ("UPDATE loans SET borrower_id = 41 WHERE id = 33", "has a value above all"),
    ("DELETE FROM borrowers WHERE id = 5", "table 'borrowers' has 39 rows, and not 40"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_what_no_longer_holds_is_said_without_all_rows(database, lending, change, said):
    """Of a sample that has not the row: counts, nulls, ranges, unique columns, keys."""
    loosened(database, *TABLES)
    database.execute(change)
    options = {"shard_rows": 1000}
    found = looked(database, lending, options=options, sample=0.01)
    assert said in found.difference.what


def test_a_key_that_leads_nowhere_is_named(database, lending):
    """Also where its value is within all that there are."""
    loosened(database, *TABLES)
    database.execute("UPDATE borrowers SET id = 1000 WHERE id = 5")
    database.execute("UPDATE credit_scores SET borrower_id = 6 WHERE borrower_id = 5")
    options = {"tables": ("loans",), "shard_rows": 1000}
    found = looked(database, lending, options=options)
    assert "borrower_id of table 'loans' leads to no row of 'borrowers'" in found.difference.what
    assert "5" == found.difference.found


def test_a_check_that_is_not_kept_is_named(database, tmp_path):
    """With its SQL, where the database has not kept it."""
    path = tmp_path / "checked.json"
    amount = column("amount", "int", generator="int_range", generator_params={"min": 1, "max": 50})
    checked = table("sums", 40, amount, checks=[{"name": "less", "expression": "amount < 60"}])
    head = {"schema_version": "1.0", "name": "checked", "database_type": [database.dialect]}
    path.write_text(json.dumps(head | {"tables": [checked]}))
    load(path, database.url)
    assert verify_database(database.url, path).difference is None
    path.write_text(path.read_text().replace("amount < 60", "amount < 45"))
    with pytest.raises(Exception, match="amount < 45"):
        verify_database(database.url, path)  # the rows themselves would break it
    path.write_text(path.read_text().replace("amount < 45", "amount < 60"))
    loosened(database, "sums")
    database.execute("UPDATE sums SET amount = 61 WHERE id = 2")
    found = verify_database(database.url, path)
    assert ("sums", 1, "amount") == what(found)


def test_rows_without_any_key_are_compared_as_a_heap(database, tmp_path):
    """In any order; one that is changed, lost or there twice is found."""
    path = tmp_path / "heap.json"
    a = column("a", "int", generator="int_range", generator_params={"min": 1, "max": 5})
    b = column("b", "varchar(20)", generator="first_name", nullable=True)
    heap = {"name": "heap", "record_count": 90, "columns": [a, b]}
    head = {"schema_version": "1.0", "name": "heap", "database_type": [database.dialect]}
    path.write_text(json.dumps(head | {"tables": [heap]}))
    load(path, database.url)
    options = {"shard_rows": 20}
    for how in ({}, {"sample": 0.5}):
        assert verify_database(database.url, path, options=options, **how).difference is None
    database.execute("INSERT INTO heap SELECT * FROM (SELECT * FROM heap LIMIT 1) AS x")
    assert "more or less often" in verify_database(database.url, path).difference.what
    database.execute("DELETE FROM heap WHERE a = 3")
    database.execute("UPDATE heap SET b = 'Nobody' WHERE a = 2")
    found = verify_database(database.url, path, options=options).difference
    assert "is not there as it is wanted" in found.what
    assert found.wanted.startswith(("a = 2", "a = 3"))


def test_tables_and_columns_that_are_not_there_are_named(database, lending):
    """Before a row is looked at."""
    loosened(database, *TABLES)
    database.execute("ALTER TABLE loans DROP COLUMN term_months")
    for how in ({}, {"quick": True}):
        assert ("loans", None, "term_months") == what(looked(database, lending, **how))
    database.execute("DROP TABLE payments")
    assert (
        "no table 'payments'"
        in looked(database, lending, options={"tables": ("payments",)}).difference.what
    )


def test_rules_are_queries_that_find_nothing(tmp_path):
    """Those of a bundled schema hold; one that does not is said in its own words."""
    database = SQLite(tmp_path / "loans.db")
    load("fintech-loans", database.url)
    rules = Path(__file__).parents[2] / "schemas" / "fintech-loans.rules.sql"
    assert verify_database(database.url, "fintech-loans", rules=rules).difference is None
    own = tmp_path / "own.sql"
    own.write_text("-- About rules.\n\n-- Nobody owes; 'really'.\nSELECT id, ';' FROM loans;\n")
    found = verify_database(database.url, "fintech-loans", rules=own).difference
    assert "1,000 rows break a rule: Nobody owes; 'really'." == found.what
    assert found.found.endswith(", ;")
    database.close()


def test_rows_that_were_added_are_compared_behind_the_others(database, lending):
    """With `there`, as a dump of such rows is made."""
    load("fintech-loans", database.url, seed=3, append=True, **ROWS)
    there = dict(ROWS["rows"])
    found = looked(database, lending, options={"there": there})
    assert (None, 730) == (found.difference, found.compared)
    database.execute("UPDATE loans SET amount = amount + 1 WHERE id = 152")
    assert ("loans", 1, "amount") == what(looked(database, lending, options={"there": there}))


def test_the_command_says_it_as_text_and_as_json(tmp_path, shardgen):
    """With exit code 11."""
    database, lending = SQLite(tmp_path / "loans.db"), "fintech-loans"
    load(lending, database.url, seed=3, **ROWS)
    rows = [f"--rows={name}={count}" for name, count in ROWS["rows"].items()]
    given = ("verify", database.url, lending, "--seed", "3", *rows)
    done = shardgen(*given)
    assert (0, "") == (done.returncode, done.stderr)
    assert "all 730 rows are those of seed 3" in done.stdout
    database.execute("UPDATE loans SET amount = amount + 1 WHERE id = 9")
    done = shardgen(*given)
    assert 11 == done.returncode
    assert "row 8 of table 'loans' differs in column 'amount'; found" in done.stderr
    found = json.loads(shardgen(*given, "--json").stdout)
    assert ("loans", 8, "amount") == tuple(
        found["difference"][name] for name in ("table", "row", "column")
    )
    database.close()


def test_passwords_are_never_said():
    """Not where there is no server, and not in a report."""
    url = "postgresql://me:hush@127.0.0.1:1/none"
    with pytest.raises(DatabaseError) as caught:
        verify_database(url, "fintech-loans")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["format", "compress", "ddl", "rows_per_statement"])
def test_what_a_database_does_not_tell_is_refused(tmp_path, name):
    """Options of files."""
    with pytest.raises(PlanError, match=f"{name} is for files"):
        verify_database(f"sqlite:///{tmp_path}/x.db", "fintech-loans", options={name: 1})
