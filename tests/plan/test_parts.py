"""Parts of a plan: each shard in one of them, and each about as large as the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.schemas import parsed, right

from shardgen.errors import PlanError
from shardgen.output.file_names import part_name, part_of_name
from shardgen.plan.part import MAX_PARTS, Part
from shardgen.plan.parts import PartSource, cut, divided
from shardgen.plan.plan import Options, Plan, build_plan, decode_plan
from shardgen.plan.source import Source

SHOP = parsed(right())


def planned(users: int, orders: int, **options) -> Plan:
    return build_plan(SHOP, Options(rows={"users": users, "orders": orders}, **options))


def all_parts(source: Source, parts: int) -> list[PartSource]:
    plan = divided(source, parts)
    numbers = range(1, parts + 1)
    return [PartSource(plan, source.bound, (), Part(number, parts)) for number in numbers]


numbers = st.integers(0, 400)
some = st.integers(1, 400)  # users, to which orders lead
shard_sizes = st.integers(1, 60)


@given(some, numbers, shard_sizes, st.integers(1, 40), st.sampled_from(["sql", "csv"]))
@settings(max_examples=25, deadline=None)
def test_every_shard_is_in_one_part(users, orders, shard_rows, parts, form):
    """In the order of the dump, with the rows of a run that is not divided; each file too."""
    source = Source.bind(planned(users, orders, shard_rows=shard_rows, format=form))
    made = all_parts(source, parts)
    whole = [(s.index, s.table, s.start, s.stop) for s in source.shards()]
    shards = [shard for part in made for shard in part.shards()]
    assert whole == [(s.index, s.table, s.start, s.stop) for s in shards]
    assert source.counts == {
        name: sum(part.counts.get(name, 0) for part in made) for name in source.counts
    }
    files = [file for part in made for file in part.files()]
    plan = made[0].plan
    assert {file for _, file in files} == {file for each in plan.files.values() for file in each}
    assert len(files) == sum(map(len, plan.files.values()))
    assert len(files) == len({file.name for _, file in files})
    for name, rows in source.counts.items() if form == "csv" else ():
        ranges = [(file.start, file.stop) for table, file in files if table == name]
        assert sum(stop - start for start, stop in ranges) == rows
        assert ranges == sorted(ranges)
        assert ranges


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 300)), min_size=2, max_size=2),
    shard_sizes,
    st.integers(1, 50),
)
@settings(max_examples=60, deadline=None)
def test_a_cut_is_within_half_a_shard_of_its_share(tables, shard_rows, parts):
    """By the bytes that tables are said to have; so no part has more than a shard above it."""
    (users, user_bytes), (orders, order_bytes) = tables
    plan = planned(users, orders, shard_rows=shard_rows)
    bytes_of_row = {"users": user_bytes, "orders": order_bytes}
    sizes = [table.rows * bytes_of_row[table.name] for table in plan.tables]
    cuts = cut(plan, sizes, parts)
    assert list(cuts) == sorted(cuts)
    weights = [shard.rows * bytes_of_row[shard.table] for shard in plan.shards()]
    assert (0, len(weights), parts + 1) == (cuts[0], cuts[-1], len(cuts))
    most = max(weights, default=0)
    for number, shard in enumerate(cuts):
        share = number * sum(weights) / parts
        assert abs(sum(weights[:shard]) - share) <= most / 2 + max(user_bytes, order_bytes) + 1


@given(numbers, shard_sizes, st.integers(1, 90), st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_files_of_so_many_rows_are_in_one_part_each(orders, shard_rows, file_rows, parts):
    """A part has whole files, of the names that they have in a run that is not divided."""
    plan = planned(7, orders, shard_rows=shard_rows, file_rows=file_rows, format="csv")
    source = Source.bind(plan)
    made = all_parts(source, parts)
    files = [file for part in made for file in part.files()]
    assert sorted(source.files(), key=str) == sorted(files, key=str)
    assert [*source.shards()] == [shard for part in made for shard in part.shards()]


def test_the_cut_does_not_depend_on_how_rows_are_compressed():
    """A library of another version may compress otherwise, and the machines still cut alike."""
    cuts = {
        divided(Source.bind(planned(200, 5000, shard_rows=100, compress=how)), 7).cut
        for how in ("none", "zstd", "gzip")
    }
    assert 1 == len(cuts)


def test_a_divided_plan_crosses_to_a_worker_unchanged():
    """With its cut; and how often it is cut changes its digest."""
    source = Source.bind(planned(20, 500, shard_rows=50, format="csv"))
    plan = divided(source, 3)
    assert plan == decode_plan(plan.encode())
    assert plan.files == decode_plan(plan.encode()).files
    assert 3 == len({plan.digest(), divided(source, 4).digest(), source.plan.digest()})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "say which of how many: 3/16"),
        ("3", "say which of how many: 3/16"),
        ("3/", "say which of how many: 3/16"),
        ("-1/4", "say which of how many: 3/16"),
        ("0/4", "the parts are 1/4 to 4/4"),
        ("5/4", "the parts are 1/4 to 4/4"),
        ("1/0", f"there are 1 to {MAX_PARTS} parts"),
        ("1/10001", f"there are 1 to {MAX_PARTS} parts"),
    ],
)
def test_what_is_no_part_is_refused(text, what):
    """With the way to say one."""
    with pytest.raises(PlanError) as caught:
        Part.parse(text)
    assert f"the part {text!r} is asked for; {what}" == str(caught.value)


@given(st.integers(1, MAX_PARTS), st.integers(1, MAX_PARTS))
def test_names_of_parts_say_which_they_are(number, parts):
    """And sort in the order of the parts."""
    number = min(number, parts)
    name = part_name(number, parts)
    assert (number, parts) == part_of_name(name) == part_of_name(f"{name}.sql.gz")
    assert number == parts or name < part_name(number + 1, parts)
    assert part_of_name(f"{name}0") is None
    assert part_of_name(f"x{name}") is None
