"""The documentation says what the code does."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from support.binding import parse_schema
from support.places import ROOT

import shardgen as package
from shardgen.errors import InputError, ShardgenError, StoppedError
from shardgen.execution.events import Event
from shardgen.generators.registry import GENERATORS
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import (
    MAX_BYTES,
    bundled_schemas,
    checked,
    inspect_schema,
    is_example,
    load_schema,
)
from shardgen.random.distributions import DISTRIBUTIONS
from shardgen.schema import reader
from shardgen.schema.model import SHAPES, Column, ForeignKey, Index, Relationship, Schema, Table
from shardgen.schema.spellings import short_text
from shardgen.schema.types import ALIASES, NAMES, parse_type

SCHEMA_PAGE = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NIGHTLY_PAGE = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
LOADING_PAGE = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8")
IMPORTING_PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
GENERATORS_PAGE = (ROOT / "docs" / "generators.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return what stands under a heading of docs/schema.md."""
    return SCHEMA_PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(text: str) -> list[str]:
    """Return the words in backticks of the first column of all tables in a text."""
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def fields(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(
    ("title", "kind"), [("Schema", Schema), ("Table", Table), ("Column", Column)]
)
def test_the_page_lists_the_fields_that_there_are(title, kind):
    """Each field once, and no field that is not read."""
    listed = first_column(section(title))
    assert fields(kind) == set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("kind", [Schema, Table, Column, ForeignKey])
def test_the_page_says_which_fields_are_required(kind):
    """The word in the table is what the reader enforces."""
    titles = {ForeignKey: "Foreign keys"}
    for line in section(titles.get(kind, kind.__name__)).splitlines():
        if re.match(r"\| .* \| (required|optional) \|", line):
            said = "required" if "| required |" in line else "optional"
            for name in first_column(line):
                field = next(f for f in msgspec.structs.fields(kind) if f.encode_name == name)
                assert said == ("required" if field.required else "optional"), name


def test_the_page_lists_the_fields_of_foreign_keys_indexes_and_relationships():
    """With the shapes and the laws of a fan-out."""
    words = set(first_column(section("Foreign keys")))
    laws = {"even", "poisson", "uniform", "lognormal", "pareto", "zipf", "quantiles", "recent"}
    assert fields(ForeignKey) | set(SHAPES) | laws == words | {"fan_out"}
    for kind, text in ((Index, section("Table")), (Relationship, section("Schema"))):
        assert fields(kind) <= set(re.findall(r"`([a-z_]+)`", text))


def test_the_page_lists_the_types_and_what_each_database_calls_them():
    """The names are asked of the dialects, for types with and without numbers."""
    lines = [line for line in section("Types").splitlines() if line.startswith("| `")]
    assert set(NAMES) == {re.match(r"\| `([^`(]+)", line)[1] for line in lines}
    for line in lines:
        word, *theirs = (cell.strip() for cell in line.strip("|").split(" | "))
        numbered = word.strip("`").replace("p,s", "9,4").replace("(n)", "(7)")
        kind = parse_type(numbered)
        for dialect, said in zip(("postgres", "mysql", "sqlite"), theirs, strict=True):
            name = DIALECTS[dialect].type_name(kind)
            wanted = said.replace("p,s", "9,4").replace("(n)", "(7)").replace(" with CHECK", "")
            assert wanted == (name.split("(")[0] if kind.values else name)


def test_the_page_lists_the_other_names_of_types():
    """No alias is known to the code alone."""
    assert [] == [alias for alias in ALIASES if f"`{alias}`" not in section("Types")]


def test_the_page_lists_the_distributions_and_their_parameters():
    """Neither a law nor a parameter is missing or too many."""
    lines = [line for line in section("Distributions").splitlines() if line.startswith("| `")]
    said = {
        first_column(line)[0]: set(re.findall(r"`(\w+)`", line.split(" | ")[1])) for line in lines
    }
    assert {name: fields(kind) for name, kind in DISTRIBUTIONS.items()} == said


def test_the_pages_limits_are_the_codes():
    """The size of a schema file on the page is the one that is enforced."""
    assert f"at most {MAX_BYTES >> 20} MiB" in SCHEMA_PAGE


def test_the_examples_of_the_page_load():
    """The first is a whole schema; those of a distribution are one and the same."""
    whole, spellings, *parts = re.findall(r"```json\n(.*?)```", SCHEMA_PAGE, re.DOTALL)
    assert "shop" == parse_schema(whole.encode()).name
    made = set()
    for part in parts:
        assert json.loads(part)
    for parameters in json.loads(spellings):
        from shardgen.generators.parameters import decode_generator

        column = Column(name="c", type="int", generator="int_range", generator_params=parameters)
        made.add(decode_generator(column))
    assert 1 == len(made)


@pytest.mark.parametrize("page", ["README.md", "docs/schema.md"])
def test_the_schemas_in_yaml_load(page):
    """As they stand, with nothing wrong and nothing idle; those in Python too."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    parsed = reader.parse_schema(shown.encode(), page, None, "yaml")
    assert "shop" == checked(parsed, page).name
    found = inspect_schema(parsed.schema)
    assert ((), ()) == (found.mistakes, found.warnings)
    for code in re.findall(r"```python\nshop = (.*?\n\))", text, re.DOTALL):
        assert "shop" == eval(code, {"shardgen": package}).name


def test_the_words_of_the_short_form_are_those_of_the_page():
    """None is known to the code alone."""
    words = {*short_text.FLAGS, *short_text.SHAPES}
    assert words <= set(re.findall(r"\w+", section("The short form")))


def test_the_pages_that_are_made_are_up_to_date():
    """Of generators, and of bundled schemas. Else run: .venv/bin/python scripts/make-docs."""
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make-docs"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (checked.returncode, checked.stderr), checked.stdout
    missing = [
        name
        for name, kind in GENERATORS.items()
        if kind.__module__.startswith("shardgen.") and f"`{name}`" not in GENERATORS_PAGE
    ]
    assert [] == missing


def test_every_bundled_schema_has_a_page_and_every_picture_a_place():
    """Those that teach one idea each need no page."""
    docs = ROOT / "docs"
    pages = [docs / f"{name}.md" for name in bundled_schemas() if not is_example(name)]
    pages.append(docs / "describe.md")
    shown = {
        docs / link
        for page in pages
        for link in re.findall(r"\]\((pictures/[^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set((docs / "pictures").iterdir())


def test_every_bundled_schema_is_named_after_its_file():
    """It is asked for by that name, and the dump has it."""
    assert bundled_schemas()
    for name, path in bundled_schemas().items():
        assert name == load_schema(path).name == path.stem


def test_all_that_is_exported_can_be_imported():
    """And `dir` shows it, and nothing else."""
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert sorted(package.__all__) == sorted(dir(package))
    with pytest.raises(AttributeError):
        _ = package.no_such_name


def commands() -> list[str]:
    """Return the commands of the README's console blocks that begin with shardgen."""
    blocks = re.findall(r"```(?:console|sh|bash)\n(.*?)```", README, re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines = [line.split("  # ")[0].strip() for line in lines]
    return [line for line in lines if line.startswith(("shardgen ", "scripts/run"))]


def shop_of_the_page() -> str:
    """Return the DDL that docs/importing.md begins with."""
    return re.findall(r"```sql\n(.*?)```", IMPORTING_PAGE, re.DOTALL)[0]


@pytest.mark.parametrize("command", commands())
def test_the_commands_of_the_readme_run(command, tmp_path):
    """
    As they stand, up to a pipe; a schema file of the reader's own is a copy of ours.

    Their database is that of docs/importing.md.
    """
    words = shlex.split(re.split(r"[|<>]", command)[0])
    words = ["run" if words[0] == "scripts/run" else "", *words[1:]]
    words = [word for word in words if word]
    ours = bundled_schemas()["fintech-loans"]
    for word in words:
        if word.endswith(".json") and not word.startswith("-"):
            (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / word).write_text(ours.read_text())
    if "shop.yaml" in words and "run" in words:
        (tmp_path / "shop.yaml").write_text(re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[0])
    if {"verify", "profile"} & {*words}:
        package.run("fintech-loans", tmp_path / "fintech-loans.sql")
        package.load("fintech-loans", f"sqlite:///{tmp_path}/loans.db")
    if "import" in words:
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
            connection.executescript(shop_of_the_page())
    words = ["1" if words[n - 1] == "--scale" and n else word for n, word in enumerate(words)]
    ran = subprocess.run(
        [sys.executable, "-m", "shardgen", *words],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (0, False) == (ran.returncode, "Traceback" in ran.stderr), ran.stderr


def shell_lines(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it is said to print."""
    first, *rest = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not first
    return [(line, shown) for line, _, shown in (text.partition("\n") for text in rest)]


def test_the_way_from_a_database_to_a_filled_copy_is_what_the_page_says(tmp_path):
    """Every command of it runs, in its order, and prints what is shown."""
    if shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 on PATH")
    (tmp_path / "shop.sql").write_text(shop_of_the_page())
    blocks = re.findall(r"```console\n(.*?)```", IMPORTING_PAGE, re.DOTALL)
    for block in blocks:
        for line, shown in shell_lines(block):
            ran = bash(line, tmp_path)
            assert (0, shown) == (ran.returncode, ran.stdout), (line, ran.stderr)
    written = (tmp_path / "shop.yaml").read_text()
    (shown,) = re.findall(r"```yaml\n(.*?)```", IMPORTING_PAGE, re.DOTALL)
    assert shown in written
    assert "products.color: the column is new" in ran.stderr


OURS = f'shardgen() {{ {shlex.quote(sys.executable)} -m shardgen "$@"; }}\nset -eo pipefail\n'


def bash(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a page as its reader would, in a folder."""
    return subprocess.run(
        ["bash", "-c", OURS + line], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_commands_of_a_night_run_and_print_what_is_shown(tmp_path):
    """In their order, with the error that is shown."""
    if shutil.which("zstd") is None:
        pytest.skip("no zstd on PATH")
    for block in re.findall(r"```console\n(.*?)```", NIGHTLY_PAGE, re.DOTALL):
        for line, shown in shell_lines(block):
            ran = bash(line, tmp_path)
            assert (0, shown, "") == (ran.returncode, ran.stdout, ran.stderr), line


def timed_commands() -> list[str]:
    """Return the command of the crontab, and those of the service."""
    (table,) = re.findall(r"```crontab\n(.*?)```", NIGHTLY_PAGE, re.DOTALL)
    (line,) = [line for line in table.splitlines() if not line.startswith("#")]
    assert "%" not in line, "cron takes it for an end of line"
    started = re.findall(r"^ExecStart(?:Post)?=(/(?:opt|usr).*)$", NIGHTLY_PAGE, re.MULTILINE)
    assert 2 == len(started)
    return [line.split(maxsplit=5)[5], " && ".join(map(quoted, started))]


def quoted(command: str) -> str:
    """Return the command of a unit, in which * and {} mean nothing, as a shell has it."""
    return shlex.join(shlex.split(command))


@pytest.mark.parametrize("command", timed_commands(), ids=["cron", "systemd"])
def test_the_commands_of_a_timer_write_a_dump_and_delete_old_ones(command, tmp_path):
    """And only those of more than 14 days; where no dump is written, none is deleted."""
    for days in (3, 20):
        dump = tmp_path / f"loans-{days}-days-ago.sql.zst"
        dump.touch()
        os.utime(dump, (time.time() - days * 86400,) * 2)
    command = command.replace("/srv/dumps", ".")
    ours = f"{shlex.quote(sys.executable)} -m shardgen"
    wrong = bash(command.replace("/opt/shardgen/bin/shardgen", f"{ours} --nope"), tmp_path)
    assert (2, True) == (wrong.returncode, (tmp_path / "loans-20-days-ago.sql.zst").exists())
    ran = bash(command.replace("/opt/shardgen/bin/shardgen", ours), tmp_path)
    assert (0, "") == (ran.returncode, ran.stdout), ran.stderr
    dumps = sorted(path.name for path in tmp_path.glob("*.zst"))
    assert ["loans-3-days-ago.sql.zst"] == [name for name in dumps if "ago" in name]
    assert 2 == len(dumps)
    log = tmp_path / "nightly.log"
    lines = (log.read_text() if log.exists() else ran.stderr).splitlines()
    assert "finished" == json.loads(lines[-1])["event"]


def test_systemd_takes_the_units_of_the_page(tmp_path):
    """Each of them, with a program of ours where the reader has his."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on PATH")
    found = re.findall(r"`/etc/systemd/system/(\S+)`.*?```ini\n(.*?)```", NIGHTLY_PAGE, re.DOTALL)
    assert 3 == len(found)
    for name, text in found:
        (tmp_path / name).write_text(text.replace("/opt/shardgen/bin/shardgen", sys.executable))
    paths = [str(tmp_path / name) for name, _ in found]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == verified.stderr
    assert 0 == verified.returncode


def test_the_page_lists_the_events_and_their_fields(tmp_path):
    """All that there are; and of those of any run all fields."""
    rows = [line for line in NIGHTLY_PAGE.split("\n## The log\n")[1].splitlines() if "| `" in line]
    told = (ROOT / "shardgen" / "execution" / "events.py").read_text(encoding="utf-8")
    names = {*re.findall(r'Event\("(\w+)"', told), "failed"}
    assert names == {name for row in rows for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    fields = {
        first_column(row)[0]: set(re.findall(r"`(\w+)`", row.split(" | ")[1])) for row in rows
    }
    events: list[Event] = []
    package.run("example-unique", tmp_path / "out.sql", tell=events.append)
    assert 3 <= len({event.name for event in events})
    assert [] == [e.name for e in events if set(e.fields) != fields[e.name]]


def test_the_page_lists_the_exit_codes_and_their_kinds():
    """Of every class of errors, and of the README too."""
    listed = NIGHTLY_PAGE.split("\n## Exit codes\n")[1].split("\n\n## ")[0]
    said = {}
    for line in listed.splitlines():
        if re.match(r"\| [1-9]", line):
            codes, kinds, _ = line.strip("| ").split(" | ", 2)
            kinds = re.findall(r"`(\w+)`", kinds)
            said |= {kind: code for code, kind in zip(codes.split(", "), kinds, strict=False)}
    kinds = [ShardgenError, *ShardgenError.__subclasses__(), *InputError.__subclasses__()]
    for error in kinds:
        if error is InputError or error is StoppedError:
            continue
        assert str(error.exit_code) == said[error.kind], error
        assert error is ShardgenError or re.search(
            rf"\b{error.exit_code}\s{_WORDS[error.kind]}", README
        )


_WORDS = {
    "schema": "schema", "plan": "plan", "generation": "generator", "worker": "worker",
    "shard_file": "shard file", "output": "output", "database": "database",
    "locked": "another run", "difference": "not what a run writes",
}  # fmt: skip
"""What the README calls the kinds of errors."""


def test_loading_a_database_is_what_the_page_says(tmp_path):
    """Every command of it runs, in its order, and prints what is shown; so does the Python."""
    if shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 on PATH")
    ours = f'shardgen() {{ {shlex.quote(sys.executable)} -m shardgen "$@"; }}\nset -eo pipefail\n'
    for block in re.findall(r"```console\n(.*?)```", LOADING_PAGE, re.DOTALL):
        for line, shown in shell_lines(block):
            ran = subprocess.run(
                ["bash", "-c", ours + line],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (0, shown, "") == (ran.returncode, ran.stdout, ran.stderr), line
    (code,) = re.findall(r"```python\n(.*?)```", LOADING_PAGE, re.DOTALL)
    code = code.replace("loans.db", f"{tmp_path}/python.db")
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert 0 == ran.returncode


@pytest.mark.parametrize(
    "path", [p for p in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if p.exists()],
    ids=lambda path: path.name,
)  # fmt: skip
def test_links_lead_somewhere(path):
    """Links to files, and to headings of them."""
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", text):
        target, heading = link
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file = (path.parent / target) if target else path
        assert file.exists(), link
        if heading:
            headings = re.findall(
                r"^#+ (.+)$", Path(file).read_text(encoding="utf-8"), re.MULTILINE
            )
            slugs = [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]
            assert heading in slugs, link


def test_each_feature_of_the_readme_names_a_test_that_there_is():
    """Each claim points to a function that is in that file."""
    shown = re.findall(r"\[\w+\]\((tests/[\w/]+\.py)\) `(\w+)`", README)
    assert len(shown) > 15
    for path, name in shown:
        assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8"), (path, name)


def test_the_readme_shows_what_a_run_writes(tmp_path):
    """Its rows and its number of bytes are those of `scripts/run --seed 42`."""
    path = tmp_path / "fintech-loans.sql"
    summary = package.run("fintech-loans", path, options=package.Options(seed=42))
    assert f"{summary.rows:,} rows, {summary.bytes:,} bytes" in README
    text = path.read_text(encoding="utf-8")
    shown = re.findall(r"^\(\d+,.*\)[,;]$", README, re.MULTILINE)
    assert len(shown) >= 4
    assert [] == [line for line in shown if f"\n{line}\n" not in text]
