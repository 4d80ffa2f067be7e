"""What stands beside the files of tables in a folder: the manifest, and scripts that load them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shardgen.execution.sinks import FileFacts
from shardgen.output import manifest
from shardgen.plan.part import Part
from shardgen.plan.plan import Plan
from shardgen.plan.source import Source
from shardgen.plan.table_files import TableFile


def describe(source: Source, facts: Mapping[str, FileFacts]) -> dict[str, bytes]:
    """Return these files by name; `facts` has those of each file of the source."""
    scripts = source.load_scripts()
    if source.part is not None:
        name = manifest.part_manifest_name(source.part.name)
        return scripts | {name: manifest.encoded(part_manifest(source, source.part, facts))}
    return scripts | {manifest.NAME: manifest.encoded(_manifest(source, facts))}


def _manifest(source: Source, facts: Mapping[str, FileFacts]) -> manifest.Manifest:
    return manifest.Manifest(**_facts(source, facts))


def part_manifest(
    source: Source, part: Part, facts: Mapping[str, FileFacts] | None
) -> manifest.PartManifest:
    """Return the manifest of a part; its files are in `facts`, or none where that is None."""
    made = _facts(source, facts) | {
        "part": part.number,
        "parts": part.parts,
        "plan": source.plan.digest().hex(),
        "libraries": source.plan.libraries,
        "rows_of_shard": source.plan.shard_rows,
    }
    if source.file and facts is not None:
        made["dump"] = manifest.DumpEntry(
            name=source.file, **msgspec.structs.asdict(facts[source.file])
        )
    return manifest.PartManifest(**made)


def identity(source: Source, part: Part) -> manifest.PartManifest:
    """Return the manifest of a part before it is made, without its files."""
    return part_manifest(source, part, None)


def _facts(source: Source, facts: Mapping[str, FileFacts] | None) -> dict[str, Any]:
    import hashlib

    plan = source.plan
    form = msgspec.to_builtins(plan.format)
    del form["kind"]  # the name says it
    files: dict[str, list[TableFile]] = {name: [] for name in plan.counts}
    for table, file in source.files() if facts is not None else ():
        files[table].append(file)
    return {
        "schema": plan.schema.name,
        "schema_version": plan.schema.version or None,
        "schema_sha256": hashlib.sha256(msgspec.json.encode(plan.schema)).hexdigest(),
        "seed": plan.seed,
        "as_of": plan.as_of,
        "edge_case_probability": plan.edge_case_probability,
        "databases": plan.databases,
        "format": {"name": plan.format.name, **form},
        "shard_rows": plan.shard_rows if _depends_on_shards(plan) else None,
        "file_rows": plan.file_rows,
        "rows": plan.rows,
        "tables": tuple(_table(plan, name, files[name], facts or {}) for name in plan.counts),
        "others": plan.others,
    }


def _depends_on_shards(plan: Plan) -> bool:
    return plan.format.compression != "none" or plan.format.join() is not None


def _table(
    plan: Plan, name: str, files: Sequence[TableFile], facts: Mapping[str, FileFacts]
) -> manifest.TableEntry:
    columns = plan.catalog.as_written.table(name).columns
    return manifest.TableEntry(
        name=name,
        rows=plan.counts[name],
        columns=tuple(column.name for column in columns),
        files=tuple(
            manifest.FileEntry(
                name=file.name,
                start=file.start,
                stop=file.stop,
                bytes=facts[file.name].bytes,
                sha256=facts[file.name].sha256,
            )
            for file in files
        ),
    )
