"""How the package is built: imports point one way, and pure modules touch nothing outside."""

from __future__ import annotations

import ast
import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes_helper import loaded_by

import shardgen

PACKAGE = Path(shardgen.__file__).parent
LAYERS = [
    {"errors", "rng", "dates", "digits", "normal", "tokens", "types", "pools"},
    {"expression", "ordered"},
    {"columns", "copula", "distributions", "schema"},
    {"batch", "conform", "lowering", "fanout", "order"},
    {"native", "record", "relations"},
    {"evaluate", "render", "together"},
    {"generators"},
    {"dialects"},
    {"check_keys"},
    {"check"},
    {"keys", "csvfile"},
    {"load"},
    {"bind"},
    {"plan"},
    {"review", "tables"},
    {"dataset", "shardfile", "dump", "signals"},
    {"merge", "workers"},
    {"shardfolder"},
    {"pipeline", "progress"},
    {"json_schema", "report"},
    {"options"},
    {"cli"},
    {"__main__"},
]
"""Lowest first: a module imports from its own layer and from those before it."""

PURE = {
    *("copula", "digits", "evaluate", "expression", "normal", "ordered", "tokens"),
    *("rng", "distributions", "columns", "dates", "batch", "relations", "lowering", "render"),
    *("fanout", "order", "together", "keys", "record"),
    *(
        "check_keys",
        "conform",
        "bind",
        "plan",
        "tables",
        "types",
        "schema",
        "check",
        "errors",
        "dump",
    ),
    *("generators", "dialects"),
}
"""Modules that open no file, start no process and read no clock."""

OWNERS = {
    "click": {"cli", "options"},
    "tqdm": {"progress"},
    "multiprocessing": {"workers", "signals"},
    "concurrent": {"workers"},
    "subprocess": set(),
    "asyncio": set(),
    "random": set(),
    "sqlalchemy": set(),
    "pandas": set(),
    "numpy": {
        *("copula", "digits", "evaluate", "normal", "ordered"),
        *("rng", "distributions", "columns", "dates", "batch", "relations", "lowering", "render"),
        *("fanout", "together", "keys", "native", "record"),
        *("conform", "bind", "tables", "dataset", "generators"),
    },
    "faker": {"generators"},
}
"""Packages that only some modules may import."""

OUTSIDE = {"os", "io", "time", "socket", "tempfile", "shutil", "pathlib", "subprocess", "threading"}
"""What a pure module has no use for."""


def modules() -> dict[str, list[tuple[str, ast.Module]]]:
    """Return the syntax trees of each module or folder, by its name below the package."""
    trees: dict[str, list[tuple[str, ast.Module]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        name = relative.parts[0].removesuffix(".py")
        trees.setdefault(name, []).append((str(relative), ast.parse(path.read_text("utf-8"))))
    return trees


TREES = modules()
NAMES = sorted(TREES.keys() - {"__init__"})


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is imported, within functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def checked_only(tree: ast.AST) -> set[ast.AST]:
    """Return the nodes that only a type checker sees."""
    return {
        inside
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inside in ast.walk(node)
    }


def own_imports(name: str) -> set[str]:
    """Return the modules of the package that one imports at run time."""
    found = set()
    for _, tree in TREES[name]:
        skipped = checked_only(tree)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and node not in skipped:
                dotted = [part.split(".") for part in imports(ast.Module([node], []))]
                found |= {p[1] for p in dotted if p[0] == "shardgen" and p[1:]}
    return (found & set(NAMES)) - {name}


def layer(name: str) -> int:
    return next(n for n, names in enumerate(LAYERS) if name in names)


def test_every_module_has_a_layer():
    """A new module is placed before it is used."""
    placed = [name for names in LAYERS for name in names]
    assert sorted(placed) == sorted(set(placed))
    assert set(NAMES) == set(placed)


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_one_way(name):
    """Down the layers, within functions too; what only a type checker reads may point up."""
    assert set() == {other for other in own_imports(name) if layer(other) > layer(name)}


def test_modules_do_not_import_each_other_in_a_circle():
    done: set[str] = set()
    waiting = {name: own_imports(name) for name in NAMES}
    while waiting:
        ready = {name for name, needs in waiting.items() if needs <= done}
        assert ready, f"a circle among {waiting}"
        done |= ready
        for name in ready:
            del waiting[name]


@pytest.mark.parametrize("package", OWNERS)
def test_a_package_is_imported_only_where_it_belongs(package):
    found = {
        name
        for name in TREES
        for _, tree in TREES[name]
        for dotted in imports(tree)
        if dotted.split(".")[0] == package
    }
    assert set() == found - OWNERS[package]


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_modules_touch_nothing_outside(name):
    """They open no file, start no process and read no clock."""
    for path, tree in TREES[name]:
        outside = {dotted.split(".")[0] for dotted in imports(tree)} & OUTSIDE
        assert set() == outside, path
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            assert called not in ("open", "print", "input", "exec", "eval"), path
            assert called.split(".")[-1] not in ("now", "today", "utcnow"), path


def test_nobody_uses_the_random_numbers_of_numpy():
    """NumPy promises them only for the same build on the same machine."""
    for trees in TREES.values():
        for path, tree in trees:
            used = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            assert not any(name.startswith("np.random") for name in used), path


INEXACT = {"exp", "log", "log1p", "expm1", "power", "sin", "cos", "tan", "float_power", "hypot"}


def test_no_row_meets_a_function_that_cpus_round_apart():
    """NumPy's exp, log and power differ in the last bit; Python's own are tabulated and rounded."""
    for trees in TREES.values():
        for path, tree in trees:
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


def test_there_are_no_other_public_names():
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
    assert "shardgen.pipeline" in loaded_by(run_of_the_command_line() + after)


UNUSED = {
    *("faker", "tqdm", "multiprocessing", "subprocess", "sqlalchemy", "sqlite3", "asyncio"),
    *("hashlib", "_hashlib", "_strptime", "difflib", "json", "random", "statistics", "fractions"),
    *("shutil", "tempfile", "mmap", "isal", "shardgen.shardfile", "shardgen.workers"),
    *(f"shardgen.generators.{family}" for family in ("companies", "patterns", "places", "texts")),
}
"""What the default run has no use for."""


def test_a_default_run_imports_nothing_that_it_does_not_use():
    """A run of a few thousand rows is mostly its start."""
    assert set() == loaded_by(run_of_the_command_line()) & UNUSED


def lines_of_the_table() -> list[set[str]]:
    """Return the modules of each line of the table in ARCHITECTURE.md."""
    path = PACKAGE.parent / "ARCHITECTURE.md"
    if not path.exists():
        pytest.skip("not a checkout")
    _, table = path.read_text("utf-8").split("| module |", 1)
    lines = table.split("\n\n", 1)[0].splitlines()[2:]
    return [set(re.findall(r"`(\w+)/?`", line.split("|")[1])) for line in lines]


def test_the_table_of_the_architecture_has_every_module_in_order():
    """A module imports from its own line and from those above it."""
    known = {"pools"}
    for line in lines_of_the_table():
        known |= line
        for name in sorted(line):
            assert set() == own_imports(name) - known, name
    assert set(NAMES) - {"__main__"} == known
