"""SQLite: the file is opened to be read alone, beside a temporary database of the connection."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shardgen.errors import DatabaseError
from shardgen.execution.loading.database import Texts
from shardgen.execution.loading.sqlite import SECONDS_TO_WAIT, SQLiteDatabase, failing
from shardgen.execution.verifying.databases.looking import OfDialect
from shardgen.importing.comparing.differences import Differences
from shardgen.output.format import Format
from shardgen.output.sql.sqlite import SQLite
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

_ROW_NAMES = ("rowid", "_rowid_", "oid")
_MISSING = ("no such table", "no such column")


class SQLiteDoor:
    """See Door."""

    def __init__(self, database: SQLiteDatabase) -> None:
        """Look at a file."""
        self._database = database

    def format(self, plan: Plan) -> Format:
        """See Door."""
        return self._database.format(plan, Differences(), "fill")

    @contextlib.contextmanager
    def looking(self, source: Source) -> Iterator[SQLiteLooking]:
        """See Door."""
        path = self._database.path
        if not Path(path).is_file():
            raise DatabaseError(f"there is no file {path}")
        with failing(f"to open {path}"):
            connection = sqlite3.connect(
                f"file:{quote(path)}?mode=ro",
                uri=True,
                isolation_level=None,
                timeout=SECONDS_TO_WAIT,
            )
        with contextlib.closing(connection):
            connection.create_aggregate("shardgen_digests", 1, _Digests)  # type: ignore[arg-type]
            yield SQLiteLooking(connection, source)


class SQLiteLooking(OfDialect):
    """See Looking."""

    dialect = SQLite()

    def __init__(self, connection: sqlite3.Connection, source: Source) -> None:
        """Look at a file over a connection."""
        self._connection = connection
        self._catalog = source.plan.catalog.as_written

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """See Looking."""
        with failing("a look at the tables"):
            return self._connection.execute(query).fetchall()

    def succeeds(self, query: str) -> bool:
        """See Looking."""
        with failing("a look at the tables"):
            try:
                self._connection.execute(query)
            except sqlite3.OperationalError as error:
                if str(error).startswith(_MISSING):
                    return False
                raise
        return True

    def there(self, table: CatalogTable) -> str:
        """See Looking."""
        return f"main.{self.sql.table_name(table.name)}"

    def wanted(self, table: CatalogTable) -> str:
        """See Looking: of the same name, so that the INSERTs of a load go there."""
        return f"temp.{self.sql.table_name(table.name)}"

    def row(self, table: CatalogTable, of: str) -> str:
        """See Looking."""
        names = {column.name.lower() for column in table.columns}
        return f"{of}.{next(name for name in _ROW_NAMES if name not in names)}"

    def begin(self, table: CatalogTable) -> None:
        """See Looking."""
        rows = f"SELECT {self.dialect.names(table)} FROM {self.there(table)} LIMIT 0"
        with failing("a temporary table"):
            self._connection.execute(f"CREATE TABLE {self.wanted(table)} AS {rows}")

    def bring(self, shard: Shard, texts: Texts) -> None:
        """See Looking."""
        table = self._catalog.table(shard.table)
        empty = f"DELETE FROM {self.wanted(table)};\n".encode()
        script = b"".join((b"BEGIN;\n", empty, *map(bytes, texts(shard)), b"COMMIT"))
        with failing(f"rows of {shard.table} beside those that are there"):
            self._connection.executescript(script.decode())

    def end(self, table: CatalogTable) -> None:
        """See Looking."""
        with failing("the end of a temporary table"):
            self._connection.execute(f"DROP TABLE {self.wanted(table)}")

    def differs(self, column: CatalogColumn, one: str, other: str) -> str:
        """See Looking: as bytes; a number that is a text is another value."""
        del column
        return f"({one} COLLATE BINARY IS NOT {other} OR typeof({one}) <> typeof({other}))"

    def text(self, column: CatalogColumn, cell: str) -> str:
        """See Looking."""
        if column.sql_type.family == "bytes":
            return f"hex({cell})"
        return f"CAST({cell} AS TEXT)"

    def digests(self, row: str) -> str:
        """See Looking."""
        return f"shardgen_digests({row})"

    def row_text(self, columns: Iterable[CatalogColumn], of: str) -> str:
        """See Looking."""
        return " || ',' || ".join(f"quote({of}.{self.sql.quote(c.name)})" for c in columns)


class _Digests:
    """Adds up digests of texts."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, text: str) -> None:
        """Add the digest of one more."""
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        self._sum += int.from_bytes(digest, "big")

    def finalize(self) -> str:
        """Return the sum, which may be more than SQLite's own numbers hold."""
        return str(self._sum)
