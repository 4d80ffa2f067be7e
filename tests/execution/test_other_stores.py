"""Google's and Azure's object storage: what a run writes there is what it writes to a disk."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.object_server import ObjectServer

import shardgen as package
from shardgen.errors import GenerationError, OutputError
from shardgen.execution import other_stores, part_places

JOB = package.Options(scale=100, seed=3)
"""350,000 payments, in three shards of some 12 MB; the other tables are smaller than a block."""
KEY = base64.b64encode(b"a secret key of an account").decode()


@pytest.fixture(params=["az", "gs"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ObjectServer]:
    """Give an empty server, which a run finds by its environment."""
    with ObjectServer() as server:
        account = tmp_path / "account.json"
        account.write_text(json.dumps(google_account(server.url)))
        for name, value in {
            "AZURE_STORAGE_ACCOUNT_NAME": "devstoreaccount1",
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_USE_EMULATOR": "true",
            "AZURITE_BLOB_STORAGE_URL": server.url,
            "GOOGLE_SERVICE_ACCOUNT": str(account),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(part_places, "FIRST_WAIT", 0)
        yield server


def google_account(url: str) -> dict[str, Any]:
    """Return what a file of credentials has, of a server that asks for none."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "gcs_base_url": url,
        "client_email": "me@example.com",
        "private_key": text.decode(),
        "private_key_id": "1",
    }


@pytest.mark.parametrize(
    ("name", "workers"), [("dump.sql", 1), ("dump.sql.gz", 3), ("deep/er/dump.sql", 2)]
)
def test_a_dump_is_one_object_with_the_same_bytes(scheme, store, name, workers, tmp_path):
    """Made of blocks that workers put, or of those of the run's own process."""
    summary = package.run("fintech-loans", f"{scheme}://made/{name}", workers=workers, options=JOB)
    package.run("fintech-loans", tmp_path / Path(name).name, workers=1, options=JOB)
    written = (tmp_path / Path(name).name).read_bytes()
    assert store.objects == {name: written}
    assert not any(store.uploads.values())
    assert (summary.bytes, summary.load) == (len(written), "")


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("file_rows", [None, 100_000])
def test_a_folder_has_an_object_for_each_file(scheme, store, form, file_rows, tmp_path):
    """Its manifest too, which says the bytes and the SHA-256 of each."""
    options = {"format": form, "file_rows": file_rows, "options": JOB}
    package.run("fintech-loans", f"{scheme}://made/data/", workers=2, **options)
    package.run("fintech-loans", f"{tmp_path}/data/", workers=1, **options)
    root = tmp_path / "data"
    files = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert {f"data/{name}": text for name, text in files.items()} == store.objects


def test_workers_put_the_blocks_of_azure(store, monkeypatch):
    """All but what is too small comes from other processes than that of the run."""
    sizes = noted(monkeypatch)
    summary = package.run("fintech-loans", "az://made/dump.sql", workers=2, options=JOB)
    assert sum(sizes) < 4 << 20
    assert summary.bytes == len(store.objects["dump.sql"])


def noted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sizes of what the run's own process puts, as they come."""
    sizes: list[int] = []
    put = other_stores.fill_part
    monkeypatch.setattr(
        other_stores, "fill_part", lambda place, text: (sizes.append(len(text)), put(place, text))
    )
    return sizes


def test_a_file_of_one_shard_is_put_by_the_worker_that_made_it(store):
    """By an address that the run has signed; the others it uploads itself, in parts."""
    package.run(
        "fintech-loans", "gs://made/d/", workers=2, format="csv", file_rows=100_000, options=JOB
    )
    put = {key for method, key, query in store.requests if method == "PUT" and "Signature" in query}
    assert {f"d/payments/0000{n}.csv" for n in range(4)} <= put
    store.requests.clear()
    package.run("fintech-loans", "gs://made/d/", workers=2, format="csv", options=JOB)
    whole = [key for method, key, query in store.requests if "uploads" in query.split()]
    assert ["d/payments.csv"] == whole


def test_without_a_signature_the_run_uploads_all(scheme, store, monkeypatch):
    """As where its credentials are no key that could sign."""

    def refuse(*_: Any) -> str:
        raise OutputError("nothing to sign with")

    for kind in (other_stores.GoogleBucket, other_stores.AzureContainer):
        monkeypatch.setattr(kind, "signed", refuse)
    package.run("fintech-loans", f"{scheme}://made/d/", workers=2, format="csv", file_rows=100_000,
                options=JOB)  # fmt: skip
    assert not any({"sig", "X-Goog-Signature"} & {*q.split()} for _, _, q in store.requests)
    assert "d/payments/00003.csv" in store.objects


BROKEN = {
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


@pytest.mark.parametrize("out", ["dump.sql", "folder/"])
def test_a_run_that_fails_leaves_no_object(scheme, store, out, monkeypatch):
    """Nor an upload of Google's; what was there before stays."""
    monkeypatch.setattr(other_stores, "_OWN_BLOCK", 5 << 20)
    store.objects["dump.sql"] = b"before"
    form = {"format": "csv"} if out.endswith("/") else {}
    with pytest.raises(GenerationError):
        package.run(BROKEN, f"{scheme}://made/{out}", workers=2, **form)
    assert {"dump.sql": b"before"} == store.objects
    assert scheme == "az" or not any(store.uploads.values())


def test_a_run_that_fails_takes_back_what_workers_have_put(store):
    """Files of one shard appear as they are made."""
    with pytest.raises(GenerationError):
        package.run(
            BROKEN, "gs://made/d/", workers=2, format="csv", file_rows=100_000, shard_rows=100_000
        )
    assert any("Signature" in query for _, _, query in store.requests)
    assert {} == store.objects


def test_an_answer_that_fails_is_asked_for_again(scheme, store):
    """500 and 503; the object has every byte."""
    package.run("fintech-loans", f"{scheme}://made/a.sql", workers=1, seed=3)
    store.failures = [500, 0, 503]
    package.run("fintech-loans", f"{scheme}://made/b.sql", workers=1, seed=3)
    assert store.objects["a.sql"] == store.objects["b.sql"]


def test_what_the_store_refuses_is_an_error_without_secrets(scheme, store, shardgen):
    """Exit code 8, with the address as it was given."""
    store.failures = [403] * 50
    done = shardgen("run", "-q", "-o", f"{scheme}://made/a.sql")
    assert 8 == done.returncode
    assert f"cannot write {scheme}://made/a.sql" in done.stderr
    for secret in (KEY, "sig=", "Signature", "PRIVATE"):
        assert secret not in done.stderr + done.stdout
    assert {} == store.objects


def test_a_dump_of_too_many_blocks_is_refused(store, monkeypatch):
    """Before the store does, with the way out."""
    monkeypatch.setattr(other_stores, "MOST_BLOCKS", 2)
    with pytest.raises(OutputError, match="more than 2 blocks; choose larger --shard-rows"):
        package.run("fintech-loans", "az://made/dump.sql", workers=2, options=JOB)
    assert {} == store.objects


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("{}://", "name a bucket and a key"),
        ("{}://made", "name a bucket and a key"),
        ("{}://made/folder/", "it is a folder; name an object"),
    ],
)
@pytest.mark.usefixtures("store")
def test_an_address_that_is_none_is_refused(scheme, out, words):
    """With the way out."""
    with pytest.raises(OutputError, match=words):
        package.run("fintech-loans", out.format(scheme), workers=1)


def test_an_account_that_nobody_names_is_said(monkeypatch):
    """By the store's own words."""
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_USE_EMULATOR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OutputError, match=r"cannot write az://made/: .*Account must be specified"):
        package.run("fintech-loans", "az://made/a.sql")
