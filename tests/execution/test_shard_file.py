"""Shard files: what was written comes back, and no damage reaches a dump."""

from __future__ import annotations

import contextlib
import re
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.places import ROOT

from shardgen.errors import OutputError, ShardFileError
from shardgen.execution import shard_file as shardfile
from shardgen.execution.shard_file import ShardFooter, open_shard, shard_path, write_shard
from shardgen.plan.plan import Shard

PAGE = ROOT / "docs" / "shard-file.md"
MAPS = Path("/proc/self/maps")
PLAN = b"the plan's hash!"
SHARD = Shard(3, "loans", 1000, 1500)
NEXT = Shard(4, "loans", 1500, 2000)
BODY = b"(1,'a'),\n" * 100


def write(folder, shard=SHARD, body=BODY, *, plan=PLAN, counted=True):
    write_shard(folder, shard, [body[:7], bytearray(body[7:])], plan=plan, counted=counted)
    return shard_path(folder, shard)


def read(folder, shard=SHARD):
    with open_shard(folder, shard, plan=PLAN) as body:
        return bytes(body)


def split(path):
    """Return a file's body, its footer and its trailer as they are in the page."""
    whole = path.read_bytes()
    length, version, magic = struct.unpack("<IH6s", whole[-12:])
    footer = msgspec.msgpack.decode(whole[-12 - length : -12])
    return whole[: -12 - length], footer, (version, magic)


def join(path, body, footer, version=2, magic=b"SHARD\n"):
    """Write a file of this body, footer and trailer."""
    encoded = footer if isinstance(footer, bytes) else msgspec.msgpack.encode(footer)
    path.write_bytes(body + encoded + struct.pack("<IH6s", len(encoded), version, magic))


def change(path, **fields):
    """Give some fields of a file another value; everything else stays as it is."""
    body, footer, _ = split(path)
    join(path, fields.pop("body", body), footer | fields)


def refused(folder, shard=SHARD):
    """Return what is said about the shard's file: one line, with its path first."""
    seen = []
    with pytest.raises(ShardFileError) as caught, open_shard(folder, shard, plan=PLAN) as body:
        seen.append(bytes(body))
    assert seen == [], "a damaged body was handed out"
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    path, _, what = message.partition(": ")
    assert str(shard_path(folder, shard)) == path
    return what


@pytest.mark.parametrize("body", [b"", b"x", BODY, bytes(range(256)) * 400], ids=len)
@pytest.mark.parametrize("counted", [False, True])
def test_a_body_comes_back(tmp_path, body, counted):
    """The body is that which was written, whatever its bytes and its length."""
    write(tmp_path, body=body, counted=counted)
    assert body == read(tmp_path)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), st.text(min_size=1), st.integers(0, 2**40))
def test_any_texts_come_back_joined(tmp_path_factory, texts, table, start):
    """Whatever is written in several texts comes back as one, for any table and any rows."""
    folder = tmp_path_factory.getbasetemp()
    shard = Shard(0, table, start, start + 7)
    write_shard(folder, shard, texts, plan=PLAN, counted=True)
    assert b"".join(texts) == read(folder, shard)


@pytest.mark.parametrize("size", [0, 10, len(BODY), 5000])
def test_a_file_is_written_over_that_of_a_merged_shard(tmp_path, size):
    """Whether the earlier file was longer or shorter, the later one is whole and alone."""
    earlier = write(tmp_path, body=b"x" * 1000)
    write_shard(tmp_path, NEXT, [b"y" * size], plan=PLAN, counted=True, over=SHARD)
    assert b"y" * size == read(tmp_path, NEXT)
    assert not earlier.exists()
    assert [shard_path(tmp_path, NEXT)] == list(tmp_path.iterdir())


def test_a_file_holds_what_the_page_says(tmp_path):
    """The body, one MessagePack map with the fields of the page in its order, and a trailer."""
    body, fields, trailer = split(write(tmp_path))
    assert (BODY, (2, b"SHARD\n")) == (body, trailer)
    assert fields == {
        "plan": PLAN,
        "table": "loans",
        "index": 3,
        "first_row": 1000,
        "rows": 500,
        "first_key": 1001,
        "last_key": 1500,
        "size": len(BODY),
        "crc32": zlib.crc32(BODY),
    }
    assert list(ShardFooter.__struct_fields__) == list(fields)


def test_the_page_names_the_fields_and_the_version():
    """docs/shard-file.md has the code's field names, version, magic and length of the trailer."""
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("\n\n## ")[0]
    assert list(ShardFooter.__struct_fields__) == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert page.startswith(f"# The shard file, version {shardfile.VERSION}\n")
    assert f"not {shardfile.VERSION};" in page
    assert f"the last {shardfile.TRAILER.size} bytes" in page
    assert f"`{shardfile.MAGIC.hex(' ')}`" in page


def test_a_table_without_counted_keys_has_none(tmp_path):
    """The keys are nil where the table's key does not number its rows."""
    _, fields, _ = split(write(tmp_path, counted=False))
    assert (fields["first_key"], fields["last_key"]) == (None, None)


def test_names_sort_in_the_order_of_the_dump(tmp_path):
    """Shard files sorted by name are in the order of their shards."""
    indices = [0, 1, 9, 10, 99, 100, 12_345_678]
    names = [shard_path(tmp_path, Shard(i, "t", 0, 1)).name for i in indices]
    assert sorted(names) == names


def test_only_the_whole_file_has_its_name(tmp_path):
    """Nothing but the finished file is left in the folder."""
    path = write(tmp_path)
    assert [path] == list(tmp_path.iterdir())


def test_unknown_fields_are_skipped(tmp_path):
    """A field that a later release adds does not keep this one from reading the file."""
    change(write(tmp_path), colour="blue")
    assert read(tmp_path) == BODY


def test_a_cut_file_is_refused_at_every_length(tmp_path):
    """A file cut anywhere is no shard file: at every byte of the footer, and in the body."""
    path = write(tmp_path)
    whole = path.read_bytes()
    for length in [*range(1, 15), *range(len(BODY) - 2, len(whole)), len(whole) // 2]:
        path.write_bytes(whole[:length])
        assert refused(tmp_path).startswith("no whole shard file ("), length


@pytest.mark.parametrize("more", [b"\0", b"\n", BODY])
def test_a_file_with_something_after_it_is_refused(tmp_path, more):
    """A file that is longer than it should be is no shard file."""
    path = write(tmp_path)
    path.write_bytes(path.read_bytes() + more)
    assert refused(tmp_path).startswith("no whole shard file (")


def test_no_flipped_bit_reaches_a_dump(tmp_path):
    """
    Any bit of the file flipped is an error, or changes nothing.

    It changes nothing where MessagePack writes the same number in two ways.
    """
    path = write(tmp_path, body=BODY[:60])
    whole = path.read_bytes()
    harmless = 0
    for place in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            path.write_bytes(changed)
            with contextlib.suppress(ShardFileError):
                assert BODY[:60] == read(tmp_path), (place, bit)
                harmless += 1
    assert harmless < 10


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("plan", b"another plan's..", "made for another schema, seed, count or version"),
        ("table", "loan_s", "holds ('loan_s', 3, 1000, 500), and ('loans', 3, 1000, 500) belongs"),
        ("table", "lo\nans", r"holds ('lo\nans', 3, 1000, 500), and"),
        ("index", 4, "holds ('loans', 4, 1000, 500), and ('loans', 3, 1000, 500) belongs here"),
        ("first_row", 999, "holds ('loans', 3, 999, 500), and ('loans', 3, 1000, 500) belongs"),
        ("rows", 501, "holds ('loans', 3, 1000, 501), and ('loans', 3, 1000, 500) belongs here"),
        ("first_key", 1000, "keys (1000, 1500) are not those of rows ('loans', 3, 1000, 500)"),
        ("last_key", None, "keys (1001, None) are not those of rows ('loans', 3, 1000, 500)"),
        ("size", len(BODY) - 1, f"{len(BODY)} bytes of {len(BODY) - 1}"),
        ("crc32", 0, "the CRC-32 is that of other bytes"),
        ("body", BODY[:-1], f"{len(BODY) - 1} bytes of {len(BODY)}"),
        ("body", BODY.replace(b"a", b"b"), "the CRC-32 is that of other bytes"),
        ("plan", "text", "no whole shard file (Expected `bytes`, got `str` - at `$.plan`)"),
        ("rows", 500.5, "no whole shard file (Expected `int`, got `float` - at `$.rows`)"),
    ],
)
def test_each_field_is_checked(tmp_path, field, value, what):
    """A field with another value than it should have is an error that says which."""
    change(write(tmp_path), **{field: value})
    message = refused(tmp_path)
    assert message.startswith(what)
    assert message.endswith("; run again")


def test_a_missing_field_is_named(tmp_path):
    """A file without one of the fields is no shard file."""
    path = write(tmp_path)
    body, fields, _ = split(path)
    for field in fields:
        join(path, body, {k: v for k, v in fields.items() if k != field})
        assert f"missing required field `{field}`" in refused(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"\x91" * 100_000, b"\x80", b"\xc1", b"-- SQL\n", b"\0" * 5000, b"\x81\xa7version\xa1\xff"],
    ids=["deep", "empty map", "never used", "text", "zeros", "bad text"],
)
def test_other_files_are_refused(tmp_path, content):
    """What is no shard file at all is said to be none."""
    shard_path(tmp_path, SHARD).write_bytes(content)
    assert refused(tmp_path).startswith("no whole shard file (")


def test_deep_nesting_in_an_unknown_field_is_refused(tmp_path):
    """A field made to exhaust the stack is an error of the file, not of the program."""
    path = write(tmp_path)
    body, fields, _ = split(path)
    map_ = msgspec.msgpack.encode(fields)
    join(path, body, bytes([map_[0] + 1]) + b"\xa1x" + b"\x91" * 200_000 + b"\x01" + map_[1:])
    assert refused(tmp_path).startswith("no whole shard file (")


def test_an_empty_file_is_refused(tmp_path):
    """A file without a byte is said to be empty."""
    shard_path(tmp_path, SHARD).touch()
    assert refused(tmp_path) == "empty; run again"


def test_a_missing_file_is_refused(tmp_path):
    """A file that somebody took away is said to be missing."""
    assert refused(tmp_path) == "missing; run again, and leave its folder alone"


def test_a_folder_in_its_place_is_refused(tmp_path):
    """What the system refuses to read is told in the system's words."""
    shard_path(tmp_path, SHARD).mkdir()
    assert refused(tmp_path) == "cannot be read (Is a directory)"


def test_a_renamed_file_is_refused(tmp_path):
    """A file under another's name is not merged in its place."""
    write(tmp_path).rename(shard_path(tmp_path, NEXT))
    wanted = "holds ('loans', 3, 1000, 500), and ('loans', 4, 1500, 500) belongs here; run again"
    assert wanted == refused(tmp_path, NEXT)


def test_swapped_files_are_both_refused(tmp_path):
    """Two files that changed places are each found in the wrong one."""
    first, second = write(tmp_path), write(tmp_path, NEXT)
    first.rename(tmp_path / "aside")
    second.rename(first)
    (tmp_path / "aside").rename(second)
    assert refused(tmp_path, SHARD).startswith("holds ('loans', 4, ")
    assert refused(tmp_path, NEXT).startswith("holds ('loans', 3, ")


def test_a_file_of_another_plan_is_refused(tmp_path):
    """A file of another run in the same place is not merged."""
    write(tmp_path, plan=b"some other plan.")
    wanted = "made for another schema, seed, count or version; run again"
    assert wanted == refused(tmp_path)


@pytest.mark.parametrize("damage", [None, "body", "cut"])
def test_nothing_holds_the_file_afterwards(tmp_path, damage):
    """When the block has ended, well or not, no view and no mapping of the file is left."""
    path = write(tmp_path)
    if damage == "body":
        change(path, body=b"x" * len(BODY))
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    if damage is None:
        read(tmp_path)
    else:
        refused(tmp_path)
    path.unlink()
    if MAPS.exists():
        assert path.name not in MAPS.read_text()


def test_an_error_in_the_block_is_not_hidden(tmp_path):
    """What goes wrong while the body is used comes out, even when a view of it is still alive."""
    write(tmp_path)
    kept = []

    def use(body):
        kept.append(memoryview(body)[3:])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), open_shard(tmp_path, SHARD, plan=PLAN) as body:
        use(body)
    assert BODY[3:] == bytes(kept[0])


@pytest.mark.parametrize("version", [1, 3, 0, 65_535])
def test_another_version_is_refused(tmp_path, version):
    """Only files of this version are read, whatever their footer is."""
    path = write(tmp_path)
    join(path, BODY, b"unknown", version)
    assert f"format version {version}, not 2; run again" == refused(tmp_path)


def test_a_trailer_that_leads_nowhere_is_refused(tmp_path):
    """A footer longer than the file is told, and so is an end that is no trailer."""
    path = write(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-12] + struct.pack("<IH6s", 1 << 31, 2, b"SHARD\n"))
    assert refused(tmp_path).startswith("no whole shard file (a footer of 2147483648 bytes, with ")
    join(path, BODY, split_footer(whole), magic=b"PARQUE")
    assert "no whole shard file (it does not end as one); run again" == refused(tmp_path)


def split_footer(whole):
    return whole[len(BODY) : -12]


def test_the_size_of_the_body_is_returned(tmp_path):
    """Whoever assigns places needs it."""
    assert len(BODY) == write_shard(tmp_path, SHARD, [BODY, b""], plan=PLAN, counted=True)


def test_a_body_may_be_of_any_size(tmp_path, monkeypatch):
    """Nothing in the format ends at 4 GiB; the body is mapped, and here it is sparse."""
    path = write(tmp_path, body=b"")
    monkeypatch.setattr(shardfile, "crc32", lambda body: len(body) % 1000)  # the real one reads it
    _, footer, _ = split(path)
    size = (1 << 32) + 5
    encoded = msgspec.msgpack.encode(footer | {"size": size, "crc32": size % 1000})
    with path.open("wb") as file:
        file.seek(size)
        file.write(encoded + struct.pack("<IH6s", len(encoded), 2, b"SHARD\n"))
    with open_shard(tmp_path, SHARD, plan=PLAN) as body:
        assert size == len(body)


def test_a_folder_that_is_gone_is_an_error(tmp_path):
    """A shard file that cannot be written is an OutputError with its path."""
    with pytest.raises(OutputError, match=r"gone/00000003\.shard: No such file"):
        write(tmp_path / "gone")
