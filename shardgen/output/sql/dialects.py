"""Dialects, a file for each; a new one is a subclass of Dialect and a line in DIALECTS."""

from collections.abc import Iterable, Iterator

from shardgen.errors import Mistake, shown
from shardgen.output.sql.defaults import refused_default
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.postgres import Postgres
from shardgen.output.sql.sqlite import SQLite
from shardgen.schema.catalog import Catalog

DIALECTS: dict[str, Dialect] = {d.name: d for d in (Postgres(), MySQL(), SQLite())}


def unsupported_schema(catalog: Catalog, names: Iterable[str]) -> list[Mistake]:
    """Return what the databases of these names would refuse of a schema that is otherwise right."""
    return [
        mistake
        for name in dict.fromkeys(names)
        for mistake in (
            *DIALECTS[name].unsupported_schema(catalog),
            *_unsupported_defaults(catalog, DIALECTS[name]),
        )
    ]


def _unsupported_defaults(catalog: Catalog, dialect: Dialect) -> Iterator[Mistake]:
    for table in catalog.tables:
        for column in table.columns:
            default = column.default
            if default is None or refused_default(default, column.sql_type) is not None:
                continue
            unsupported = dialect.unsupported_default(table, column)
            if unsupported is not None:
                what, hint = unsupported
                yield Mistake(
                    f"{column.path}.default", f"the default {shown(default)} {what}", hint
                )


__all__ = ["DIALECTS", "Dialect", "MySQL", "Postgres", "SQLite", "unsupported_schema"]
