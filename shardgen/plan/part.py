"""Which part of how many is asked for."""

from __future__ import annotations

import re
from typing import Self

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.output.file_names import part_name

MAX_PARTS = 10_000
_WRITTEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


class Part(msgspec.Struct, frozen=True):
    """The part `number`, from 1, of so many `parts`."""

    number: int
    parts: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what "3/16" says; PlanError where it says no part."""
        found = _WRITTEN.fullmatch(text.strip())
        what = f"the part {text!r} is asked for"
        if found is None:
            raise PlanError([Mistake("", what, "say which of how many: 3/16")])
        part = cls(int(found[1]), int(found[2]))
        if not 1 <= part.parts <= MAX_PARTS:
            raise PlanError([Mistake("", what, f"there are 1 to {MAX_PARTS} parts")])
        if not 1 <= part.number <= part.parts:
            hint = f"the parts are 1/{part.parts} to {part.parts}/{part.parts}"
            raise PlanError([Mistake("", what, hint)])
        return part

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return part_name(self.number, self.parts)

    def __str__(self) -> str:
        """As it is asked for."""
        return f"{self.number}/{self.parts}"
