"""docs/limits.md, from the limits of the dialects: each number, where it is from, what happens."""

from __future__ import annotations

import inspect
import re

from shardgen.output.sql import limits
from shardgen.output.sql.dialects import DIALECTS

LIMITS = {
    "name_bytes": ("bytes of a name", "refused"),
    "name_letters": ("letters of a name", "refused: no name has more than 63 bytes"),
    "file_name_bytes": ("bytes of a table's name as that of a file", "refused"),
    "columns": ("columns of a table", "refused"),
    "row_bytes": ("bytes of a row", "refused, where one may have more"),
    "page_row_bytes": ("bytes of a row in its page", "refused, where one may have more"),
    "text_bytes": ("bytes of a `text`", "a mediumtext or longtext"),
    "indexes": ("indexes of a table, keys included", "refused"),
    "index_columns": ("columns of a key or an index", "refused"),
    "index_bytes": (
        "bytes of an entry of an index",
        "refused; MySQL indexes the start of texts",
    ),
    "summary_bytes": ("bytes of an entry of a brin index", "refused, where values may have more"),
    "words_bytes": ("bytes of an entry of a full-text index", "refused, where texts may have more"),
    "definition_bytes": ("bytes of the names and labels of a table", "refused"),
    "enums": ("enums of different labels in a table", "refused"),
    "statement_bytes": ("bytes of a statement", "a row that alone has more is refused"),
    "expression_depth": ("operators in one another", "carriage returns are written without any"),
}
"""What each limit is, and what shardgen does about it."""

_LINE = re.compile(r"^    (\w+)=([\d_]+),  # (.+)$", re.MULTILINE)
_START = """# Limits of the databases

A schema is refused where a database would not take what shardgen makes of it, and the message has
both numbers. Bounds are proven, not sampled: a text counts with the longest one that its generator
can yield. Numbers come from manuals and from the databases' code, and were tried: for most of them
[a test](../tests/databases/test_limits.py) loads a table that is at the limit, and
[another](../tests/output/sql/test_limits.py) has a table beyond it refused. Tried were MariaDB
10.11, PostgreSQL 15 and SQLite 3.40. MySQL 8 was not: what is said of it alone is from its manual
and its code. Where it counts in another way than MariaDB, the smaller number holds.

An INSERT has as many rows as `--rows-per-statement` says, and no more than fit into
{statement_bytes:,} bytes. So it fits the packets of servers with a `max_allowed_packet` of 1 MiB.
Where it ends depends on the rows alone, not on workers or shards.

Names that a schema does not give are the database's own, such as `orders_pkey` or `orders_ibfk_1`.
Where such a name would be too long, or that of a table or index that comes later, the dump has a
name that begins alike and ends in eight digits of a hash.

Refused are also names that a database keeps for itself: tables that begin with `pg_` (PostgreSQL
finds its catalog first), `sqlite_` or `#mysql50#`; the columns `ctid`, `xmin`, `xmax`, `cmin`,
`cmax` and `tableoid` of PostgreSQL; the columns `DB_ROW_ID`, `DB_TRX_ID`, `DB_ROLL_PTR` and
`FTS_DOC_ID`, and the indexes `PRIMARY`, `GEN_CLUST_INDEX` and `FTS_DOC_ID_INDEX`, of InnoDB.
"""


def page() -> str:
    """Return the whole page."""
    parts = [_START.format(statement_bytes=limits.STATEMENT_BYTES)]
    parts += (_table(name) for name in DIALECTS)
    return "\n".join(parts)


def _table(dialect: str) -> str:
    title = DIALECTS[dialect].title
    lines = [
        f"## {title}\n",
        "| | at most | beyond it | where the number is from |",
        "|---|---|---|---|",
    ]
    for name, most, source in _numbers(dialect):
        what, then = LIMITS[name]
        lines.append(f"| {what} | {most:,} | {then} | {source} |")
    return "\n".join(lines) + "\n"


def _numbers(dialect: str) -> list[tuple[str, int, str]]:
    """Return each limit of a dialect: its name, the number, and the comment beside it."""
    text = inspect.getsource(limits)
    begin = text.index(f"{dialect.upper()}_LIMITS = ")
    found = _LINE.findall(text[begin : text.index("\n)\n", begin) + 1])
    return [(name, int(most.replace("_", "")), source) for name, most, source in found]
