"""A decoded schema → the text of a file in JSON, YAML or TOML."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from shardgen.errors import SchemaError
from shardgen.schema.files.decoding import FileFormat
from shardgen.schema.spellings.shortening import long_form, short_form


def file_text(raw: dict[str, Any], form: FileFormat, name: str) -> str:
    """
    Return what a file of a format holds for a decoded schema, in any spelling.

    JSON has the long form, YAML and TOML the short one; each is read as the same schema.
    SchemaError for what the format cannot hold, and for short columns that cannot be read.
    """
    made, mistakes = long_form(raw)
    if mistakes:
        raise SchemaError(mistakes, name)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
    if form == "yaml":
        from shardgen.schema.files.yaml_text import yaml_text

        return yaml_text(short_form(made))
    if form == "toml":
        from shardgen.schema.files.toml_text import toml_text, without_nulls

        kept, mistakes = without_nulls(made)
        if mistakes:
            raise SchemaError(mistakes, name)
        return toml_text(short_form(kept))
    assert_never(form)
