"""Which part a scheduler's variables of the environment ask for."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shardgen.errors import Mistake, PlanError

AUTO = "auto"


class Scheduler(msgspec.Struct, frozen=True):
    """
    The variables of a scheduler: that of a task's number, from `first` on, and that of all tasks.

    `count` is None where none says it, or says it of those tasks alone that are run again.
    """

    name: str
    number: str
    first: int
    count: str | None = None


SCHEDULERS = (
    Scheduler("Kubernetes", "JOB_COMPLETION_INDEX", 0),
    Scheduler("Slurm", "SLURM_ARRAY_TASK_ID", 1),
    Scheduler("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", 0, "AWS_BATCH_JOB_ARRAY_SIZE"),
    Scheduler("Cloud Run", "CLOUD_RUN_TASK_INDEX", 0, "CLOUD_RUN_TASK_COUNT"),
)


def part_number(text: str, environment: Mapping[str, str]) -> str:
    """
    Return K/N for auto/N, by the variables of the only scheduler that has set any; else the text.

    PlanError where none has, or more than one, or where it has started another number of tasks.
    """
    asked, slash, parts = text.partition("/")
    if asked != AUTO:
        return text
    what = f"the part {text!r} is asked for"
    if not slash or not (parts.isascii() and parts.isdecimal()):
        raise PlanError([Mistake("", what, "say of how many parts: auto/16")])
    found = [each for each in SCHEDULERS if each.number in environment]
    if len(found) != 1:
        said = " and ".join(f"{each.number}={environment[each.number]}" for each in found)
        names = ", ".join(each.number for each in SCHEDULERS)
        why = f"{said} are set" if found else f"none of {names} is set"
        raise PlanError([Mistake("", f"{what}, and {why}", "say the number: 3/16")])
    (scheduler,) = found
    count = None if scheduler.count is None else environment.get(scheduler.count)
    if count is not None and count != parts:
        what = f"{what}, and {scheduler.count} is {count}"
        raise PlanError([Mistake("", what, f"ask for auto/{count}, or start {parts} tasks")])
    return f"{_number(scheduler, environment[scheduler.number], what)}/{parts}"


def _number(scheduler: Scheduler, said: str, what: str) -> int:
    """Return the number of a part, from 1."""
    if not (said.isascii() and said.isdecimal()):
        raise PlanError([Mistake("", f"{what}, and {scheduler.number} is {said!r}", "")])
    number = int(said) - scheduler.first + 1
    if number < 1:
        what = f"{what}, and {scheduler.number} is {said}"
        raise PlanError([Mistake("", what, "number the tasks from 1: --array=1-16")])
    return number
