"""`shardgen import` as a user meets it: a database of SQLite, every option, every mistake."""

from __future__ import annotations

import json
import sqlite3

import pytest

from shardgen.plan.load import load_schema

SHOP = """
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  email VARCHAR(120) NOT NULL UNIQUE,
  name VARCHAR(80) NOT NULL,
  status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'active', 'gone'))
);
CREATE TABLE products (
  sku VARCHAR(20) PRIMARY KEY,
  title VARCHAR(100) NOT NULL,
  price NUMERIC(8,2) NOT NULL CHECK (price > 0)
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  placed_at TIMESTAMP NOT NULL,
  shipped_at TIMESTAMP,
  CHECK (shipped_at >= placed_at)
);
CREATE TABLE order_lines (
  order_id INTEGER NOT NULL REFERENCES orders (id),
  line_no INTEGER NOT NULL,
  sku VARCHAR(20) NOT NULL REFERENCES products (sku),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 20),
  PRIMARY KEY (order_id, line_no)
);
CREATE TABLE visits (id INTEGER PRIMARY KEY, customer_id INTEGER);
"""
DB = "sqlite:///shop.db"
TABLES = ["customers", "order_lines", "orders", "products", "visits"]


@pytest.fixture(autouse=True)
def shop_db(tmp_path):
    """A live database, and its DDL beside it; return what runs SQL in the database."""
    (tmp_path / "shop.sql").write_text(SHOP)

    def run(sql: str) -> list[tuple]:
        connection = sqlite3.connect(tmp_path / "shop.db")
        try:
            if ";" in sql:
                connection.executescript(sql)
                return []
            return connection.execute(sql).fetchall()
        finally:
            connection.commit()
            connection.close()

    run(SHOP)
    return run


def rows_of(path) -> dict[str, int]:
    return {table.name: table.record_count for table in load_schema(path).tables}


def test_a_database_is_filled_with_what_was_imported_from_it(call, shop_db, tmp_path):
    """In two commands, with every constraint on; the report says what comes next."""
    code, out, err = call("import", DB, "-o", "shop.yaml", "--rows", "40")
    assert (0, "") == (code, out)
    assert "shop.yaml: 5 tables, 17 columns" in err
    assert "next: shardgen run shop.yaml --no-ddl" in err
    assert dict.fromkeys(TABLES, 40) == rows_of(tmp_path / "shop.yaml")
    assert 0 == call("run", "shop.yaml", "--no-ddl", "-o", "rows.sql")[0]
    shop_db(f"PRAGMA foreign_keys = ON;{(tmp_path / 'rows.sql').read_text()}")
    for name in TABLES:
        assert [(40,)] == shop_db(f"SELECT count(*) FROM {name}")
    assert [] == shop_db("PRAGMA foreign_key_check")


def test_the_schema_goes_to_standard_output_unless_a_file_is_named(call):
    """And the report beside it; the name is the database's, without the ending of its file."""
    code, out, err = call("import", DB)
    assert 0 == code
    assert out.startswith("# Imported from shop (sqlite ")
    assert "\nname: shop\n" in out
    assert "the schema: 5 tables" in err


@pytest.mark.parametrize("name", ["shop.yaml", "shop.json", "shop.toml"])
def test_the_ending_says_which_format_is_written(call, tmp_path, name):
    """Each of them is the same schema."""
    assert 0 == call("import", DB, "-o", name, "--rows", "3")[0]
    assert dict.fromkeys(TABLES, 3) == rows_of(tmp_path / name)
    _, other, _ = call("import", DB, "--rows", "3")
    (tmp_path / "other.yaml").write_text(other)
    assert load_schema(tmp_path / "other.yaml") == load_schema(tmp_path / name)


def test_a_file_that_is_there_is_kept_unless_it_may_be_written_over(call, tmp_path):
    """The error names both ways out; --force is one."""
    (tmp_path / "shop.yaml").write_text("mine")
    code, _, err = call("import", DB, "-o", "shop.yaml")
    assert 8 == code
    assert "shop.yaml is there already; --force writes over it, --merge keeps" in err
    assert "mine" == (tmp_path / "shop.yaml").read_text()
    assert 0 == call("import", DB, "-o", "shop.yaml", "--force")[0]
    assert "mine" != (tmp_path / "shop.yaml").read_text()


def test_importing_again_writes_the_same_bytes(call, tmp_path):
    """From the live database, and merged with what was written before."""
    call("import", DB, "-o", "one.yaml")
    call("import", DB, "-o", "two.yaml")
    one = (tmp_path / "one.yaml").read_bytes()
    assert one == (tmp_path / "two.yaml").read_bytes()
    code, _, err = call("import", DB, "--merge", "one.yaml", "-o", "one.yaml")
    assert 0 == code
    assert "changed" not in err
    assert one == (tmp_path / "one.yaml").read_bytes()


def test_a_merge_keeps_what_a_person_wrote_and_reports_what_changed(call, shop_db, tmp_path):
    """Generators and rows stay; a new column comes, a dropped table goes; again is the same."""
    path = tmp_path / "shop.yaml"
    call("import", DB, "-o", "shop.yaml", "--rows", "10")
    text = path.read_text()
    assert "= product_name" in text
    path.write_text(text.replace("= product_name", "= word").replace("rows: 10\n", "rows: 7\n"))
    shop_db("ALTER TABLE products ADD COLUMN color TEXT; DROP TABLE visits;")
    code, _, err = call("import", DB, "--merge", "shop.yaml", "-o", "shop.yaml")
    assert 0 == code
    assert "2 changed since the schema that is merged:" in err
    assert "  products.color: the column is new" in err
    assert "  visits: the table is no longer there" in err
    schema = load_schema(path)
    assert {name: 7 for name in TABLES if name != "visits"} == rows_of(path)
    products = {column.name: column for column in schema.table("products").columns}
    assert ("word", "color") == (products["title"].generator, products["color"].generator)
    merged = path.read_bytes()
    assert 0 == call("import", DB, "--merge", "shop.yaml", "-o", "shop.yaml")[0]
    assert merged == path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "rows"), [((), 40), (("--scale", "2"), 80), (("--rows", "7"), 7)]
)
def test_a_merge_keeps_rows_unless_others_are_asked_for(call, tmp_path, asked, rows):
    """--rows and --like take their place, --scale multiplies them."""
    (tmp_path / "a.sql").write_text("CREATE TABLE a (id integer PRIMARY KEY);", "utf-8")
    source = ("import", "a.sql", "--dialect", "sqlite", "-o", "a.yaml")
    assert call(*source, "--rows", "40")[0] == 0
    assert call(*source, "--merge", "a.yaml", *asked)[0] == 0
    assert load_schema(tmp_path / "a.yaml").tables[0].record_count == rows


def test_a_merge_chooses_anew_where_the_old_generator_no_longer_fits(call, shop_db, tmp_path):
    """A column of another type now costs its table no rows, and the report says so."""
    call("import", DB, "-o", "shop.yaml", "--rows", "10")
    shop_db("DROP TABLE customers; CREATE TABLE customers (id INTEGER PRIMARY KEY, email DATE);")
    code, _, err = call("import", DB, "--merge", "shop.yaml", "-o", "shop.yaml")
    assert 0 == code
    assert "customers.email: the column was varchar(120), and is date null" in err
    assert 10 == rows_of(tmp_path / "shop.yaml")["customers"]
    assert "customers.email" not in call("check", "shop.yaml")[2]


def test_a_merge_says_where_a_condition_asks_for_other_values(call, tmp_path):
    """It may be a person's choice, or a CHECK that changed: the file's is kept, and it is said."""
    call("import", DB, "-o", "shop.yaml", "--rows", "10")
    path = tmp_path / "shop.yaml"
    path.write_text(path.read_text().replace("max: 20", "max: 5"))
    code, _, err = call("import", DB, "--merge", "shop.yaml", "-o", "shop.yaml")
    assert 0 == code
    assert "order_lines.quantity: the database asks for int_range(min=1, max=20" in err
    assert "max: 5" in path.read_text()


def test_tables_bring_their_parents_and_patterns_match(call, tmp_path):
    """Lines need orders, customers and products; visits are left alone."""
    assert 0 == call("import", DB, "--tables", "order_l*", "-o", "some.yaml")[0]
    found = rows_of(tmp_path / "some.yaml")
    assert ["customers", "order_lines", "orders", "products"] == sorted(found)


def test_what_is_excluded_is_not_there(call, tmp_path):
    """A table whose key leads to it has no rows, with the reason."""
    code, _, err = call("import", DB, "--exclude", "products,vis*", "-o", "some.yaml")
    assert 0 == code
    found = rows_of(tmp_path / "some.yaml")
    assert ["customers", "order_lines", "orders"] == sorted(found)
    assert 0 == found["order_lines"]
    assert "order_lines.sku: the key sku leads to products, which is left out" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tables", "custmers"), "no table matches 'custmers' of --tables"),
        (("--exclude", "x*"), "no table matches 'x*' of --exclude"),
        (("--schemas", "other"), "'other'"),
    ],
)
def test_a_pattern_that_matches_nothing_is_a_mistake(call, options, said):
    """Nothing asked for is passed over in silence."""
    code, out, err = call("import", DB, *options)
    assert 0 != code
    assert "" == out
    assert said in err


def test_schemas_choose_tables_of_a_file(call, tmp_path):
    """Those of the database schemas named, and what their keys lead to."""
    (tmp_path / "two.sql").write_text(
        "CREATE SCHEMA app; CREATE SCHEMA log;"
        "CREATE TABLE app.a (id serial PRIMARY KEY); CREATE TABLE log.b (id serial PRIMARY KEY);"
    )
    command = ("import", "two.sql", "--dialect", "postgres", "-o", "two.yaml", "--schemas", "app")
    assert 0 == call(*command)[0]
    assert ["app.a"] == list(rows_of(tmp_path / "two.yaml"))


def test_like_takes_the_proportions_of_the_live_tables(call, shop_db, tmp_path):
    """Times the scale; a table without rows stays so."""
    shop_db("INSERT INTO products WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 60) SELECT 'p' || i, 'x', 1 FROM n;"
            "INSERT INTO customers VALUES (1, 'a', 'a', 'new'), (2, 'b', 'b', 'new');")  # fmt: skip
    code, _, err = call("import", DB, "--like", "--scale", "0.5", "-o", "shop.yaml")
    assert 0 == code
    rows = rows_of(tmp_path / "shop.yaml")
    assert (30, 1, 0) == (rows["products"], rows["customers"], rows["visits"])
    assert "3 tables have no rows: order_lines, orders, visits" in err


def test_scale_multiplies_the_rows(call, tmp_path):
    """Those of --rows too."""
    call("import", DB, "--rows", "20", "--scale", "1.5", "-o", "shop.yaml")
    assert dict.fromkeys(TABLES, 30) == rows_of(tmp_path / "shop.yaml")


def test_like_needs_a_live_database(call):
    """A file has no rows, and says so."""
    code, _, err = call("import", "shop.sql", "--like")
    assert 4 == code
    assert "--like takes the rows of a live database, and shop.sql is a file" in err


def test_a_file_gives_the_schema_that_the_live_database_gives(call, tmp_path):
    """Read as its dialect, and run in a scratch database by --via."""
    call("import", DB, "-o", "live.yaml")
    assert 0 == call("import", "shop.sql", "--dialect", "sqlite", "-o", "file.yaml")[0]
    assert 0 == call("import", "shop.sql", "--via", "sqlite://", "-o", "via.yaml")[0]
    live, file, via = (load_schema(tmp_path / f"{n}.yaml") for n in ("live", "file", "via"))
    assert live == file
    assert live == via


def test_a_file_whose_dialect_is_not_sure_says_which_was_taken(call):
    """So that --dialect can be given."""
    _, _, err = call("import", "shop.sql")
    assert "taken for SQLite" in err or "taken for PostgreSQL" in err
    assert "taken for" not in call("import", "shop.sql", "--dialect", "sqlite")[2]


def test_guessed_keys_are_said_and_taken_when_asked_for(call, tmp_path):
    """A comment in the file says of the key that no constraint declares."""
    _, out, err = call("import", DB)
    assert "visits.customer_id: by its name it is a key to customers.id" in err
    assert "# inferred: by its name it is a key to customers.id" in out
    call("import", DB, "--guess-keys", "-o", "keys.yaml")
    visits = load_schema(tmp_path / "keys.yaml").table("visits")
    assert "customers" == visits.columns[1].foreign_key.table


def test_strict_fails_on_what_is_not_carried(call, shop_db, tmp_path):
    """A guess beside the schema is no loss; a partial index is one."""
    assert 0 == call("import", DB, "--strict", "-o", "shop.yaml")[0]
    shop_db("CREATE INDEX some ON orders (placed_at) WHERE shipped_at IS NULL;")
    code, _, err = call("import", DB, "--strict", "-o", "again.yaml")
    assert 4 == code
    assert "orders: the index some" in err
    assert not (tmp_path / "again.yaml").exists()


def test_statements_that_are_not_read_are_counted_and_named(call, tmp_path):
    """With their line, in the report and in the file; --strict fails on them."""
    (tmp_path / "odd.sql").write_text("CREATE TABLE a (id INT PRIMARY KEY);\nFROBNICATE a;\n")
    code, out, err = call("import", "odd.sql", "--dialect", "sqlite")
    assert 0 == code
    assert "1 not read:" in err
    assert "line 2" in err
    assert "FROBNICATE a" in err
    assert "# Not read: line 2" in out
    assert 4 == call("import", "odd.sql", "--dialect", "sqlite", "--strict")[0]


def test_explain_says_which_rule_gave_which_generator(call):
    """By its name, by its type, and by a condition of the database."""
    _, _, err = call("import", DB, "--explain")
    lines = {line.split()[0]: line for line in err.splitlines() if "." in line.split(" ")[0]}
    assert "an e-mail address" in lines["customers.email"]
    assert "by type" in lines["visits.customer_id"]
    assert "by law" in lines["customers.status"]
    assert "choice" in lines["customers.status"]


def test_the_report_as_json(call):
    """It has the tables with their rows, counts, notes and what was not read."""
    code, _, err = call("import", DB, "-o", "shop.yaml", "--rows", "5", "--json")
    report = json.loads(err)
    assert 0 == code
    assert dict.fromkeys(TABLES, 5) == report["tables"]
    assert {"inferred": 1, "simplified": 0, "dropped": 0, "refused": 0} == report["counts"]
    assert "visits" == report["notes"][0]["table"]
    assert ("shop.yaml", [], []) == (report["out"], report["unread"], report["changes"])


def test_ddl_is_read_from_standard_input(call, monkeypatch, tmp_path):
    """As from `pg_dump --schema-only | shardgen import -`."""
    (tmp_path / "in.sql").write_text(SHOP)
    with (tmp_path / "in.sql").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        code, out, _ = call("import", "-", "--dialect", "sqlite")
    assert 0 == code
    assert "\n  order_lines:\n" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("sqlite:///none.db",), 9, "there is no file none.db"),
        (("oracle://x/y",), 9, "'oracle' is no database that can be read here"),
        (("none.sql",), 4, "cannot read none.sql: No such file or directory"),
        (("text.txt",), 3, "no CREATE TABLE was found"),
        ((DB, "--via", "sqlite://"), 4, "--via and --dialect are for files of DDL"),
        ((DB, "--dialect", "mysql"), 4, "--via and --dialect are for files of DDL"),
        ((DB, "--merge", "none.yaml"), 3, "none.yaml"),
        ((DB, "--rows", "-1"), 2, "--rows"),
        ((DB, "-o", "shop.txt"), 2, "shop.txt"),
    ],
)
def test_a_mistake_is_said_with_the_way_out(call, tmp_path, arguments, code, said):
    """In a line or two, by an exit code of its kind, and no file is written."""
    (tmp_path / "text.txt").write_text("hello world")
    before = sorted(tmp_path.iterdir())
    found, _, err = call("import", *arguments)
    assert code == found
    assert said in err
    assert "Traceback" not in err
    assert before == sorted(tmp_path.iterdir())
