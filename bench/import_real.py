"""
Real schemas, imported and filled: what of them loads with every constraint on.

    python bench/import_real.py FOLDER [--rows N] [--from-file] [--no-triggers] [NAME …]

FOLDER has a folder for each schema, with `schema.sql` and a file `dialect` (postgres, mysql or
sqlite). Each is made in a scratch database of its own, imported, generated at N rows a table, and
loaded with --no-ddl. A line for each says how many tables have the rows that were planned; the first
refusals stand below it. PostgreSQL and MariaDB are those of the local machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import shardgen
from shardgen.importing.described import Database
from shardgen.importing.filtering import Filters
from shardgen.importing.imported import Imported, Sizes, import_schema
from shardgen.importing.sources import described
from shardgen.importing.writing import head_of, imported_text

NAME = f"shardgen_import_real_{os.getpid()}"
POSTGRES = ["-h", "127.0.0.1", "-U", "postgres"]
MARIADB = ["-h", "127.0.0.1", "-u", "root"]


class Scratch:
    """A scratch database of a dialect."""

    def __init__(self, dialect: str, folder: Path) -> None:
        self.dialect = dialect
        self.path = folder / "scratch.db"
        self.url = {
            "postgres": f"postgresql://postgres@127.0.0.1/{NAME}",
            "mysql": f"mysql://root@127.0.0.1/{NAME}",
            "sqlite": f"sqlite:///{self.path}",
        }[dialect]

    def create(self, ddl: Path) -> str:
        """Make the database anew without rows, and return what its client refused of the DDL."""
        self.drop()
        ddl = _without_databases(ddl, self.path.with_name("schema.sql"))
        refused = self._made(ddl)
        self._empty()
        return refused

    def _made(self, ddl: Path) -> str:
        if self.dialect == "postgres":
            _run(["createdb", *POSTGRES, NAME])
            return _run(["psql", *POSTGRES, "-X", "-q", "-d", NAME, "-f", str(ddl)])
        if self.dialect == "mysql":
            _run(["mariadb", *MARIADB, "-e", f"CREATE DATABASE {NAME}"])
            return _run(["mariadb", *MARIADB, "--force", NAME], ddl)
        return _run(["sqlite3", str(self.path)], ddl)

    def _empty(self) -> None:
        """Take away rows that the DDL brought."""
        if self.dialect == "postgres":
            self._rows(
                "DO $$ DECLARE t record; BEGIN SET session_replication_role = replica; FOR t IN "
                "SELECT oid::regclass AS name FROM pg_class WHERE relkind IN ('r', 'p') AND "
                "relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::"
                "regnamespace) LOOP BEGIN EXECUTE format('DELETE FROM %s', t.name); "
                "EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$"
            )
        elif self.dialect == "mysql":
            names = self._rows("SELECT table_name FROM information_schema.tables WHERE "
                               f"table_schema = '{NAME}' AND table_type = 'BASE TABLE'")  # fmt: skip
            for (name,) in names:
                sql = f"SET foreign_key_checks = 0; TRUNCATE TABLE `{name}`"
                _run(["mariadb", *MARIADB, NAME, "-e", sql])
        else:
            names = self._rows("SELECT name FROM pragma_table_list WHERE type = 'table' AND "
                               "schema = 'main'")  # fmt: skip
            for (name,) in names:
                _run(["sqlite3", str(self.path), f'DELETE FROM "{name}"'])

    def drop(self) -> None:
        """Remove it."""
        if self.dialect == "postgres":
            _run(["dropdb", *POSTGRES, "--if-exists", "--force", NAME])
        elif self.dialect == "mysql":
            _run(["mariadb", *MARIADB, "-e", f"DROP DATABASE IF EXISTS {NAME}"])
        else:
            self.path.unlink(missing_ok=True)

    def load(self, dump: Path) -> str:
        """Run a dump, and where it is refused statement by statement; return what was refused."""
        if not (refused := self._run(dump)):
            return ""
        self._empty()
        statements_alone(dump, self.dialect)
        return self._run(dump) or refused

    def _run(self, dump: Path) -> str:
        if self.dialect == "postgres":
            return _run(["psql", *POSTGRES, "-X", "-q", "-d", NAME, "-f", str(dump)])
        if self.dialect == "mysql":
            return _run(["mariadb", *MARIADB, "--force", NAME], dump)
        return _run(["sqlite3", str(self.path)], dump)

    def _counted(self, sql: str) -> dict[str, int]:
        """Return what a query counts; nothing where a table of it could not be made from the DDL."""
        try:
            return {name: int(count) for name, count in self._rows(sql)}
        except (subprocess.CalledProcessError, sqlite3.OperationalError):
            return {}

    def counts(self, tables: list[str]) -> dict[str, int]:
        """Return the rows that tables have."""
        quote = "`" if self.dialect == "mysql" else '"'
        texts = [
            f"SELECT '{name.replace(chr(39), chr(39) * 2)}', count(*) FROM "
            + ".".join(f"{quote}{part}{quote}" for part in name.split("."))
            for name in tables
        ]
        if self.dialect == "postgres":  # without the rows of tables that inherit from one
            cut = "SELECT oid::regclass FROM pg_class WHERE relkind = 'p'"
            partitioned = {row[0].replace('"', "") for row in self._rows(cut)}
            texts = [
                text if name in partitioned else text.replace(" FROM ", " FROM ONLY ", 1)
                for name, text in zip(tables, texts, strict=True)
            ]
        found: dict[str, int] = {}
        for start in range(0, len(texts), 50):
            chunk = texts[start : start + 50]
            found |= self._counted(" UNION ALL ".join(chunk)) or {
                name: count for text in chunk for name, count in self._counted(text).items()
            }
        return found

    def _rows(self, sql: str) -> list[list[str]]:
        if self.dialect == "sqlite":
            with sqlite3.connect(self.path) as connection:
                return [list(map(str, row)) for row in connection.execute(sql)]
        command = (
            ["psql", *POSTGRES, "-X", "-A", "-t", "-F", "\t", "-d", NAME, "-c", sql]
            if self.dialect == "postgres"
            else ["mariadb", *MARIADB, "-N", "-B", NAME, "-e", sql]
        )
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [line.split("\t") for line in out.splitlines() if line]


def _run(command: list[str], stdin: Path | None = None) -> str:
    """Run a client and return what it says on standard error."""
    with (stdin or Path("/dev/null")).open("rb") as source:
        done = subprocess.run(command, stdin=source, capture_output=True, check=False)
    return done.stderr.decode(errors="replace")


_OF_DATABASES = re.compile(
    rb"^\s*(?:CREATE DATABASE|DROP DATABASE|CREATE SCHEMA IF NOT EXISTS `?\w+`? DEFAULT|USE "
    rb"|CREATE SCHEMA sakila|DROP SCHEMA IF EXISTS sakila)[^;*]*;?[ \t]*$"
    rb"|^\\c(?:onnect)? .*$|^(?:CREATE|DROP) DATABASE[^;*]*;",
    re.MULTILINE | re.IGNORECASE,
)


def _without_databases(ddl: Path, target: Path) -> Path:
    """Write DDL without the statements that make and choose databases."""
    target.write_bytes(_OF_DATABASES.sub(b"", ddl.read_bytes()))
    return target


def statements_alone(dump: Path, dialect: str) -> None:
    """
    Take away what ends a load at its first refusal, so that it does not hide the tables after it.

    psql keeps the transaction, and goes back to before each statement that is refused.
    """
    text = dump.read_text("utf-8")
    if dialect == "postgres":
        text = text.replace("\\set ON_ERROR_STOP on", "\\set ON_ERROR_ROLLBACK on")
        dump.write_text("\\set ON_ERROR_ROLLBACK on\n" + text, "utf-8")
        return
    text = re.sub(r"^(BEGIN|COMMIT|START TRANSACTION);$", "", text, flags=re.MULTILINE)
    text = text.replace(".bail on", "")
    dump.write_text(text, "utf-8")


def measure(
    folder: Path, rows: int, *, from_file: bool, keep: Path | None, triggers: bool
) -> tuple[int, int, int]:
    """Print a line for a schema; return its tables, those that loaded, and those without rows."""
    dialect = (folder / "dialect").read_text().strip()
    with tempfile.TemporaryDirectory() as work:
        scratch = Scratch(dialect, Path(work))
        try:
            scratch.create(folder / "schema.sql")
            start = time.process_time()
            source = str(folder / "schema.sql") if from_file else scratch.url
            database: Database = described(
                source,
                Filters(),
                dialect=dialect if from_file else None,  # type: ignore[arg-type]
            )
            imported: Imported = import_schema(database, Sizes(rows=rows))
            seconds = time.process_time() - start
            text = imported_text(imported.schema, imported.notes, head_of(database), "yaml", "x")
            path = Path(work) / "schema.yaml"
            path.write_text(text, "utf-8")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, keep / f"{folder.name}.yaml")
            dump = Path(work) / "dump.sql"
            on = triggers or dialect != "postgres"
            shardgen.run(path, dump, workers=1, ddl=False, rows_per_statement=1000, triggers=on)
            refused = scratch.load(dump)
            planned = {t.name: t.record_count for t in imported.schema.tables}
            found = scratch.counts(list(planned))
        finally:
            scratch.drop()
    # A trigger may write more rows, and fill a table that the schema leaves to it.
    good = [n for n, count in planned.items() if found.get(n, -1) >= count or not count]
    empty = [name for name in good if not planned[name]]
    missing = len(database.tables) - len(planned)
    print(
        f"{folder.name:22} {dialect:8} tables {len(database.tables):4}  loaded {len(good):4}  "
        f"of them empty {len(empty):3}  left out {missing:3}  unread {len(database.unread):3}  "
        f"{seconds:6.1f} s",
        flush=True,
    )
    wrong = [name for name in planned if name not in good]
    if wrong:
        print(f"    not as planned: {', '.join(wrong[:12])}")
        lines = [line for line in refused.splitlines() if "ERROR" in line or "rror" in line]
        print("".join(f"    {line[:220]}\n" for line in lines[:6]), end="")
    return len(database.tables), len(good) - len(empty), len(empty) + missing


def main() -> None:
    """Measure the schemas of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--from-file", action="store_true")
    parser.add_argument("--keep", type=Path, help="A folder for the schemas that were written.")
    parser.add_argument("--no-triggers", action="store_true", help="PostgreSQL's are off.")
    options = parser.parse_args()
    totals = [0, 0, 0]
    whole = schemas = 0
    for folder in sorted(path.parent for path in options.folder.glob("*/schema.sql")):
        if options.names and folder.name not in options.names:
            continue
        schemas += 1
        try:
            one = measure(
                folder,
                options.rows,
                from_file=options.from_file,
                keep=options.keep,
                triggers=not options.no_triggers,
            )
        except (shardgen.ShardgenError, subprocess.CalledProcessError, OSError) as error:
            print(f"{folder.name:22} failed: {str(error)[:600]}", flush=True)
            continue
        whole += one[0] == one[1]
        totals = [a + b for a, b in zip(totals, one, strict=True)]
    print(f"{schemas} schemas, {whole} whole; tables {totals[0]}, with all rows {totals[1]}, "
          f"without rows {totals[2]}", file=sys.stderr)  # fmt: skip


if __name__ == "__main__":
    main()
