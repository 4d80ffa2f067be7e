"""Which columns of texts hold JSON, as conditions and computed columns read them so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.importing.described import Table

_READ = re.compile(
    r"\bjson_(?:extract|valid|value|query|type|each|tree|keys|length|array_length|contains)\s*"
    r"\(\s*([\"`\[]?)(\w+)[\"`\]]?\s*[,)]|(?<![\w.'])([\"`\[]?)(\w+)[\"`\]]?\s*->",
    re.IGNORECASE,
)


def json_columns(table: Table) -> set[str]:
    """Return the columns that functions of JSON read, by name as they are written."""
    known = {column.name.lower(): column.name for column in table.columns}
    read = {
        (match[2] or match[4]).lower()
        for text in _expressions(table)
        for match in _READ.finditer(text)
    }
    return {known[name] for name in read if name in known}


def _expressions(table: Table) -> Iterator[str]:
    yield from (check.expression for check in table.checks)
    for column in table.columns:
        if column.generated is not None:
            yield column.generated.expression
    for index in table.indexes:
        yield from (part.expression for part in index.parts if part.expression)
        yield index.where or ""
