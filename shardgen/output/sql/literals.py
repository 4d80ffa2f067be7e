"""How one database writes names, values and rows: what stands between quotes, and the quotes."""

from __future__ import annotations

from typing import ClassVar, Literal

from shardgen.output.sql.defaults import is_computed
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.list_fields import JSON_LISTS, ListSyntax
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.schema.qualified_names import split_name
from shardgen.schema.types import ColumnType
from shardgen.tables.text_proofs import storable

Style = Literal["insert", "copy"]
"""How rows are written: in INSERT statements, or as lines for COPY or LOAD DATA."""


class Literals:
    """Names and values as text of SQL: all methods are pure."""

    name_quote: ClassVar[str] = '"'
    """What stands around an identifier, and is doubled within it."""
    new_uuid: ClassVar[str | None] = None
    """The expression for a default of a new UUID, where there is one."""
    bytes_quotes: ClassVar[tuple[str, str]] = ("x'", "'")
    """What stands around the hexadecimal digits of bytes."""
    bits_quotes: ClassVar[tuple[str, str] | None] = ("b'", "'")
    """What stands around bits; None where they are text."""
    lists: ClassVar[ListSyntax] = JSON_LISTS
    """How arrays are written, within quotes."""

    def quote(self, name: str) -> str:
        """Return `name` as an identifier, whatever is in it but a NUL."""
        mark = self.name_quote
        return mark + storable(name).replace(mark, mark * 2) + mark

    def table_name(self, name: str) -> str:
        """Return the name of a table as an identifier, with that of its schema."""
        schema, own = split_name(name)
        return f"{self.quote(schema)}.{self.quote(own)}" if schema else self.quote(own)

    def escape(self, text: str) -> str:
        """Return `text` as it stands between the quotes of a string literal."""
        return text.replace("'", "''")

    def string(self, text: str) -> str:
        """Return `text` as a string literal, whatever is in it but a NUL."""
        return f"'{self.escape(storable(text))}'"

    def comment(self, text: str) -> str:
        """
        Return `text` as a comment of one line, whatever is in it but a NUL.

        It ends with its line, and clients differ in what ends one: so all space is a space.
        """
        return f"-- {' '.join(storable(text).split())}"

    def notation(self, form: Style) -> LiteralSyntax:
        """Return how values and rows are written."""
        assert form == "insert", "dialects that copy have a notation of their own for it"
        true, false = self.booleans()
        return LiteralSyntax(
            *("NULL", true, false, "'", self.escape, ",", "),\n("),
            bytes_quotes=self.bytes_quotes,
            bits_quotes=self.bits_quotes,
            lists=self.lists,
        )

    def booleans(self) -> tuple[str, str]:
        """Return the literals for true and false."""
        return "1", "0"

    def default(self, column: CatalogColumn) -> str | None:
        """
        Return a column's default as SQL, None where it has none.

        Functions that databases name differently are known: the current time or date as the default
        of a date or timestamp, a new UUID as that of a uuid. "NULL" means that there is no default.
        Everything else is a value.
        """
        value, family = column.default, column.sql_type.family
        if family == "boolean":
            return self.booleans()[0 if _is_true(value) else 1]
        if family in ("bytes", "bits") and str(value).upper() != "NULL":
            quotes = self.bytes_quotes if family == "bytes" else self.bits_quotes
            if column.sql_type.name == "varbit":
                quotes = None
            before, after = quotes or ("'", "'")
            digits = str(int(value)) if isinstance(value, bool) else str(value)
            return before + digits + after
        if family == "array" and isinstance(value, str) and value.upper() != "NULL":
            from shardgen.output.sql.array_defaults import read_array, written_array

            elements = read_array(value)
            assert elements is not None, "a default that is no array is refused"
            return self.string(written_array(elements, column.sql_type, self.lists))
        if isinstance(value, str):
            return self._written_default(value, column.sql_type)
        if family in ("integer", "decimal", "float"):
            return str(value)
        import json

        return self.string(json.dumps(value))

    def _written_default(self, value: str, kind: ColumnType) -> str | None:
        if value.upper() == "NULL":
            return None
        if not is_computed(value, kind):
            return self.string(value)
        if kind.family == "uuid":
            return self.new_uuid
        return "(CURRENT_DATE)" if kind.family == "date" else "CURRENT_TIMESTAMP"


def _is_true(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in ("true", "t", "yes", "y", "on", "1")
    return bool(value)
