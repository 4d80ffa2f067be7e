"""
S3: `s3://bucket/…` as a place for objects, and what stands at such an address when it is complete.

An object appears whole or not at all: a multipart upload whose parts are the
shards. The parent holds the credentials, and signs an address for each part; whoever has the text
puts it there and needs no credentials. What is smaller than the least part there may be, such as a
header or a small table, goes along before the next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from shardgen.errors import OutputError, missing_package
from shardgen.execution.part_places import PartPlace
from shardgen.execution.sinks import FileFacts
from shardgen.output.text.kinds import Buffer

SCHEME = "s3://"
LEAST_PART = 5 << 20  # bytes of every part but the last: what S3 takes
MOST_PARTS = 10_000
_OWN_PART = 16 << 20  # bytes of a part that the parent itself uploads
_SECONDS = 24 * 3600  # that an address holds


class Bucket:
    """A bucket, reached with the credentials of the environment."""

    def __init__(self, name: str) -> None:
        """Find credentials and the endpoint where AWS's own tools find them."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise missing_package("an address that begins with s3://", "boto3", "s3") from None
        self.name = name
        retries = {"max_attempts": 5, "mode": "standard"}
        with self.failing(""):
            self.client: Any = boto3.client(
                "s3", config=Config(signature_version="s3v4", retries=retries)
            )

    @contextlib.contextmanager
    def failing(self, key: str) -> Iterator[None]:
        """Turn what comes in the way of an object into an OutputError, which names it."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {})
            reason = said.get("Message") or said.get("Code") or str(error)
            raise OutputError(f"cannot write {self.address(key)}: {reason}") from None
        except BotoCoreError as error:
            raise OutputError(f"cannot write {self.address(key)}: {error}") from None

    def address(self, key: str) -> str:
        """Return the address of an object, for messages."""
        return f"{SCHEME}{self.name}/{key}"

    def object(self, key: str, *, is_one_shard: bool) -> ObjectFile:
        """Return an object that is to be made."""
        del is_one_shard
        return ObjectFile(self, key)


class ObjectFile:
    """An object that grows, part by part, in order."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        """Begin nothing yet: a small object needs no upload of several parts."""
        self._bucket = bucket
        self._key = key
        self._buffer = bytearray()
        self._upload: str | None = None
        self._sizes: list[int] = []
        self.size = 0

    def write(self, text: Buffer) -> None:
        """Append text, which the parent uploads itself."""
        self._buffer += text
        self.size += len(text)
        if len(self._buffer) >= _OWN_PART:
            self._upload_buffer()

    def reserve(self, size: int) -> PartPlace | None:
        """Return the place of the next bytes, None where they are too few for a part."""
        before = len(self._buffer)
        if before + size < LEAST_PART:
            return None
        number = self._begin_part(before + size)
        parameters = self._names() | {"UploadId": self._upload, "PartNumber": number}
        with self._bucket.failing(self._key):
            url = self._bucket.client.generate_presigned_url(
                "upload_part", Params=parameters, ExpiresIn=_SECONDS
            )
        name = self._bucket.address(self._key)
        place = PartPlace(url=url, name=name, size=size, before=bytes(self._buffer))
        self._buffer.clear()
        self.size += size
        return place

    def complete(self) -> None:
        """Have the object appear; OutputError where a part of it is not whole."""
        with self._bucket.failing(self._key):
            if self._upload is None:
                self._bucket.client.put_object(**self._names(), Body=bytes(self._buffer))
                self._buffer.clear()
                return
            if self._buffer:
                self._upload_buffer()
            parts = self._parts()
            found = [part["Size"] for part in parts]
            if found != self._sizes:
                what = f"{len(found)} parts of {sum(found)} bytes are there"
                wanted = f"{len(self._sizes)} of {sum(self._sizes)}"
                address = self._bucket.address(self._key)
                raise OutputError(f"cannot complete {address}: {what}, and not {wanted}")
            tags = [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in parts]
            self._bucket.client.complete_multipart_upload(
                **self._names(), UploadId=self._upload, MultipartUpload={"Parts": tags}
            )
            self._upload = None

    def abort(self) -> None:
        """Leave nothing of an upload that is not complete, as far as the store can be reached."""
        if self._upload is not None:
            with contextlib.suppress(OutputError), self._bucket.failing(self._key):
                self._bucket.client.abort_multipart_upload(**self._names(), UploadId=self._upload)
            self._upload = None

    def facts(self) -> FileFacts:
        """Return the size and the SHA-256 of the object, which is read once more for it."""
        import hashlib

        digest, size = hashlib.sha256(), 0
        with self._bucket.failing(self._key):
            body = self._bucket.client.get_object(**self._names())["Body"]
            for chunk in body.iter_chunks(1 << 20):
                digest.update(chunk)
                size += len(chunk)
        return FileFacts(size, digest.hexdigest())

    def _names(self) -> dict[str, Any]:
        return {"Bucket": self._bucket.name, "Key": self._key}

    def _begin_part(self, size: int) -> int:
        """Return the number of the next part, of an upload that is begun with the first."""
        if len(self._sizes) == MOST_PARTS:
            address = self._bucket.address(self._key)
            what = f"cannot write {address}: it would have more than {MOST_PARTS} parts"
            raise OutputError(f"{what}; choose larger --shard-rows, or files of --file-rows")
        if self._upload is None:
            with self._bucket.failing(self._key):
                made = self._bucket.client.create_multipart_upload(**self._names())
            self._upload = made["UploadId"]
        self._sizes.append(size)
        return len(self._sizes)

    def _upload_buffer(self) -> None:
        number = self._begin_part(len(self._buffer))
        names = self._names() | {"UploadId": self._upload, "PartNumber": number}
        with self._bucket.failing(self._key):
            self._bucket.client.upload_part(**names, Body=bytes(self._buffer))
        self._buffer.clear()

    def _parts(self) -> list[dict[str, Any]]:
        pages = self._bucket.client.get_paginator("list_parts").paginate(
            **self._names(), UploadId=self._upload
        )
        return [part for page in pages for part in page.get("Parts", ())]
