"""What stands beside the files of tables in a folder: the manifest, and scripts that load them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shardgen.execution.sinks import FileFacts
from shardgen.output import manifest
from shardgen.plan.plan import Plan
from shardgen.plan.source import Source


def describe(source: Source, facts: Mapping[str, FileFacts]) -> dict[str, bytes]:
    """Return these files by name; `facts` has those of each table's files."""
    return source.load_scripts() | {manifest.NAME: manifest.encoded(_manifest(source, facts))}


def _manifest(source: Source, facts: Mapping[str, FileFacts]) -> manifest.Manifest:
    import hashlib

    plan = source.plan
    form = msgspec.to_builtins(plan.format)
    del form["kind"]  # the name says it
    return manifest.Manifest(
        schema=plan.schema.name,
        schema_version=plan.schema.version or None,
        schema_sha256=hashlib.sha256(msgspec.json.encode(plan.schema)).hexdigest(),
        seed=plan.seed,
        as_of=plan.as_of,
        edge_case_probability=plan.edge_case_probability,
        databases=plan.databases,
        format={"name": plan.format.name, **form},
        shard_rows=plan.shard_rows if _depends_on_shards(plan) else None,
        file_rows=plan.file_rows,
        rows=plan.rows,
        tables=tuple(_table(source, name, facts) for name in plan.counts),
    )


def _depends_on_shards(plan: Plan) -> bool:
    return plan.format.compression != "none" or plan.format.join() is not None


def _table(source: Source, name: str, facts: Mapping[str, FileFacts]) -> manifest.TableEntry:
    columns = source.plan.catalog.as_written.table(name).columns
    return manifest.TableEntry(
        name=name,
        rows=source.plan.counts[name],
        columns=tuple(column.name for column in columns),
        files=tuple(
            manifest.FileEntry(
                name=file.name,
                start=file.start,
                stop=file.stop,
                bytes=facts[file.name].bytes,
                sha256=facts[file.name].sha256,
            )
            for file in source.plan.files[name]
        ),
    )
