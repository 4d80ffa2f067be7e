"""docs/extending.md: its generators, its dialect and its format work as they stand there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest
from support.places import ROOT

import shardgen
from shardgen.output.format import Format
from shardgen.output.sql.dialect import Dialect

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = {text.split("\n", 1)[0]: text for text in PAGE.split("\n## ")[1:]}
CODE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
NAMED = re.compile(r"`(\w+\.\w+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def code_in(section: str, language: str) -> list[str]:
    """Return the code in a language that stands in a section."""
    return [code for kind, code in CODE.findall(SECTIONS[section]) if kind == language]


@pytest.fixture
def files(tmp_path):
    """Write the files that a section names into a folder, and return it."""

    def write(section: str):
        for name, code in NAMED.findall(SECTIONS[section]):
            (tmp_path / name).write_text(code, encoding="utf-8")
        return tmp_path

    return write


def ran(folder, *arguments: str) -> str:
    """Return what Python prints in the folder, without one warning."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (ended.returncode, ended.stderr)
    return ended.stdout


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_prints_what_stands_below_it(section, files):
    """A module that extends shardgen, a script that uses it, and what the script prints."""
    _, script = code_in(section, "python")
    (printed,) = code_in(section, "text")
    assert printed == ran(files(section), "-c", script)


@pytest.mark.parametrize("section", SECTIONS)
def test_all_code_in_python_is_run(section):
    """Each section has a module, which is named, and a script."""
    module, _ = code_in(section, "python")
    assert module in {code for _, code in NAMED.findall(SECTIONS[section])}


def test_generators_need_public_names_alone():
    """What is not public may change in any release."""
    module, script = code_in("A generator", "python")
    for code in (module, script):
        modules = {
            name
            for node in ast.walk(ast.parse(code))
            for name in (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module] if isinstance(node, ast.ImportFrom)
                else []
            )
        }  # fmt: skip
        assert modules <= {"numpy", "shardgen", "warehouse"}


def test_the_generators_of_the_page_are_pure(files):
    """A row made alone is the row made among others, and every unique value is another."""
    code = (
        "import shardgen, warehouse\n"
        "table = shardgen.generate('stock.json', rows={'articles': 40_000}).tables['articles']\n"
        "for row in (0, 16_383, 16_384, 39_999):\n"
        "    assert table.slice(row, row + 1) == table.rows[row : row + 1]\n"
        "assert 40_000 == len({row['part_number'] for row in table.rows})\n"
        "assert {*range(1, 41)} == {row['shelf'] for row in table.rows}\n"
    )
    assert ran(files("A generator"), "-c", code) == ""


def test_the_generators_of_the_page_refuse_what_they_cannot_make(files):
    """With the path of the column and the way out, as those that are built in."""
    code = (
        "import json, pathlib, shardgen, warehouse\n"
        "raw = json.loads(pathlib.Path('stock.json').read_text())\n"
        "columns = raw['tables'][0]['columns']\n"
        "columns[1]['type'], columns[2]['unique'] = 'varchar(5)', True\n"
        "pathlib.Path('wrong.json').write_text(json.dumps(raw))\n"
        "try:\n    shardgen.generate('wrong.json')\n"
        "except shardgen.SchemaError as error:\n    print(*error.mistakes, sep='\\n')\n"
    )
    first, second = ran(files("A generator"), "-c", code).splitlines()
    assert first.startswith("8 characters are needed at tables.articles.columns.part_number")
    assert second.startswith("follows from other columns, and the column is unique at tables.")


def words_of_first_column(section: str, head: str) -> set[str]:
    """Return the names in the first column of the table with that head."""
    table = SECTIONS[section].split(f"| {head} |")[1].split("\n\n")[0]
    cells = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}


def leaves(kind):
    """Return the classes below one that have none below them."""
    below = kind.__subclasses__()
    return {leaf for each in below for leaf in leaves(each)} or {kind}


def test_the_tables_of_the_page_name_what_there_is():
    """Of the context, of the classes of values, of a dialect and of a format."""
    from shardgen.generators.context import ColumnContext

    facts = {"rows", "type", "as_of", "unique", "column", "table"}
    asked = words_of_first_column("A generator", "of `context`")
    assert asked - facts == {name for name in asked if hasattr(ColumnContext, name)}
    classes = words_of_first_column("A generator", "class")
    kinds = {kind.__name__ for kind in leaves(shardgen.ColumnValues)} - {"Union"}
    assert kinds == classes <= set(shardgen.__all__)
    dialect = words_of_first_column("A dialect", "of `Dialect`")
    own = [kind for kind in Dialect.__mro__ if kind is not object]
    assert dialect <= {n for kind in own for n in (*vars(kind), *kind.__annotations__)}
    form = words_of_first_column("A format", "of `Format`")
    assert form <= set(vars(Format)) | set(Format.__annotations__)


def test_the_format_of_the_page_has_the_bytes_of_one_worker_with_three(files):
    """A worker process decodes it from the plan, though it is not one of shardgen's own."""
    code = (
        "from pathlib import Path\nimport shardgen, psv\n"
        "for workers in (1, 3):\n"
        "    rows = {'payments': 600_000}\n"
        "    out = f'{workers}/'\n"
        "    summary = shardgen.run(\n"
        "        'fintech-loans', out, format='psv', rows=rows, workers=workers)\n"
        "    assert summary.workers == (0 if workers == 1 else 3)\n"
        "one, three = (Path(n, 'payments.psv').read_bytes() for n in '13')\n"
        "assert one == three and one.count(b'\\n') == 600_001\n"
    )
    assert ran(files("A format"), "-c", code) == ""
