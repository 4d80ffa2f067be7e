"""
A decoded file in any spelling of format 1.0 → the same in the spelling that the model has.

Schemas of SourceBox list `constraints`, say `params`, define `custom_generators`, write actions in
any case. After this nobody needs to know. What was moved keeps its place in the file, so that a
mistake in it points at what the user wrote.
"""

from __future__ import annotations

import typing
from typing import Any

import msgspec

from shardgen.errors import Mistake, join_path, shown
from shardgen.schema.model import ReferentialAction
from shardgen.schema.spellings.draft import Draft, Raw, place_in_list

_ACTIONS = typing.get_args(ReferentialAction)
_BY_NAME = ("generator", "distribution")  # programs write "" where there is none


class NormalForm(msgspec.Struct, frozen=True):
    """A decoded file in the spelling of the model, and what is wrong with how it was spelled."""

    raw: Raw
    moved: dict[str, str]
    mistakes: tuple[Mistake, ...]


def normal_form(raw: Raw) -> NormalForm:
    """Return the file in the spelling of the model; `raw` itself is not changed."""
    draft = Draft()
    made = dict(raw)
    if _has_short_forms(made.get("tables")):
        from shardgen.schema.spellings.short_form import with_long_forms

        made = with_long_forms(made, draft)
    customs = made.pop("custom_generators", None)
    if isinstance(made.get("tables"), list):
        made["tables"] = [
            _table(table, f"tables{place_in_list(table, n)}", draft)
            for n, table in enumerate(made["tables"])
        ]
    if customs is not None:
        from shardgen.schema.spellings.custom_generators import with_custom_generators

        made = with_custom_generators(made, customs, draft)
    if isinstance(made.get("tables"), list) and _has_schedules(made["tables"]):
        from shardgen.schema.spellings.payments import with_schedules

        made["tables"] = with_schedules(made["tables"])
    if made.get("relationships"):
        from shardgen.schema.spellings.relationships import with_relationships

        made = with_relationships(made, draft)
    return NormalForm(made, draft.moved, tuple(draft.mistakes))


def _has_short_forms(tables: Any) -> bool:
    """Return whether tables or columns may stand under their names, or rows under `rows`."""
    return isinstance(tables, dict) or (
        isinstance(tables, list)
        and any(isinstance(t, dict) and ("rows" in t or isinstance(t.get("columns"), dict))
                for t in tables)
    )  # fmt: skip


def _table(table: Any, path: str, draft: Draft) -> Any:
    if not isinstance(table, dict):
        return table
    made = dict(table)
    if isinstance(table.get("columns"), list):
        made["columns"] = [
            _column(column, f"{path}.columns{place_in_list(column, n)}", draft)
            for n, column in enumerate(table["columns"])
        ]
    if isinstance(table.get("foreign_keys"), list):
        made["foreign_keys"] = [_with_actions(key) for key in table["foreign_keys"]]
    return made


def _column(column: Any, path: str, draft: Draft) -> Any:
    if not isinstance(column, dict):
        return column
    column = {n: value for n, value in column.items() if value != "" or n not in _BY_NAME}
    if "params" in column:
        column = _with_params(column, path, draft)
    if "constraints" in column:
        from shardgen.schema.spellings.constraints import with_constraints

        column = with_constraints(column, path, draft)
    if isinstance(column.get("foreign_key"), dict):
        column = {**column, "foreign_key": _with_actions(column["foreign_key"])}
    return column


def _with_params(column: Raw, path: str, draft: Draft) -> Raw:
    """Return the column with its `params` among its `generator_params`."""
    made = {name: value for name, value in column.items() if name != "params"}
    given, own = column["params"], column.get("generator_params")
    at = f"{path}.generator_params"
    if given is None:
        return made
    if not isinstance(given, dict):
        draft.refuse(f"{path}.params", f"{shown(given)} is not an object")
    elif own is None:
        draft.moved[at] = f"{path}.params"
        made["generator_params"] = given
    elif isinstance(own, dict):
        for name in given:
            if name in own:
                what = f"{shown(name)} stands in generator_params too"
                draft.refuse(join_path(f"{path}.params", name), what, "keep one of them")
            else:
                draft.moved[join_path(at, name)] = join_path(f"{path}.params", name)
        made["generator_params"] = {**given, **own}
    return made


def _with_actions(key: Any) -> Any:
    """Return a foreign key whose actions are written as SQL writes them: `set_null` too."""
    if not isinstance(key, dict):
        return key
    made = dict(key)
    for name in ("on_delete", "on_update"):
        if isinstance(made.get(name), str):
            action = " ".join(made[name].replace("_", " ").upper().split())
            made[name] = action if action in _ACTIONS else made[name] or None
    return made


def _has_schedules(tables: list[Any]) -> bool:
    """Return whether a column may be one of a payment by its loan."""
    return any(
        str(column.get("generator")).startswith("payment_") and column.get("generator_params")
        for table in tables
        if isinstance(table, dict) and isinstance(table.get("columns"), list)
        for column in table["columns"]
        if isinstance(column, dict)
    )
