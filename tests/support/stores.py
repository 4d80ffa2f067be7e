"""A store of S3's interface on this machine, with a bucket that runs find by their environment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from support.places import IN_CI

BUCKET = "made"


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Give the address of an S3 server of the test's own."""
    if not IN_CI:
        pytest.importorskip("moto.server")
    from moto.server import ThreadedMotoServer

    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@contextlib.contextmanager
def empty_bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client of an empty bucket, in which no upload may stay."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "who",
        "AWS_SECRET_ACCESS_KEY": "a-secret-key",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for key in keys(client):
        client.delete_object(Bucket=BUCKET, Key=key)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)
    client.delete_bucket(Bucket=BUCKET)


def keys(store: Any) -> list[str]:
    return [each["Key"] for each in store.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def body(store: Any, key: str) -> bytes:
    found: bytes = store.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return found
