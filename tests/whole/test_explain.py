"""Explaining cells: it never fails, and what it explains is what a run makes."""

from __future__ import annotations

import csv
import random

import msgspec
import pytest
from fuzz.cases import case
from support.binding import parse_schema
from support.places import TESTS
from support.tables import everything

from shardgen.errors import InputError
from shardgen.execution.dataset import generate, table_data
from shardgen.execution.pipeline import run
from shardgen.plan.explaining.explain import Explainer
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import Relation

FILES = sorted((TESTS / "schemas").glob("*.json"))
SCHEMAS = {
    **{name: lambda name=name: load_schema(name) for name in bundled_schemas()},
    **{path.stem: lambda path=path: parse_schema(path.read_bytes()) for path in FILES},
    "everything": everything,
}
ROWS = 3  # of each table


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_any_cell_is_explained_with_the_value_of_a_run(name):
    """In every table of every schema, for rows at random, in words and as JSON."""
    schema = SCHEMAS[name]()
    explainer, made = Explainer(build_plan(schema)), generate(schema)
    choose = random.Random(name)
    for table in made.tables.values():
        for row in {choose.randrange(len(table)) for _ in range(ROWS)} if len(table) else ():
            (wanted,) = table.slice(row, row + 1)
            explained = explainer.explain(table.name, row)
            found = {cell.column: cell.value for cell in explained.cells if cell.is_known}
            assert wanted == {name: found[name] for name in wanted}
            assert all(cell.words and all(cell.words) for cell in explained.cells)
            for cell in explained.cells:
                assert cell.null.is_null == (cell.is_known and cell.value is None)
            msgspec.json.encode(explained, enc_hook=str)


def test_the_cells_of_a_file_are_explained(tmp_path):
    """By the command, with the options of the run, as text that the file has too."""
    run("fintech-loans", out=tmp_path / "out", format="csv", seed=7, rows={"loans": 90})
    with (tmp_path / "out" / "loans.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    explainer = Explainer(
        build_plan(load_schema("fintech-loans"), Options(seed=7, rows={"loans": 90}))
    )
    for row, wanted in enumerate(rows):
        cells = explainer.explain("loans", row).cells
        texts = {cell.column: "" if cell.value is None else str(cell.value) for cell in cells}
        assert {"amount", "borrower_id", "loan_number", "funded_date"} <= texts.keys()
        for name in ("id", "amount", "borrower_id", "loan_number", "funded_date", "status"):
            assert wanted[name] == texts[name]


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_shape_of_a_key_says_by_which_law():
    """Each class has a law of its own, or one of a class that is not the root."""
    silent = {each for each in subclasses(Relation) if each.__module__.startswith("shardgen.")}
    silent = {each for each in silent if each.law is Relation.law}
    assert {"RelationWithRuns", "RelationWithOrder", "Tree"} == {each.__name__ for each in silent}


def test_children_are_counted_as_a_run_has_them():
    """Those of each row whose key knows, nulls left out, are as many as lead there."""
    schema = load_schema("saas-multitenant")
    explainer, made = Explainer(build_plan(schema)), generate(schema)
    orgs = made.tables["organizations"].rows
    counted = 0
    for child in explainer.explain("organizations", 0).children:
        if child.count is None:
            continue
        key = next(
            r for r in explainer.plan.catalog.table(child.table).references if r.name == child.key
        )
        names = dict(zip(key.columns, key.parent_columns, strict=True))
        for row in range(3):
            (again,) = (
                each.count
                for each in explainer.explain("organizations", row).children
                if (each.table, each.key) == (child.table, child.key)
            )
            there = [
                each
                for each in made.tables[child.table].rows
                if all(each[own] == orgs[row][above] for own, above in names.items())
            ]
            assert len(there) == again
            counted += 1
    assert counted >= 3


def test_any_cell_of_schemas_at_random_is_explained():
    """Of the fuzzer's cases, with its options, where there is a run to explain."""
    explained = 0
    for number in range(100):
        made = case(number)
        try:
            schema = load_schema(parse_schema(made.data))
            data = table_data(Source.bind(build_plan(schema, made.options)))
            explainer = Explainer(build_plan(schema, made.options))
        except InputError:
            continue
        for table in data.values():
            if len(table):
                (wanted,) = table.slice(len(table) // 2, len(table) // 2 + 1)
                found = explainer.explain(table.name, len(table) // 2)
                values = {cell.column: cell.value for cell in found.cells}
                assert repr(wanted) == repr({name: values[name] for name in wanted})
                explained += len(found.cells)
    assert explained > 100
