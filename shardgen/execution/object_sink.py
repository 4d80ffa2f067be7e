"""Object storage as a sink: a dump is one object, or each file of a folder is."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from shardgen.errors import OutputError
from shardgen.execution.part_places import PartPlace
from shardgen.execution.sinks import Describe, FileFacts
from shardgen.output.text.kinds import Buffer


class GrowingObject(Protocol):
    """An object that grows in order, and appears when it is complete."""

    size: int
    """The bytes that it has, with those of reserved places."""

    def write(self, text: Buffer) -> None:
        """Append text, which the parent uploads itself; OutputError when that fails."""

    def reserve(self, size: int) -> PartPlace | None:
        """Return the place of the next bytes; None where `write` is to append them."""

    def complete(self) -> None:
        """Have the object appear; OutputError where a part of it is not whole."""

    def abort(self) -> None:
        """Leave nothing of what is not complete, as far as the store can be reached."""

    def facts(self) -> FileFacts:
        """Return the size and the SHA-256 of the object, which is read once more for it."""


class Store(Protocol):
    """A bucket or a container."""

    def object(self, key: str, *, is_one_shard: bool) -> GrowingObject:
        """Return an object that is to be made; all of it may be one shard."""


class ObjectSink:
    """One object for a dump, or one for each file of a folder, which is how their keys begin."""

    beside: Path | None = None

    def __init__(
        self, store: Store, key: str, files: Sequence[str], of_one_shard: Collection[str]
    ) -> None:
        """Write to `key` alone where there are no names of `files`, else to each below it."""
        self._store = store
        self._key = key
        self._is_folder = bool(files)
        self._of_one_shard = of_one_shard
        self._objects: dict[str, GrowingObject] = {}

    @property
    def size(self) -> int:
        """See Sink."""
        return sum(each.size for each in self._objects.values())

    def write(self, file: str, text: Buffer) -> None:
        """See Sink."""
        self._object(file).write(text)

    def reserve(self, file: str, size: int) -> PartPlace | None:
        """See Sink."""
        return self._object(file).reserve(size)

    def end_table(self) -> None:
        """See Sink."""

    def complete(self, describe: Describe) -> None:
        """See Sink: the objects appear one after another, and last what tells of them."""
        for each in self._objects.values():
            each.complete()
        if self._is_folder:
            self._add(describe({name: each.facts() for name, each in self._objects.items()}))

    def abort(self) -> None:
        """Leave nothing of what is not complete."""
        for each in self._objects.values():
            each.abort()

    def _add(self, texts: Mapping[str, bytes]) -> None:
        for name, text in texts.items():
            self.write(name, text)
            self._object(name).complete()

    def _object(self, file: str) -> GrowingObject:
        name = file if self._is_folder else ""
        if name not in self._objects:
            self._objects[name] = self._store.object(
                self._key + name, is_one_shard=self._is_folder and file in self._of_one_shard
            )
        return self._objects[name]


@contextlib.contextmanager
def open_objects(
    out: str, files: Sequence[str], of_one_shard: Collection[str] = ()
) -> Iterator[ObjectSink]:
    """
    Open the sink at an address such as `s3://bucket/path/`.

    `files` has the names of all files of a folder, whose address ends in `/`; it is empty for a
    dump. Those `of_one_shard` have no more. Objects appear when they are complete; where the block
    fails, uploads are aborted.
    """
    scheme, _, rest = out.partition("://")
    bucket, _, key = rest.partition("/")
    if not bucket or (not key and not files):
        raise OutputError(
            f"cannot write {out}: name a bucket and a key, as in {scheme}://bucket/dump.sql"
        )
    if bool(files) is not (not key or key.endswith("/")):
        if not files:
            raise OutputError(f"cannot write {out}: it is a folder; name an object with --out")
        if len(files) > 1:
            what = f"cannot write {len(files)} files to {out}: each table has its own"
            raise OutputError(f"{what}; name a folder, {out}/, or one table with --tables")
        files = ()
    sink = ObjectSink(store_of(scheme, bucket), key, files, of_one_shard)
    try:
        yield sink
    except BaseException:
        sink.abort()
        raise


def store_of(scheme: str, name: str) -> Store:
    """Return a bucket or a container; OutputError where its client is not set up."""
    if scheme == "s3":
        from shardgen.execution.object_store import Bucket

        return Bucket(name)
    from shardgen.execution.other_stores import AzureContainer, GoogleBucket

    return GoogleBucket(name) if scheme == "gs" else AzureContainer(name)
