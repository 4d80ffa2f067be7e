"""
The target of a run: what its name stands for and promises, whether it is fit, and its sink.

`targets.py` knows files, folders and streams; this knows plans and parts too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.events import Tell
from shardgen.execution.locks import IfLocked
from shardgen.execution.remains import Remains
from shardgen.execution.sinks import Sink
from shardgen.execution.targets import (
    STANDARD_OUTPUT,
    check_target,
    is_folder,
    is_object,
    open_sink,
    promised,
)
from shardgen.plan.plan import Options, Plan
from shardgen.plan.source import Source


def as_promised(out: str | Path | None, options: Options) -> Options:
    """Return the options with the format and the compression that the target's name promises."""
    form, compression = promised(None if out is None else str(out))
    return msgspec.structs.replace(
        options,
        format=options.format or form,
        compress=options.compress or compression,
    )


def target_of(out: str | Path | None, plan: Plan, *, is_part: bool) -> str:
    """Return the target, with the plan's values in place of what stands in braces."""
    if out is None:
        return _default_target(plan, is_part=is_part)
    name = str(out)
    if "{" not in name and "}" not in name:
        return name
    from shardgen.output.target_names import target_name

    return target_name(name, date=str(plan.as_of), seed=plan.seed, schema=plan.schema.name)


def _default_target(plan: Plan, *, is_part: bool) -> str:
    name = plan.schema.name
    if plan.format.has_table_files:
        return f"{name}{os.sep}"
    return f"{name}.parts{os.sep}" if is_part else f"{name}{plan.format.file_ending}"


def check_target_of(source: Source, target: str, inputs: Collection[Path]) -> None:
    """Refuse a target that is not fit for what is written."""
    files = [file.name for _, file in source.files()]
    if is_object(target) and source.part is not None:
        what = f"parts are to be written to {target}, and go to a folder"
        raise PlanError([Mistake("", what, "write the dump itself there, or a folder of a disk")])
    if source.part is not None:
        from shardgen.execution.part_folder import check_part_target

        check_part_target(target)
    check_target(target, source.plan.format, files, inputs)
    if source.part is None:
        _check_ddl(source.plan, target, files)


def _check_ddl(plan: Plan, target: str, files: list[str]) -> None:
    """Refuse to leave out the tables of a file that has none anyway."""
    form = plan.format
    if files and not form.ddl and not is_folder(target, files, form.file_ending):
        what = f"no table definitions are asked for, and {form.title} has none"
        raise PlanError([Mistake("", what, "leave ddl out, or write a folder")])


@contextlib.contextmanager
def open_target(
    source: Source, target: str, tell: Tell, if_locked: IfLocked, remains: Remains
) -> Iterator[Sink]:
    """Open the sink of a source at its target, or of a part of one in its folder."""
    if source.part is None:
        files = [file.name for _, file in source.files()]
        ending = source.plan.format.file_ending
        if is_object(target):
            from shardgen.execution.object_sink import open_objects  # late: most targets are files

            with open_objects(target, files, _of_one_shard(source)) as objects:
                yield objects
            return
        with open_sink(target, files, tell, ending, if_locked, remains) as sink:
            yield sink
        return
    from shardgen.execution.part_folder import filling_folder

    with filling_folder(target, source, source.part, tell, if_locked, remains) as folder:
        yield folder


def _of_one_shard(source: Source) -> frozenset[str]:
    """Return the names of the files that one shard is all of."""
    most = source.plan.shard_rows
    return frozenset(f.name for _, f in source.files() if 0 < f.stop - f.start <= most)


def load_command(source: Source, target: str) -> str:
    """Return the shell command that loads what was written; "" where no single command does."""
    plan = source.plan
    if target == STANDARD_OUTPUT or is_object(target):
        return ""
    if plan.format.has_table_files and Path(target).is_dir():
        from shardgen.output.loading.commands import folder_command

        return folder_command(target, source.load_scripts())
    return plan.format.load_command(plan.schema.name, target)


def kept_folder_of(source: Source, target: str) -> Path:
    """Return where a run leaves its shard files; PlanError where that is on no disk."""
    if is_object(target):
        what = f"shards are to be kept beside {target}, which is on no disk"
        raise PlanError([Mistake("", what, "leave keep_shards out, or write to a disk")])
    from shardgen.execution.shard_folder import kept_folder

    of = target if source.part is None else str(Path(target, source.part.name))
    return kept_folder(of, source.plan.schema.name)
