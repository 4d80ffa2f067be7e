"""An answer for every schema: a message or a dump, and never a traceback, a hang or gigabytes."""

from __future__ import annotations

import datetime as dt
import json
import time

import msgspec
import pytest
from support.binding import parse_schema

from shardgen.errors import MAX_MISTAKES, InputError
from shardgen.plan.check import check_schema
from shardgen.plan.load import find_mistakes, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema

ID = {"name": "id", "type": "int", "primary_key": True}


def _table(*columns, name="t", rows=3, **more):
    return {"name": name, "record_count": rows, "columns": [ID, *columns], **more}


def _schema(*tables, **more):
    head = {"schema_version": "1.0", "name": "m", "database_type": ["sqlite"]}
    return {**head, "tables": [*tables], **more}


def _made(generator, kind="int", **params):
    return {"name": "v", "type": kind, "generator": generator, "generator_params": params}


def _expression(name, text, kind="int"):
    params = {"expression": text}
    return {"name": name, "type": kind, "generator": "expression", "generator_params": params}


def _refers(name, table, **more):
    return {"name": name, "type": "int", "foreign_key": {"table": table, "column": "id", **more}}


def _answer(raw, tmp_path):
    """Return the mistakes of a schema file, which `run` finds too; without any, make all rows."""
    path = tmp_path / "m.json"
    path.write_text(json.dumps(raw))
    found = find_mistakes(path)
    if found:
        with pytest.raises(InputError) as caught:
            Source.bind(build_plan(load_schema(path)))
        assert found == caught.value.mistakes
        return [str(mistake) for mistake in found]
    source = Source.bind(build_plan(load_schema(path)))
    for shard in source.shards():
        for _ in source.render(shard):
            pass
    return []


def _found(raw, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(raw))
    return [str(mistake) for mistake in find_mistakes(path)]


def _chain_of_columns(length):
    last = _expression(f"c{length}", "1")
    return _table(*(_expression(f"c{n}", f"c{n + 1} + 1") for n in range(length)), last)


def _chain_of_tables(length, rows):
    yield _table(_expression("v", "1"), name="t0", rows=rows)
    for n in range(1, length):
        key = _refers("p", f"t{n - 1}")
        yield _table(key, _expression("v", "p.v % 100 + 1"), name=f"t{n}", rows=rows)


def _two_keys_each(levels, rows):
    yield _table(_expression("v", "1"), name="t0", rows=rows)
    for n in range(1, levels):
        keys = [_refers(name, f"t{n - 1}") for name in "pq"]
        yield _table(*keys, _expression("v", "(p.v + q.v) % 100"), name=f"t{n}", rows=rows)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (_made("choice", values=[1, True]), "values of one kind wanted for int, got [1,true]"),
        (_made("decimal_range", "decimal(8,2)", min=-1e308, max=1000), "is too large"),
        (_made("decimal_range", "decimal(8,2)", min=0, max=1e308), "is too large"),
        (
            _made("int_range", distribution={"type": "weighted", "values": [{"value": 1e308}]}),
            "1e+308 to 1e+308 is more than 64 bits hold",
        ),
        (_made("faker.password", "text", args={"length": 10**10}), "length 1e+10, 1000 times"),
        (_made("faker.password", "text", args=[10**10]), "length 1e+10, 1000 times"),
        (_made("faker.random_number", "text", args={"digits": 10**6}), "digits 1e+06"),
        (
            _made("faker.random_number", "text", args={"digits": 9000}, pool_size=1),
            "one of over 4,000 digits, which no column takes",
        ),
        (
            _made("faker.random_number", args={"digits": 9000}, pool_size=1),
            "one of over 4,000 digits, and the column is int",
        ),
        (_made("constant", "text", value="a\0b"), "a NUL"),
        (_made("choice", "varchar(9)", values=["a", "b\0"]), "a NUL"),
        (_made("choice", "json", values=["1", "2\0"]), "a NUL"),
        (_made("pattern", "text", pattern="[\ud7ff-\ue000]"), "half of a surrogate pair"),
        (_made("pattern", "text", pattern="[" * 10_001), "more than 10000 characters"),
        (_made("pattern", "text", pattern="[\u0001-\U0010ffff]" * 2), "lists more than"),
    ],
)
def test_what_cannot_be_made_is_a_mistake(column, message, tmp_path):
    """Each of these was a traceback, a hang or memory without end."""
    (mistake,) = _answer(_schema(_table(column)), tmp_path)
    assert message in mistake


def test_months_beyond_the_calendar_are_refused(tmp_path):
    """A table of all months up to the greatest would take gigabytes."""
    start = {"name": "d", "type": "date", "generator": "date_past"}
    months = {**_made("int_range", min=0, max=2_000_000_000), "name": "n"}
    later = _made("maturity_date", "date", based_on="d", months_forward="n")
    (mistake,) = _answer(_schema(_table(start, months, later)), tmp_path)
    assert "adds up to 2000000000 months, and the calendar has 120000" in mistake


def test_a_zero_is_divided_by_many_decimal_places(tmp_path):
    """0 · 10^19 is no reason to compute 10^19."""
    divisor = {**_made("decimal_range", "decimal(18,13)", min=0.1, max=5), "name": "d"}
    quotient = _expression("q", "0 / d", "decimal(18,6)")
    assert [] == _answer(_schema(_table(divisor, quotient)), tmp_path)


def test_a_junction_with_a_skewed_key_shares_its_other_key_with_a_set(tmp_path):
    """The key that the junction is grouped by is the base of the other set too."""
    skewed = _refers("x", "a", fan_out={"type": "random", "distribution": "zipf"})
    keys = [{**key, "primary_key": True} for key in (skewed, _refers("y", "a"))]
    columns = [*keys, {"name": "d", "type": "date"}]
    junction = {"name": "j", "record_count": 3, "columns": columns, "unique": [["y", "d"]]}
    assert [] == _answer(_schema(_table(name="a"), junction), tmp_path)


def test_a_key_with_too_few_parents_is_read_by_others(tmp_path):
    """What stands in for it has a parent for every row, so that no false mistake follows."""
    owner = {**_refers("p", "a"), "unique": True}
    child = _table(owner, name="b", rows=9)
    last = _table(_refers("b", "b"), _expression("v", "b.p + 1"), name="c", rows=90)
    (mistake,) = _answer(_schema(_table(name="a"), child, last), tmp_path)
    assert "9 rows need a parent of their own" in mistake


def test_a_long_list_after_in_nests_little(tmp_path):
    """1,900 values are 11 halves deep."""
    listed = _expression("b", f"id in ({','.join('1' * 1900)})", "boolean")
    assert [] == _answer(_schema(_table(listed, rows=300)), tmp_path)


@pytest.mark.parametrize("chain", [60, 90, 400])
def test_columns_that_read_the_next_have_one_limit(chain, tmp_path):
    """Up to some 70 additions they are made; beyond, the number of calls is refused."""
    found = _answer(_schema(_chain_of_columns(chain)), tmp_path)
    assert (chain > 60) is bool(found)
    assert all("calls deep; " in m or "at most 700 are possible" in m for m in found)


@pytest.mark.parametrize("chain", [40, 150])
def test_tables_that_read_the_next_have_the_same_limit(chain, tmp_path):
    """Large tables are not kept whole: their rows are made of those of the parents, each anew."""
    tables = [*_chain_of_tables(chain, 20_000)]
    path = tmp_path / "m.json"
    path.write_text(json.dumps(_schema(*tables)))
    found = find_mistakes(path)
    assert (chain > 40) is bool(found)
    if not found:
        source = Source.bind(build_plan(load_schema(path)))
        assert 5 == len(source.batch(f"t{chain - 1}", 0, 5).column("v").python())


@pytest.mark.parametrize(("levels", "rows"), [(6, 20_000), (20, 20_000), (20, 300)])
def test_two_keys_each_read_by_the_next_are_counted(levels, rows, tmp_path):
    """2^20 batches would be needed for one; small tables are kept whole, and need none."""
    found = _found(_schema(*_two_keys_each(levels, rows)), tmp_path)
    assert len(found) == int((levels, rows) == (20, 20_000))
    assert all("more than 500 of other tables at tables.t8;" in mistake for mistake in found)


def test_sums_over_the_most_children_are_checked_at_once(tmp_path):
    """Bounds need no row: adding up a trillion children would take hours."""
    child = _refers("p", "p", fan_out="grouped")
    total = _expression("s", "sum(c.v)", "bigint")
    child = _table(child, _made("int_range"), name="c", rows=1 << 30)
    assert [] == _found(_schema(_table(total, name="p"), child), tmp_path)


# Many mistakes, many things


def test_a_report_of_a_million_mistakes_is_cut_with_a_count():
    """A hundred lines are shown, and a thousand looked for: what is left is found after those."""
    raw = _schema(_table(), **{f"k{n}": 0 for n in range(100_000)})
    with pytest.raises(InputError) as caught:
        _load(raw)
    assert MAX_MISTAKES == len(caught.value.mistakes)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("at least 1000 mistakes")
    assert "  … and 900 more" == lines[-1]
    assert 102 == len(lines)


def _load(raw):
    return parse_schema(json.dumps(raw).encode())


@pytest.mark.parametrize(
    "raw",
    [
        _schema(_table(), relationships=[1] * 20_000),
        _schema(_table(*({"name": f"c{n}", "type": "xx"} for n in range(20_000)))),
        _schema(_table(), datasets={"d": {"columns": ["a", "b"], "rows": [[1]] * 20_000}}),
        _schema(_table(), generation_order=[f"x{n}" for n in range(20_000)]),
    ],
    ids=["fields", "types", "rows", "order"],
)
def test_no_check_goes_on_beyond_the_most_mistakes(raw):
    """Whichever finds them; a hint takes long where it is looked for a million times."""
    with pytest.raises(InputError) as caught:
        _load(raw)
    assert MAX_MISTAKES == len(caught.value.mistakes)


def test_many_tables_and_circles_are_put_in_order():
    """In the same order as before, and not with the square of their number."""
    circle = [
        _table({**_refers("k", f"t{(n + 1) % 1000}"), "nullable": True}, name=f"t{n}")
        for n in range(1000)
    ]
    order = Catalog(_load(_schema(*circle, *(_table(name=f"u{n}") for n in range(1000))))).order
    assert order[:1000] == tuple(f"u{n}" for n in range(1000))
    assert order[1000:] == ("t0", *(f"t{n}" for n in range(999, 0, -1)))


def test_dates_as_text_are_within_the_calendar(tmp_path):
    """Also those before an as-of in the year 1, which no date column would take."""
    for generator in ("date_past", "timestamp_past"):
        path = tmp_path / "m.json"
        path.write_text(json.dumps(_schema(_table(_made(generator, "text")))))
        first = Options(as_of=dt.date(1, 1, 1))
        with pytest.raises(InputError, match="the calendar has the years 1 to 9999"):
            Source.bind(build_plan(load_schema(path), first))


@pytest.mark.parametrize("dataset", [[], {}, None, 3])
def test_a_dataset_that_is_no_name_is_a_mistake(dataset, tmp_path):
    """Whatever JSON stands there."""
    assert _answer(_schema(_table(_made("dataset", dataset=dataset))), tmp_path)


def test_null_is_no_bound_of_random(tmp_path):
    """As it is no operand elsewhere."""
    (mistake,) = _answer(_schema(_table(_expression("v", "random(3, null)"))), tmp_path)
    assert "null is no operand" in mistake


@pytest.mark.parametrize("target", ["nowhere", "p"])
def test_many_foreign_keys_of_a_table_are_checked_in_seconds(target):
    """Whether they lead somewhere or not: what is asked of each does not take all others."""
    columns = [_refers(f"c{n}", target) for n in range(10_000)]
    schema = msgspec.convert(_schema(_table(name="p"), _table(*columns)), Schema)
    began = time.process_time()
    check_schema(Catalog(schema))
    assert time.process_time() - began < 15


def test_loan_numbers_of_the_first_years_are_refused():
    """Their dates lie before as-of, and before the calendar begins."""
    schema = _load(_schema(_table(_made("loan_number", "text"))))
    with pytest.raises(InputError, match="dates of the two years before as-of"):
        Source.bind(build_plan(schema, Options(as_of=dt.date(1, 1, 1))))


@pytest.mark.parametrize(
    "law",
    [
        {"type": "lognormal", "median": 1, "sigma": 128},
        {"type": "lognormal", "median": 1e300, "sigma": 100},
        {"type": "normal", "mean": 0, "std_dev": 1e308},
        {"type": "exponential", "mean": 1e308},
    ],
)
@pytest.mark.parametrize("generator", ["int_range", "decimal_range", "float_range"])
def test_laws_of_any_width_have_an_answer(law, generator, tmp_path):
    """Also those whose ends are no floats."""
    kind = {"int_range": "bigint", "decimal_range": "decimal(9,2)", "float_range": "double"}
    _answer(_schema(_table(_made(generator, kind[generator], distribution=law))), tmp_path)
