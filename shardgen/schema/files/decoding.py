"""The bytes of a schema file in any of its formats → one decoded object, and the lines in it."""

from __future__ import annotations

from typing import Any, Literal, assert_never

from shardgen.errors import Mistake, shown
from shardgen.schema.files.json_file import decode_json, marked_json, repeated_keys
from shardgen.schema.files.marked import MAX_DEPTH, Marked, too_deep, unusable, walk

FileFormat = Literal["json", "yaml", "toml"]

ENDINGS: dict[str, FileFormat] = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
}
"""The format of a file by its ending; JSON where it has another one."""


def format_of(file_name: str) -> FileFormat:
    """Return the format of a file by its name."""
    _, dot, ending = file_name.lower().rpartition(".")
    return ENDINGS.get(dot + ending, "json")


def decode_file(data: bytes, form: FileFormat, name: str) -> tuple[dict[str, Any], list[Mistake]]:
    """Return the object that a file holds, and what is wrong with how it is written."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise unusable("the file is empty", name, "`shardgen init` writes one to start from")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8 text"
        raise unusable(what, name, f"a schema is a {form.upper()} file in UTF-8") from None
    raw, mistakes = _decode(data, text, form, name)
    if not isinstance(raw, dict):
        kind = "a JSON object" if form == "json" else "an object"
        raise unusable(f"the file holds {shown(raw)}, not {kind}", name)
    if depth_of(raw) > MAX_DEPTH:
        raise too_deep(name, form.upper())
    if form == "json":
        mistakes = repeated_keys(data, raw)
    return raw, mistakes


def _decode(data: bytes, text: str, form: FileFormat, name: str) -> tuple[Any, list[Mistake]]:
    if form == "json":
        return decode_json(data, name), []
    if form == "toml":
        from shardgen.schema.files.toml_file import decode_toml

        return decode_toml(text, name), []
    if form == "yaml":
        from shardgen.schema.files.yaml_file import marked_yaml

        marked = marked_yaml(text, name)
        return marked.plain(), [*marked.faults()]
    assert_never(form)


def lines_by_path(data: bytes, form: FileFormat) -> dict[str, int]:
    """Return the line of everything in a file that `decode_file` reads, by its path."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    return {path: marked.line for path, marked in walk(_marked(text, form))}


def _marked(text: str, form: FileFormat) -> Marked:
    if form == "json":
        return marked_json(text)
    if form == "toml":
        from shardgen.schema.files.toml_file import marked_toml

        return marked_toml(text)
    if form == "yaml":
        from shardgen.schema.files.yaml_file import marked_yaml

        return marked_yaml(text, "")
    assert_never(form)


def depth_of(value: Any) -> int:
    """Return how many objects and lists stand in each other."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        depth += 1
    return depth
