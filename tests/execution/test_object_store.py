"""Object storage: what a run writes to s3:// is what it writes to a disk, whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.stores import BUCKET, body, empty_bucket, keys, s3_server

import shardgen as package
from shardgen.errors import GenerationError, OutputError, PlanError
from shardgen.execution import object_store, part_places
from shardgen.execution.part_places import TRIES, PartPlace, fill_part

JOB = package.Options(scale=100, seed=3)
"""350,000 payments, in three shards of some 12 MB; the other tables are smaller than a part."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the address of an S3 server."""
    with s3_server() as address:
        yield address


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client of an empty bucket."""
    with empty_bucket(server, monkeypatch) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "workers"), [("dump.sql", 1), ("dump.sql.gz", 3), ("deep/er/dump.sql", 2)]
)
def test_a_dump_is_one_object_with_the_same_bytes(store, name, workers, tmp_path):
    """Made of the parts that workers put, or of those of the run's own process."""
    summary = package.run("fintech-loans", f"s3://{BUCKET}/{name}", workers=workers, options=JOB)
    package.run("fintech-loans", tmp_path / Path(name).name, workers=1, options=JOB)
    written = (tmp_path / Path(name).name).read_bytes()
    assert body(store, name) == written
    assert keys(store) == [name]
    assert (summary.bytes, summary.load) == (len(written), "")
    if name.endswith(".gz"):
        assert b"INSERT INTO" in gzip.decompress(written)


def test_workers_put_their_shards_themselves(store, monkeypatch):
    """All but what is too small for a part comes from other processes than that of the run."""
    sizes: list[int] = []
    upload = object_store.ObjectFile._upload_buffer

    def noting(self: object_store.ObjectFile) -> None:
        sizes.append(len(self._buffer))
        upload(self)

    monkeypatch.setattr(object_store.ObjectFile, "_upload_buffer", noting)
    summary = package.run("fintech-loans", f"s3://{BUCKET}/dump.sql", workers=2, options=JOB)
    assert sum(sizes) < object_store.LEAST_PART
    assert summary.bytes == len(body(store, "dump.sql"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_has_an_object_for_each_file(store, form, tmp_path):
    """Its manifest too, which says the bytes and the SHA-256 of each."""
    out = f"s3://{BUCKET}/data/"
    package.run("fintech-loans", out, workers=2, format=form, options=JOB)
    package.run("fintech-loans", f"{tmp_path}/data/", workers=1, format=form, options=JOB)
    files = {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()}
    assert {f"data/{name}" for name in files} == set(keys(store))
    assert all(body(store, f"data/{name}") == text for name, text in files.items())
    listed = json.loads(files["manifest.json"])
    assert re.findall("[0-9a-f]{64}", json.dumps(listed))
    assert hashlib.sha256(files["payments." + form]).hexdigest() in json.dumps(listed)


def test_one_table_is_an_object(store):
    """Of a format with files, where its name says which."""
    package.run("fintech-loans", f"s3://{BUCKET}/loans.csv", tables=["loans"], workers=1)
    assert keys(store) == ["loans.csv"]
    assert body(store, "loans.csv").count(b"\n") == 1001


def test_a_run_that_fails_leaves_no_object(store):
    """Nor an upload that is not complete; what was there before stays."""
    schema = {
        "schema_version": "1.0",
        "name": "s",
        "database_type": ["sqlite"],
        "tables": {
            "t": {
                "rows": 900_000,
                "columns": {"id": "int pk", "v": "varchar(200) = constant(value=x)"},
                "checks": [{"name": "few", "expression": "id < 800000"}],
            },
        },
    }
    store.put_object(Bucket=BUCKET, Key="dump.sql", Body=b"before")
    with pytest.raises(GenerationError):
        package.run(schema, f"s3://{BUCKET}/dump.sql", workers=2)
    assert body(store, "dump.sql") == b"before"


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("s3://", "name a bucket and a key"),
        ("s3://made", "name a bucket and a key"),
        ("s3://made/folder/", "it is a folder; name an object"),
        ("s3://nowhere/dump.sql", "cannot write s3://nowhere/dump.sql: .*bucket"),
        ("http://made/dump.sql", "names no place .* s3://, gs:// or az:// with bucket/path"),
    ],
)
@pytest.mark.usefixtures("store")
def test_an_address_that_is_none_is_refused(out, words, tmp_path, monkeypatch):
    """With the way out, and without a file of that name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((OutputError, PlanError), match=words):
        package.run("fintech-loans", out, workers=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [{"part": "1/2"}, {"keep_shards": True}])
def test_what_needs_a_disk_is_refused(arguments):
    """Parts, and shards that are kept."""
    with pytest.raises(PlanError, match="disk"):
        package.run("fintech-loans", f"s3://{BUCKET}/x.sql", **arguments)


def test_a_dump_of_too_many_parts_is_refused(store, monkeypatch):
    """Before the store does, with the way out."""
    monkeypatch.setattr(object_store, "MOST_PARTS", 2)
    with pytest.raises(OutputError, match="more than 2 parts; choose larger --shard-rows"):
        package.run("fintech-loans", f"s3://{BUCKET}/dump.sql", workers=2, options=JOB)
    assert keys(store) == []


def test_secrets_are_not_told(store, shardgen):
    """Neither the key, nor an address that it has signed."""
    made = shardgen("run", "-o", f"s3://{BUCKET}/a.sql", "--json")
    failed = shardgen("run", "-o", "s3://nowhere/a.sql")
    assert (made.returncode, failed.returncode) == (0, 8)
    for said in (made.stdout, made.stderr, failed.stdout, failed.stderr):
        assert "a-secret-key" not in said
        assert "Signature" not in said
    assert keys(store) == ["a.sql"]


# Parts that fail


class Answers(BaseHTTPRequestHandler):
    """Answers each PUT by the next of `script`: a status, or 0 for a connection that breaks off."""

    script: list[int]
    taken: list[bytes]

    def do_PUT(self) -> None:
        """Answer."""
        text = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.script.pop(0)
        if status:
            self.taken.append(text)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PartPlace, type[Answers]]]:
    """Give a place for three bytes after one before, and what answers there."""
    monkeypatch.setattr(part_places, "FIRST_WAIT", 0)
    answers = type("Scripted", (Answers,), {"script": [], "taken": []})
    server = HTTPServer(("127.0.0.1", 0), answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/made/key?partNumber=1"
    yield PartPlace(url=url, name="s3://made/key", size=3, before=b"a"), answers
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("script", [[200], [500, 200], [503, 0, 429, 200], [0] * 5 + [200]])
def test_a_part_that_fails_is_put_again(failing, script):
    """Where the server is at fault, busy, or breaks off; the part is whole in the end."""
    place, answers = failing
    answers.script = [*script]
    fill_part(place, b"bcd")
    assert answers.taken[-1] == b"abcd"
    assert not answers.script


@pytest.mark.parametrize(
    ("script", "words"), [([403], "403"), ([500] * TRIES, "500"), ([0] * TRIES, "")]
)
def test_a_part_that_is_refused_is_an_error(failing, script, words):
    """At once where asking again would not help, else after some tries; without the address."""
    place, answers = failing
    answers.script = [*script]
    with pytest.raises(OutputError, match=rf"cannot write s3://made/key: .*{words}") as caught:
        fill_part(place, b"bcd")
    assert not answers.script
    assert "partNumber" not in str(caught.value)
