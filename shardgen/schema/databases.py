"""The databases that a schema may name; `output/sql/dialects.py` has a dialect for each."""

from __future__ import annotations

from typing import Literal, get_args

DatabaseName = Literal["postgres", "mysql", "sqlite"]
DATABASES: tuple[str, ...] = get_args(DatabaseName)
