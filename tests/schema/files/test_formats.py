"""A schema file in JSON, YAML or TOML: read alike, refused alike, converted without loss."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from support.mixed import schemas as mixed_schemas
from support.places import TESTS
from support.schemas import RIGHT, with_column
from support.tenants import tenant_schemas

from shardgen.errors import SchemaError
from shardgen.plan.load import bundled_schemas, find_mistakes, inspect_schema, load_schema
from shardgen.schema.files.decoding import FileFormat, decode_file, format_of, lines_by_path
from shardgen.schema.files.encoding import file_text
from shardgen.schema.files.marked import Marked
from shardgen.schema.reader import parse_object, parse_schema
from shardgen.schema.spellings.shortening import long_form, same

FORMATS: tuple[FileFormat, ...] = ("json", "yaml", "toml")
FILES = [*bundled_schemas().values(), *sorted((TESTS / "schemas").glob("*.json"))]


def read(text: str, form: FileFormat) -> dict[str, Any]:
    raw, mistakes = decode_file(text.encode(), form, "test")
    assert [] == mistakes
    return raw


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_schema_is_the_same_after_conversion(path, form):
    """There and back, to the last field; YAML keeps nulls too, TOML leaves absent ones out."""
    raw, _ = decode_file(path.read_bytes(), format_of(path.name), path.name)
    if path.stem == "sourcebox-loans" and form == "toml":
        with pytest.raises(SchemaError, match=r"TOML has no null at metadata\.nested\.any"):
            file_text(raw, form, path.name)
        return
    back = read(file_text(raw, form, path.name), form)
    assert parse_object(raw).schema == parse_object(back).schema
    if form != "toml":
        assert same(long_form(raw)[0], long_form(back)[0])
    assert file_text(raw, form, "a") == file_text(back, form, "b")


@given(mixed_schemas())
def test_random_schemas_are_the_same_after_conversion(raw):
    """With keys of every kind, through each format and back to JSON."""
    for form in FORMATS:
        back = read(file_text(raw, form, "test"), form)
        assert same(raw, read(file_text(back, "json", "test"), "json")), form


@given(tenant_schemas())
def test_schemas_of_tenants_are_the_same_after_conversion(drawn):
    """With keys within keys, through each format and back to JSON."""
    for form in FORMATS:
        back = read(file_text(drawn[0], form, "test"), form)
        assert same(drawn[0], read(file_text(back, "json", "test"), "json")), form


TEXTS = [
    "",
    " ",
    "no",
    "Yes",
    "null",
    "~",
    "1",
    "0123",
    "1e3",
    "2024-01-01",
    "a: b",
    "a #b",
    "#a",
    "- a",
    "a,b",
    "[a",
    "{a}",
    "'a'",
    '"a"',
    "a\nb",
    "a\tb",
    "\x07",
    "\x7f\x85\u2028\ufeff",
    "😀",
    "\\d",
    "é",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "?",
    "a?",
    ":",
    "a:",
    "<<",
    "=",
    "a ",
    " a",
    "y",
    "x" * 300,
    "word " * 60 + "end",
    "two  spaces " * 20,
    "a = b -> c",
    "true",
    ".inf",
    "0x1f",
    "12:30:00",
    "--- a",
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", TEXTS)
def test_any_text_survives(text, form):
    """As a value, in lists and objects, and as a key; in blocks and on one line."""
    raw = {"metadata": {"a": text, "b": [text, [text]], "c": {text: text}, "d": [{"e": text}] * 30}}
    assert same(raw, read(file_text(raw, form, "test"), form))


@pytest.mark.parametrize("value", [0, -1, 1 << 62, 0.5, -1e-7, 1e300, 1.0, True, [], {}, [[]]])
@pytest.mark.parametrize("form", FORMATS)
def test_any_value_survives(value, form):
    """A number stays one of its kind, and what is empty stays empty."""
    raw = {"metadata": {"a": value, "b": [value]}}
    assert same(raw, read(file_text(raw, form, "test"), form))


WRONG = {
    "json": """{
  "schema_version": "1.0", "name": "shop", "database_type": ["sqlite"],
  "tables": [
    {"name": "users", "record_count": 3,
     "columns": [
       {"name": "id", "type": "int", "primary_key": true},
       {"name": "age", "type": "int", "generator": "int_range",
        "generator_params": {"min": 9,
                             "max": 3}},
       {"name": "x", "type": "txet"}
     ]}
  ]
}""",
    "yaml": """\
schema_version: "1.0"
name: shop
database_type: [sqlite]
tables:
  users:
    rows: 3
    columns:
      id: int pk

      age:  # of them
        type: int
        generator: int_range
        generator_params:
          min: 9
          max: 3
      x: txet
""",
    "toml": """\
schema_version = "1.0"
name = "shop" # a shop
database_type = [
  "sqlite",
]

[tables.users]
rows = 3

[tables.users.columns]
id = "int pk"
age.type = "int"
age.generator = "int_range"
age.generator_params = {min = 9, max = 3}
"x" = '''txet'''
""",
}
AT = {"json": [7, 10], "yaml": [10, 16], "toml": [12, 15]}


@pytest.mark.parametrize("form", FORMATS)
def test_mistakes_have_their_lines(form, tmp_path):
    """In the message as file:line, and the same paths and words in each format."""
    path = tmp_path / f"wrong.{form}"
    path.write_text(WRONG[form])
    findings = inspect_schema(path)
    names = [mistake.path.split(".columns.")[1].split(".")[0] for mistake in findings.mistakes]
    assert ["age", "x"] == names
    lines = list(findings.lines)
    assert AT[form][1] == lines[1]
    assert AT[form][0] <= lines[0] <= AT[form][1] - 1
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    assert f"\n  {path}:{lines[1]}: " in str(caught.value)


def test_a_mistake_of_several_columns_stands_at_its_table(tmp_path):
    """Its path names the columns beside the table, and the report is in the order of the file."""
    raw = with_column(type="int", unique=True, generator="int_range",
                      generator_params={"min": 1, "max": 2})  # fmt: skip
    raw["tables"].append(
        {
            "name": "pairs",
            "record_count": 9,
            "columns": [
                {"name": name, "type": "int", "primary_key": True, "generator": "int_range",
                 "generator_params": {"min": 1, "max": 2}}
                for name in "ab"
            ],
        }
    )  # fmt: skip
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(raw, indent=1))
    findings = inspect_schema(path)
    assert ["tables.users.columns.c", "tables.pairs (a, b)"] == [m.path for m in findings.mistakes]
    lines = path.read_text().splitlines()
    assert '"pairs"' in "".join(lines[findings.lines[1] - 1 :][:3])


@pytest.mark.parametrize("form", FORMATS)
def test_mistakes_found_while_binding_have_their_lines_too(form, tmp_path):
    """They come after the file has been read, from a schema that knows no file."""
    path = tmp_path / f"wrong.{form}"
    path.write_text(WRONG[form].replace("txet", "text"))
    findings = inspect_schema(path)
    assert 1 == len(findings.mistakes) == len(findings.lines)
    assert AT[form][0] <= findings.lines[0] < AT[form][1]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_in_a_file_has_a_line(path, form):
    """The line holds the key, whatever the format."""
    raw, _ = decode_file(path.read_bytes(), format_of(path.name), path.name)
    if path.stem == "sourcebox-loans" and form == "toml":
        return
    if path.stem == "by-hand":
        return  # its names are escaped in each format in another way
    text = file_text(raw, form, path.name)
    lines, written = lines_by_path(text.encode(), form), text.splitlines()
    back = read(text, form)
    for table in parse_object(back).schema.tables:
        assert table.name in "".join(written[lines[f"tables.{table.name}"] - 1 :][:3])
        for column in table.columns:
            line = lines[f"tables.{table.name}.columns.{column.name}"]
            assert column.name in "".join(written[line - 1 :][:2]).replace("\\", "")


SCALARS = {
    "no": "no",
    "2024-01-01": "2024-01-01",
    "1e3": 1000.0,
    "12:30:00": "12:30:00",
    "~": None,
    "True": True,
    "-7": -7,
    "1.50": 1.5,
    "'1'": "1",
    "!!str 1": "1",
    "!!float 1": 1.0,
    "1.2.3": "1.2.3",
    "2024-01-01 10:00:00": "2024-01-01 10:00:00",
    "": None,
    "=": "=",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_plain_words_of_yaml_are_those_of_1_2(text, value):
    """Dates are text, as the format has them, and so is `no`."""
    assert same({"a": value}, read(f"a: {text}", "yaml"))


@pytest.mark.parametrize("text", ["0123", "1_000", "0o17", "0x1F", ".inf", ".NaN", "!!int x"])
def test_what_readers_of_yaml_take_for_different_values_is_refused(text):
    """With its path and what to write instead."""
    _, (mistake,) = decode_file(f"a:\n  b: {text}".encode(), "yaml", "test")
    assert "a.b" == mistake.path
    assert text.removeprefix("!!int ") in mistake.what


REFUSED = {
    "a: &x [1, *x]": r"\*x at line 1 names nothing",
    "a: *nothing": r"\*nothing at line 1",
    "? [a]\n: 1": "a key at line 1 is not text",
    "a: 1\n---\nb: 2": "a second document begins at line 2",
    "a: !!python/object:os.system x": "the tag !!python/object:os.system at line 1 is not read",
    "a: !mine x": "the tag !mine at line 1",
    "a: [1\nb: 2": "invalid YAML at line 2, column 2",
    "a:\n\t- b": "invalid YAML at line 2",
    "a: \x07": "invalid YAML",
    "- a": "holds .*, not an object",
    "just text": "not an object",
    "a: " + "[" * 100 + "]" * 100: "nested more than 64 deep",
    "a: " + "[" * 90_000: "nest",
    "<<: 5": "<< at line 1 adds 5",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_no_schema_is_is_refused(text):
    """With its line, and quickly."""
    with pytest.raises(SchemaError, match=REFUSED[text]):
        decode_file(text.encode(), "yaml", "test")


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_it_is_refused_by_the_reader_without_c_too(monkeypatch, text):
    """PyYAML has its fast one only where it was built with libyaml."""
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    with pytest.raises(SchemaError):
        decode_file(text.encode(), "yaml", "test")
    path = bundled_schemas()["saas-multitenant"]
    assert 15 == len(read(path.read_text(), "yaml")["tables"])


def test_a_value_is_refused_once():
    """What is no number to YAML is not said to be none to the schema as well."""
    text = 'schema_version: "1.0"\nname: a\ntables: {a: {rows: 0123, columns: {id: int pk}}}'
    paths = [mistake.path for mistake in parse_schema(text.encode(), form="yaml").mistakes]
    assert ["tables.a.rows", "database_type"] == paths


def test_aliases_make_no_bomb():
    """A few lines that stand for a billion values are refused before they are made."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(SchemaError, match="aliases make more than 1,000,000 values"):
        decode_file("\n".join(lines).encode(), "yaml", "test")
    chain = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 99))]
    with pytest.raises(SchemaError, match="nested more than 64 deep"):
        decode_file("\n".join(chain).encode(), "yaml", "test")


def test_aliases_and_merged_keys_are_read():
    """The own keys of an object go before those that << adds."""
    raw = read("a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3\nf: {<<: [{b: 5}, *x]}", "yaml")
    assert {"b": 1, "c": 2} == raw["a"] == raw["d"]
    assert ({"b": 1, "c": 3}, {"b": 5, "c": 2}) == (raw["e"], raw["f"])


def test_commas_in_parentheses_are_whole_in_braces():
    """As `decimal(8,2)` is written there, which YAML alone would cut."""
    raw = read("c: {a: 'decimal(8,2)', t: decimal(8,2) null = x(a=1, b=2), z: int}", "yaml")
    assert "decimal(8, 2) null = x(a=1, b=2)" == raw["c"]["t"]
    assert ["a", "t", "z"] == [*raw["c"]]


@pytest.mark.parametrize(
    ("form", "text"), [("yaml", "a:\n  b: 1\n  b: 2"), ("json", '{"a": {"b": 1, "b": 2}}')]
)
def test_a_key_that_stands_there_twice_is_a_mistake(form, text):
    """With its path; TOML's own reader refuses it."""
    _, (mistake,) = decode_file(text.encode(), form, "test")
    assert ("a.b", "the key 'b' stands there twice") == (mistake.path, mistake.what)
    with pytest.raises(SchemaError, match=r"invalid TOML at line 2, column 6: cannot overwrite"):
        decode_file(b"b = 1\nb = 2\n", "toml", "test")


def test_dates_of_toml_are_text():
    """As the format has them; a number that is none is refused with its path."""
    raw = read("a = 2024-01-01\nb = 2024-01-01T10:00:00\nc = [10:00:00]", "toml")
    assert {"a": "2024-01-01", "b": "2024-01-01 10:00:00", "c": ["10:00:00"]} == raw
    parsed = parse_schema(b"metadata = {x = inf}", "test", None, "toml")
    assert any("metadata.x" == mistake.path for mistake in parsed.mistakes)


@pytest.mark.parametrize("text", ["a = [", "a = " + "[" * 5000, "= 1", 'a = "x', "a = 1" * 3])
def test_what_is_no_toml_is_refused(text):
    """At every depth, as a schema error."""
    with pytest.raises(SchemaError, match="TOML"):
        decode_file(text.encode(), "toml", "test")


def test_without_pyyaml_the_command_to_type_is_shown(monkeypatch, tmp_path):
    """JSON and TOML need nothing more."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    (tmp_path / "a.yaml").write_text("a: 1")
    with pytest.raises(SchemaError, match=r"pip install 'shardgen\[yaml\]'"):
        load_schema(tmp_path / "a.yaml")
    (tmp_path / "a.toml").write_text(file_text(RIGHT, "toml", "a"))
    assert RIGHT["name"] == load_schema(tmp_path / "a.toml").name


def test_an_unknown_ending_is_json(tmp_path):
    """As every file was before there were others; the case of an ending does not matter."""
    for name, form in (("a.txt", "json"), ("a", "json"), ("a.YML", "yaml"), ("a.TOML", "toml")):
        (tmp_path / name).write_text(file_text(RIGHT, form, name))  # type: ignore[arg-type]
        assert RIGHT["name"] == load_schema(tmp_path / name).name


def test_a_value_of_a_file_may_be_read_without_lines():
    """What is marked is what was written."""
    assert {"a": [1]} == Marked(1, {"a": Marked(1, [Marked(1, 1)])}).plain()
    assert () == find_mistakes(json.loads(json.dumps(RIGHT)))
