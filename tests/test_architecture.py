"""How the package is built: imports point one way, and pure modules touch nothing outside."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import ROOT
from support.processes import loaded_by

import shardgen
from shardgen import errors

PACKAGE = Path(shardgen.__file__).parent
PURE = ("random", "schema", "tables", "generators", "output", "plan")
"""Folders that open no file, start no process and read no clock."""

READERS = {
    "plan/load.py": "finds and reads the schema file",
    "schema/reader.py": "hands the folder of a schema on to its datasets",
    "schema/datasets.py": "reads the CSV files of datasets",
    "generators/bundled_lines.py": "reads the bundled data sets",
    "generators/locales/pools/__init__.py": "reads the bundled pools",
    "output/text/native_writer.py": "loads the compiled module, unless the environment says no",
}
"""Files of pure folders that do touch something outside, and what for."""

OWNERS = {
    "click": {"cli"},
    "tqdm": {"cli/progress.py"},
    "tabulate": {"cli/grid.py"},
    "multiprocessing": {"execution/processes.py", "execution/signals.py"},
    "concurrent": {"execution/engines", "execution/pipeline.py", "execution/makers.py"},
    "ray": {"execution/engines/ray.py"},
    "distributed": {"execution/engines/dask.py"},
    "boto3": {"execution/object_store.py"},
    "obstore": {"execution/other_stores.py"},
    "botocore": {"execution/object_store.py"},
    "subprocess": set(),
    "asyncio": set(),
    "random": set(),
    "duckdb": {"execution/loading/duckdb.py", "execution/loading/duckdb_there.py",
               "execution/loading/duckdb_replacing.py",
               "execution/profiling/duckdb_door.py",
               "execution/verifying/databases/duckdb.py"},
    "pymysql": {"execution/loading/mysql_connecting.py", "execution/loading/mysql.py",
                "execution/loading/mysql_loader.py", "execution/verifying/databases/mysql.py",
                "testing/mysql.py", "testing/plugin.py"},
    "pytest": {"testing"},
    "hypothesis": {"testing/strategies.py"},
    "sqlalchemy": {"importing/live"},
    "sqlglot": {
        "importing/ddl", "importing/checks", "importing/translation/never_null.py",
        "importing/translation/trigger_functions.py",
    },
    "pandas": set(),
    "yaml": {"schema/files/yaml_file.py"},
    "tomllib": {"schema/files/toml_file.py"},
    "faker": {"generators/families/faker_methods.py"},
}  # fmt: skip
"""Packages that only some files or folders may import."""

OUTSIDE = {"os", "io", "time", "socket", "tempfile", "shutil", "pathlib", "subprocess", "threading"}
"""What a pure module has no use for."""


TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
"""The syntax tree of each file, by its path within the package."""


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is imported, within functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_point_one_way():
    """A folder imports those below it alone, and no files import each other in a circle."""
    report = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == report.returncode, report.stdout + report.stderr


def test_the_package_has_at_most_twelve_entries():
    """A stranger sees the pipeline when the folder is opened; the two ways in count as one."""
    hidden = {"__pycache__", "py.typed", "schemas", "__main__.py"}
    entries = {path.name for path in PACKAGE.iterdir()} - hidden
    assert len(entries) <= 12, sorted(entries)


@pytest.mark.parametrize("package", OWNERS)
def test_a_package_is_imported_only_where_it_belongs(package):
    """What a package is for stands in one place."""
    found = {
        path
        for path, tree in TREES.items()
        for dotted in imports(tree)
        if dotted.split(".")[0] == package
    }
    assert set() == {path for path in found if not {path, *_folders(path)} & OWNERS[package]}


def _folders(path):
    return {path[:end] for end, sign in enumerate(path) if sign == "/"}


PURE_FILES = [path for path in TREES if path.split("/")[0] in PURE and path not in READERS]


@pytest.mark.parametrize("path", PURE_FILES)
def test_pure_folders_touch_nothing_outside(path):
    """They open no file, start no process and read no clock."""
    tree = TREES[path]
    assert set() == {dotted.split(".")[0] for dotted in imports(tree)} & OUTSIDE
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("open", "print", "input", "exec", "eval")
            assert called.split(".")[-1] not in ("now", "today", "utcnow")


def test_nobody_uses_the_random_numbers_of_numpy():
    """NumPy promises them only for the same build on the same machine."""
    for path, tree in TREES.items():
        used = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert not any(name.startswith("np.random") for name in used), path


INEXACT = {"exp", "log", "log1p", "expm1", "power", "sin", "cos", "tan", "float_power", "hypot"}


def test_no_row_meets_a_function_that_cpus_round_apart():
    """NumPy's exp, log and power differ in the last bit; Python's own are tabulated and rounded."""
    for path, tree in TREES.items():
        used = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert set() == used & {f"np.{name}" for name in INEXACT}, path


def test_public_names_can_be_imported():
    """`__all__` is what there is, in order, and each name says where it lives."""
    assert sorted(shardgen.__all__) == list(shardgen.__all__)
    for name in shardgen.__all__:
        assert getattr(shardgen, name) is not None
    assert set(shardgen.__all__) == set(shardgen._HOMES) | {"__version__"}
    for name, home in shardgen._HOMES.items():
        assert getattr(shardgen, name) is getattr(importlib.import_module(f"shardgen.{home}"), name)
    assert list(shardgen.__all__) == dir(shardgen)


def test_type_checkers_see_the_public_names():
    """Each from its own home, under its own name, as they are imported at run time."""
    seen = {
        (alias.asname, f"{node.module}.{alias.name}")
        for node in ast.walk(TREES["__init__.py"])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None
    }
    assert {(name, f"shardgen.{home}.{name}") for name, home in shardgen._HOMES.items()} == seen


def test_a_star_import_gives_the_public_names():
    """All of them and no others."""
    names: dict[str, object] = {}
    exec("from shardgen import *", names)
    assert set(shardgen.__all__) == set(names) - {"__builtins__"}


def test_every_test_states_its_promise():
    """A docstring says what must hold, so that a failure can be judged without the code."""
    without = [
        f"{path.relative_to(ROOT).as_posix()}::{node.name}"
        for folder, pattern in (("tests", "test_*.py"), ("bench", "bench_*.py"))
        for path in sorted((ROOT / folder).rglob(pattern))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not ast.get_docstring(node)
    ]
    assert [] == without


def test_every_error_is_public():
    """A caller can name what a run may raise."""
    tree = {errors.ShardgenError}
    while not (more := {sub for kind in tree for sub in kind.__subclasses__()}) <= tree:
        tree |= more
    assert {kind for kind in tree if kind.__module__ == "shardgen.errors"} == {
        kind for name in shardgen.__all__ if (kind := getattr(shardgen, name)) in tree
    }


def test_there_are_no_other_public_names():
    """The lazy lookup of names refuses an unknown one as Python does."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = shardgen.nothing


def test_importing_the_package_imports_nothing_heavy():
    """The command line pays for what it runs."""
    assert set() == loaded_by("import shardgen") & {"numpy", "msgspec", "faker", "click", "tqdm"}


def test_a_run_loads_no_faker_and_no_progress_bar():
    """Names come from bundled pools, and a pipe has no bar."""
    script = "import shardgen\nshardgen.generate('fintech-loans').tables['loans'].rows"
    assert set() == loaded_by(script) & {"faker", "tqdm", "click", "multiprocessing", "sqlalchemy"}


def run_of_the_command_line(*arguments: str) -> str:
    """Return the statements that run the command line, and go on."""
    return (
        f"sys.argv = {['shardgen', 'run', '--quiet', '--out', os.devnull, *arguments]!r}\n"
        "from shardgen.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
    )


def test_a_run_collects_garbage_but_not_among_what_it_imported():
    """Modules stay to the end: to look through them costs time, and finds nothing."""
    after = "import gc\nassert gc.isenabled() and gc.get_freeze_count() > 10_000"
    assert "shardgen.execution.pipeline" in loaded_by(run_of_the_command_line() + after)


UNUSED = {
    *(
        "faker",
        "tqdm",
        "tabulate",
        "wcwidth",
        "multiprocessing",
        "subprocess",
        "sqlalchemy",
        "sqlite3",
        "asyncio",
    ),
    *("hashlib", "_hashlib", "_strptime", "difflib", "json", "random", "statistics", "fractions"),
    *(
        "shutil",
        "tempfile",
        "mmap",
        "isal",
        "shardgen.execution.shard_file",
        "shardgen.execution.processes",
    ),
    *(
        f"shardgen.generators.families.{family}"
        for family in ("companies", "patterns", "places", "texts")
    ),
}
"""What the default run has no use for."""


def test_a_default_run_imports_nothing_that_it_does_not_use():
    """A run of a few thousand rows is mostly its start."""
    assert set() == loaded_by(run_of_the_command_line()) & UNUSED


def test_a_run_imports_of_the_command_line_what_it_needs():
    """Its own command, the options, and what says what was written."""
    script = run_of_the_command_line().replace("'--quiet', ", "")
    loaded = {name for name in loaded_by(script) if name.startswith("shardgen.cli.")}
    assert {
        f"shardgen.cli.{name}" for name in ("main", "options", "run", "run_report", "streams")
    } == loaded
