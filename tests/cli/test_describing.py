"""The command `describe`: text, JSON and pages, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest
from support.places import ROOT

from shardgen.cli.description.page import MOST_BYTES, page
from shardgen.cli.description.text import description_text
from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.load import bundled_schemas
from shardgen.plan.plan import Options

TEST_SCHEMAS = sorted((ROOT / "tests" / "schemas").glob("*.json"))
NASTY = "</style><script>alert('x')</script> & \"q\" http://evil.example/"


def parsed(text: str) -> ET.Element:
    """Return a page as XML: every element is closed, and every sign is escaped."""
    assert text.startswith("<!DOCTYPE html>\n")
    assert len(text.encode()) < MOST_BYTES
    root = ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    for element in root.iter():
        assert element.tag not in ("script", "link", "img", "iframe", "object", "image")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("href", "src") or value.startswith("#")
    (style,) = root.iter("style")
    assert not re.search(r"url|@import|//", style.text)
    return root


@pytest.mark.parametrize("schema", [*bundled_schemas(), *TEST_SCHEMAS], ids=str)
def test_every_schema_makes_a_page_of_its_own(schema):
    """It is well-formed, small, and refers to nothing but itself; and there is a text."""
    found = describe_schema(schema, Options())
    root = parsed(page(found))
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    links = {element.get("href") for element in root.iter("a")}
    assert links <= {f"#{each}" for each in ids}
    headings = ["".join(each.itertext()) for each in root.iter("h2")]
    assert {table.name for table in found.tables} <= set(headings)
    text = description_text(found)
    assert all(f"{table.name}: " in text for table in found.tables)


def test_bars_say_their_numbers():
    """As the titles of pictures, which a browser shows beside the pointer."""
    root = parsed(page(describe_schema("fintech-loans", Options(seed=42))))
    titles = ["".join(each.itertext()) for each in root.iter("title")]
    assert any(re.fullmatch(r"active: \d+ rows \(\d+%\)", title) for title in titles)
    assert any(re.fullmatch(r"4 children: \d+ \(\d+%\)", title) for title in titles)
    assert any(title.startswith("loans: borrower_id → borrowers.id; ") for title in titles)


def test_whatever_a_schema_says_is_text_in_the_page():
    """Names, descriptions and values are no HTML, and no address is followed."""
    schema = {
        "schema_version": "1.0",
        "name": "nasty",
        "description": NASTY,
        "database_type": ["sqlite"],
        "tables": {
            "t<b>": {
                "rows": 50,
                "description": NASTY,
                "columns": {
                    "id": "int pk",
                    "a&b\"'": {
                        "type": "varchar(99) = choice",
                        "description": NASTY,
                        "generator_params": {"values": [NASTY, "]]>", "<!--", "\u202e\u0007"]},
                    },
                },
            },
            "u": {"rows": 9, "columns": {"id": "int pk", "t": "int -> t<b>.id"}},
        },
    }
    made = page(describe_schema(schema, Options()))
    root = parsed(made)
    assert "<script" not in made
    assert NASTY in "".join(root.itertext())


def test_a_page_of_many_tables_has_less_detail():
    """It says so, and is no larger than others."""
    columns = {"id": "int pk"} | {f"number_{n}": "decimal(9,2)" for n in range(12)}
    tables = {f"table_{n}": {"rows": 40, "columns": columns} for n in range(60)}
    head = {"schema_version": "1.0", "name": "wide", "database_type": ["sqlite"]}
    made = page(describe_schema(head | {"tables": tables}, Options()))
    parsed(made)
    assert "some detail is left out" in made


def test_the_ending_of_the_file_says_its_format(call, tmp_path):
    """HTML, JSON or text; --format says otherwise, and - is standard output."""
    code, out, err = call("describe", "example-unique", "-o", "page.html")
    assert (0, "", "") == (code, out, err)
    parsed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert 0 == call("describe", "example-unique", "-o", "found.json")[0]
    found = json.loads((tmp_path / "found.json").read_bytes())
    assert "schema" == found["source"]
    code, out, _ = call("describe", "example-unique", "--format", "json")
    assert (0, found) == (code, json.loads(out))
    assert call("describe", "example-unique")[1] == call("describe", "example-unique", "-o", "-")[1]


def test_options_are_those_of_a_run(call):
    """The rows asked for are described, at the seed asked for."""
    _, out, _ = call("describe", "fintech-loans", "-n", "loans=77", "--seed", "9")
    assert "loans: 77 rows" in out
    assert "at seed 9" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nothing-of-the-kind",), 3, "no file and no bundled schema has that name"),
        (("fintech-loans", "-n", "lones=3"), 4, "did you mean 'loans'?"),
        (("fintech-loans", "-o", "no/such/folder.html"), 8, "make the folder first"),
        (("fintech-loans", "--format", "pdf"), 2, "'pdf' is not one of"),
    ],
)
def test_what_cannot_be_described_is_said(call, arguments, code, said):
    """With what, where and the way out, and an exit code of its kind."""
    found, out, err = call("describe", *arguments)
    assert (code, "") == (found, out)
    assert said in err


def test_a_browser_draws_the_page(tmp_path):
    """A real one: its picture is as wide as asked for, and not of one colour."""
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser is None:
        pytest.skip("needs Chromium: the page is drawn by a browser")
    import matplotlib.image

    (tmp_path / "page.html").write_text(page(describe_schema("fintech-loans", Options())), "utf-8")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    for width, scheme in ((390, 0), (1280, 1)):
        picture = tmp_path / f"{width}.png"
        run = (browser, *flags, f"--user-data-dir={tmp_path}/profile", f"--screenshot={picture}",
               f"--window-size={width},2400", f"--blink-settings=preferredColorScheme={scheme}",
               (tmp_path / "page.html").as_uri())  # fmt: skip
        subprocess.run(run, check=True, capture_output=True, timeout=120)
        drawn = matplotlib.image.imread(picture)
        assert (2400, width) == drawn.shape[:2]
        assert (drawn[2, 2, 0] < 0.2) == (scheme == 0)
        assert 0.02 < drawn[..., 0].std()


def test_a_folder_and_a_database_are_described(call, tmp_path):
    """As what they are, by their own names; and with --against, how they differ."""
    assert 0 == call("run", "-q", "--format", "csv", "-o", "loans")[0]
    assert 0 == call("load", "-q", "fintech-loans", "sqlite:///loans.db", "--seed", "3")[0]
    code, out, _ = call("describe", "loans")
    assert 0 == code
    assert "What is in the files of a run at seed 0" in out
    code, out, _ = call("describe", "sqlite:///loans.db", "--tables", "loans,payments")
    assert 0 == code
    assert "SQLite" in out
    assert "borrowers: " not in out
    assert "No differences." in call("describe", "loans", "--against", "fintech-loans")[1]
    options = ("--against", "fintech-loans", "-n", "payments=7000")
    assert "3,500" in call("describe", "sqlite:///loans.db", *options)[1]
    assert 0 == call("describe", "loans", *options, "-o", "difference.html")[0]
    root = parsed((tmp_path / "difference.html").read_text(encoding="utf-8"))
    assert "Differences" in ["".join(each.itertext()) for each in root.iter("h2")]
    assert [] != [each for each in root.iter("rect") if each.get("class") == "other"]
    found = json.loads(call("describe", "loans", *options, "--format", "json")[1])
    assert {"here", "there", "differences"} == set(found)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("folder",), 4, "has no manifest.json"),
        (("folder", "--seed", "3"), 4, "--seed is about rows that are made of a schema"),
        (("folder", "--sample-rows", "3"), 4, "--sample-rows is about"),
        (("fintech-loans", "--schema", "x"), 4, "--schema x says what a folder was made from"),
        (("fintech-loans", "--tables", "x"), 4, "--tables is about a database"),
        (("oracle://x/y",), 9, "'oracle' is no database that can be read here"),
        (("sqlite:///none.db",), 9, "none.db"),
    ],
)
def test_what_is_asked_of_the_wrong_source_is_refused(call, tmp_path, arguments, code, said):
    """Nothing that is asked for is passed over in silence."""
    (tmp_path / "folder").mkdir()
    found, out, err = call("describe", *arguments)
    assert (code, "") == (found, out)
    assert said in err
