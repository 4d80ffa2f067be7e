"""
Google's and Azure's object storage, by obstore, which finds credentials where their own tools do.

To Azure an object goes as blocks, which whoever has the text puts at an address that the parent has
signed; a list of them makes the object. To Google's the parent uploads a dump itself, as the
signature of an address there is for no part of an upload; an object that is one shard is put by the
worker that made it.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from shardgen.errors import OutputError, missing_package
from shardgen.execution.part_places import PartPlace, fill_part
from shardgen.execution.sinks import FileFacts
from shardgen.output.text.kinds import Buffer

LEAST_BLOCK = 1 << 20  # bytes of a block that a worker puts: smaller ones go along with the next
MOST_BLOCKS = 50_000  # of an object in Azure
_OWN_BLOCK = 16 << 20  # bytes of a block that the parent itself uploads
_UPLOADS = 4  # blocks of an upload that are under way at once
_SIGNED_FOR = dt.timedelta(hours=24)
_QUERY = re.compile(r"\?[^\s\"')]*")
_SHOWN = 300  # characters of what a store says


class _Place:
    """A bucket or a container; `scheme` is how its addresses begin."""

    scheme: str
    _signs = True

    def __init__(self, name: str) -> None:
        """Connect to nothing yet; OutputError where the environment does not say enough."""
        self.name = name
        with self.failing(""):
            self.store = self.connected()

    def connected(self) -> Any:
        """Return a store of obstore's."""
        raise NotImplementedError

    def address(self, key: str) -> str:
        """Return the address of an object, for messages."""
        return f"{self.scheme}://{self.name}/{key}"

    @contextlib.contextmanager
    def failing(self, key: str) -> Iterator[None]:
        """Turn what comes in the way of an object into an OutputError, without an address."""
        module = obstore()
        try:
            yield
        except (module.exceptions.BaseError, OSError) as error:
            said = _QUERY.sub("?…", str(error).partition("\n\nDebug")[0])
            said = " ".join(said.split())[:_SHOWN]
            raise OutputError(f"cannot write {self.address(key)}: {said}") from None

    def signed(self, key: str) -> str:
        """Return an address to put an object at, or a part of one; OutputError."""
        with self.failing(key):
            url: str = obstore().sign(self.store, "PUT", key, _SIGNED_FOR)
        return url

    def signed_if_it_can_be(self, key: str) -> str | None:
        """Return an address to put an object at; None from the first that was not signed on."""
        if self._signs:
            try:
                return self.signed(key)
            except OutputError:  # of credentials that are no key that could sign
                self._signs = False
        return None

    def facts(self, key: str) -> FileFacts:
        """Return the size and the SHA-256 of an object."""
        digest, size = hashlib.sha256(), 0
        with self.failing(key):
            for chunk in obstore().get(self.store, key).stream(min_chunk_size=1 << 20):
                digest.update(chunk)
                size += len(chunk)
        return FileFacts(size, digest.hexdigest())


class AzureContainer(_Place):
    """A container of Azure's Blob Storage."""

    scheme = "az"

    def connected(self) -> Any:
        """See _Place."""
        from obstore.store import AzureStore

        return AzureStore(self.name)

    def object(self, key: str, *, is_one_shard: bool) -> BlockObject | WrittenObject:
        """Return an object that is to be made; the run uploads it where nothing can be signed."""
        del is_one_shard
        url = self.signed_if_it_can_be(key)
        if url is None:
            return WrittenObject(self, key, is_one_shard=False)
        return BlockObject(self, key, url)


class GoogleBucket(_Place):
    """A bucket of Google's Cloud Storage."""

    scheme = "gs"

    def connected(self) -> Any:
        """See _Place."""
        from obstore.store import GCSStore

        return GCSStore(self.name)

    def object(self, key: str, *, is_one_shard: bool) -> WrittenObject:
        """Return an object that is to be made."""
        return WrittenObject(self, key, is_one_shard=is_one_shard)


class BlockObject:
    """See GrowingObject: blocks that anybody puts, and a list that makes an object of them."""

    def __init__(self, place: AzureContainer, key: str, url: str) -> None:
        """Begin nothing yet; `url` is signed for all that is put."""
        self._place, self._key, self._url = place, key, url
        self._run = uuid.uuid4().hex[:8]  # another run's blocks have other names
        self._buffer = bytearray()
        self._blocks: list[str] = []
        self.size = 0

    def write(self, text: Buffer) -> None:
        """See GrowingObject."""
        self._buffer += text
        self.size += len(text)
        if len(self._buffer) >= _OWN_BLOCK:
            self._put_buffer()

    def reserve(self, size: int) -> PartPlace | None:
        """See GrowingObject."""
        if len(self._buffer) + size < LEAST_BLOCK:
            return None
        before = bytes(self._buffer)
        self._buffer.clear()
        self.size += size
        return self._block(size, before)

    def complete(self) -> None:
        """See GrowingObject: a block that is missing is refused by the store."""
        if self._buffer:
            self._put_buffer()
        listed = "".join(f"<Latest>{block}</Latest>" for block in self._blocks)
        text = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
        fill_part(self._at("comp=blocklist", len(text), b""), text)

    def abort(self) -> None:
        """See GrowingObject: blocks that are in no list are invisible, and gone within a week."""
        self._buffer.clear()

    def facts(self) -> FileFacts:
        """See GrowingObject."""
        return self._place.facts(self._key)

    def _put_buffer(self) -> None:
        fill_part(self._block(len(self._buffer), b""), bytes(self._buffer))
        self._buffer.clear()

    def _block(self, size: int, before: bytes) -> PartPlace:
        """Return the place of the next block."""
        if len(self._blocks) == MOST_BLOCKS:
            what = f"cannot write {self._place.address(self._key)}: it would have more than "
            way_out = "choose larger --shard-rows, or files of --file-rows"
            raise OutputError(f"{what}{MOST_BLOCKS:,} blocks; {way_out}")
        name = base64.b64encode(f"{self._run}{len(self._blocks):06d}".encode()).decode()
        self._blocks.append(name)
        escaped = name.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        return self._at(f"comp=block&blockid={escaped}", size, before)

    def _at(self, query: str, size: int, before: bytes) -> PartPlace:
        name = self._place.address(self._key)
        return PartPlace(url=f"{self._url}&{query}", name=name, size=size, before=before)


class WrittenObject:
    """See GrowingObject: what the parent uploads, or a worker all of it where it is one shard."""

    def __init__(
        self, place: AzureContainer | GoogleBucket, key: str, *, is_one_shard: bool
    ) -> None:
        """Begin nothing yet."""
        self._place, self._key = place, key
        self._is_one_shard = is_one_shard
        self._writer: Any = None
        self._is_put = False
        self.size = 0

    def write(self, text: Buffer) -> None:
        """See GrowingObject."""
        with self._place.failing(self._key):
            if self._writer is None:
                self._writer = obstore().open_writer(
                    self._place.store, self._key, buffer_size=_OWN_BLOCK, max_concurrency=_UPLOADS
                )
            self._writer.write(bytes(text))
        self.size += len(text)

    def reserve(self, size: int) -> PartPlace | None:
        """See GrowingObject: where nothing can be signed, the parent uploads."""
        if not self._is_one_shard or self._writer is not None:
            return None
        url = self._place.signed_if_it_can_be(self._key)
        if url is None:
            return None
        self._is_put = True
        self.size += size
        return PartPlace(url=url, name=self._place.address(self._key), size=size, before=b"")

    def complete(self) -> None:
        """See GrowingObject: one that a worker has put is there already."""
        if self._is_put:
            return
        if self._writer is None:
            self.write(b"")
        with self._place.failing(self._key):
            self._writer.close()
        self._writer = None

    def abort(self) -> None:
        """See GrowingObject: one that a worker has put is taken back."""
        if self._is_put:
            with contextlib.suppress(OutputError), self._place.failing(self._key):
                obstore().delete(self._place.store, self._key)
        writer, self._writer = self._writer, None
        if writer is not None:
            with (
                contextlib.suppress(OutputError, _EndedError),
                self._place.failing(self._key),
                writer,  # which aborts its upload where its block fails
            ):
                raise _EndedError

    def facts(self) -> FileFacts:
        """See GrowingObject."""
        return self._place.facts(self._key)


class _EndedError(Exception):
    """A run has ended early."""


def obstore() -> ModuleType:
    """Return the client; PlanError where it is not installed."""
    try:
        module = import_module("obstore")
        import_module("obstore.exceptions")
    except ImportError:
        what = "an address that begins with gs:// or az://"
        raise missing_package(what, "obstore", "stores") from None
    return module
