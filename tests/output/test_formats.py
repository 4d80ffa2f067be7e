"""Formats: each is found by its name, crosses to a worker, and keeps the contract of Format."""

from __future__ import annotations

import msgspec
import pytest
from support.schemas import parsed, right

from shardgen.errors import PlanError
from shardgen.output.format import FormatOptions
from shardgen.output.formats import FORMATS, choose_format, decode_format
from shardgen.plan.plan import Options, build_plan

WISH = FormatOptions(name="sql", dialect="postgres", rows_per_statement=7, ddl=True)
MADE = {name: choose_format(msgspec.structs.replace(WISH, name=name)) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_named_as_it_was_chosen(name):
    """What a user asks for is what a summary names."""
    assert name == MADE[name].name


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_crosses_to_a_worker(name):
    """What was encoded is decoded as the same class with the same fields."""
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(MADE[name]))
    assert MADE[name] == decode_format(plain)


def test_what_is_no_format_is_not_decoded():
    """Neither an unknown kind nor a field too many."""
    for plain in ({"kind": "yaml"}, {"kind": "csv", "more": 1}, {}):
        with pytest.raises(msgspec.ValidationError):
            decode_format(plain)


@pytest.mark.parametrize("name", FORMATS)
def test_files_end_in_the_ending(name):
    """Every format has an ending with its dot, and a title."""
    assert MADE[name].ending.startswith(".")
    assert MADE[name].title


@pytest.mark.parametrize("name", FORMATS)
def test_header_and_footer_depend_on_the_contents_alone(name):
    """Two plans of the same job have the same; tables with files of their own have neither."""
    first, second = (build_plan(parsed(right()), Options(format=name)) for _ in range(2))
    made = first.format.dump_header(first.contents), first.format.dump_footer(first.contents)
    assert made == (
        second.format.dump_header(second.contents), second.format.dump_footer(second.contents)
    )  # fmt: skip
    assert (made == (b"", b"")) == first.format.has_table_files


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cvs", "unknown format 'cvs'; did you mean 'csv'?"),
        ("yaml", "unknown format 'yaml'; known are sql, copy, csv, tsv, jsonl, parquet, arrow"),
    ],
)
def test_an_unknown_format_is_told(name, what):
    """With the one that was meant, or all that there are."""
    with pytest.raises(PlanError) as caught:
        build_plan(parsed(right()), Options(format=name))
    assert what == str(caught.value)
