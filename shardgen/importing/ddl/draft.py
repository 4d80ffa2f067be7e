"""A database while its statements are read: what is there so far, under which names."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.importing.ddl.columns import ColumnRead
from shardgen.importing.ddl.languages import Language
from shardgen.importing.ddl.parts import NotNull, Part, PrimaryKey
from shardgen.importing.ddl.tokens import Cursor, NotReadError, short, tokenise
from shardgen.importing.ddl.types import TypeRead
from shardgen.importing.described import (
    Check,
    Collation,
    Column,
    Composite,
    Domain,
    Enum,
    Exclusion,
    ForeignKey,
    Function,
    Index,
    Name,
    Table,
    Trigger,
    Unread,
)

_SYSTEM = ("pg_catalog", "pg_temp", "$user")
_LONGEST = 63  # bytes of a name in PostgreSQL


class Bound(msgspec.Struct, frozen=True):
    """A partition: the table that it is a part of, and what it takes."""

    parent: Name
    text: str


class Sequence(msgspec.Struct, frozen=True):
    """A sequence, and the column that owns it."""

    name: Name
    table: Name | None = None
    column: str = ""


class Draft:
    """
    What the statements so far have made.

    Everything is kept by its name in the one spelling that all of its spellings share. `functions`
    has the text of each that a trigger may run, `called` are all by their names and parameters, and
    `home` the schema that unqualified names mean, as described.Name has it.
    """

    def __init__(self, language: Language) -> None:
        """Begin with nothing."""
        self.language = language
        self.tables: dict[Name, Table] = {}
        self.partitions: dict[Name, Bound] = {}
        self.enums: dict[Name, Enum] = {}
        self.domains: dict[Name, Domain] = {}
        self.composites: dict[Name, Composite] = {}
        self.collations: dict[Name, Collation] = {}
        self.sequences: dict[Name, Sequence] = {}
        self.functions: dict[Name, str] = {}
        self.called: dict[tuple[Name, tuple[str, ...]], Function] = {}
        self.views: dict[Name, None] = {}
        self.virtual: dict[Name, None] = {}
        self.unread: list[Unread] = []
        self.passed: dict[str, int] = {}
        self.path: list[str] = [""]
        self._home: str | None = "public" if language.database == "postgres" else None
        if language.database == "sqlite":
            self._home = "main"

    # -- names

    def schema(self, name: str) -> str:
        """Return a schema as names have it: "" for the one that unqualified names mean."""
        if self._home is None:
            self._home = name  # the first database of a dump of MySQL
        return "" if self.language.same(name) == self.language.same(self._home) else name

    def use(self, *schemas: str) -> None:
        """Let unqualified names mean these, the first of them for what is made."""
        found = [self.schema(name) for name in schemas if name not in _SYSTEM]
        self.path = found or [""]

    def key(self, name: Name) -> Name:
        """Return what a thing is kept by."""
        return Name(self.language.same(name.schema), self.language.same(name.name))

    def made(self, path: tuple[str, ...]) -> Name:
        """Return the name of what a statement makes."""
        if not path:
            raise NotReadError("a name is missing before the point")
        if len(path) == 1:
            return Name(self.path[0], path[0])
        return Name(self.schema(path[-2]), path[-1])

    def found(self, path: tuple[str, ...], *among: dict[Name, Any]) -> Name:
        """Return the name of something that should be there; as if it were made where it is not."""
        if len(path) != 1:
            return self.made(path)
        for schema in self.path:
            name = Name(schema, path[0])
            if any(self.key(name) in kind for kind in among):
                return name
        return self.made(path)

    def table(self, path: tuple[str, ...]) -> Table:
        """Return a table that is there; NotReadError where it is not."""
        table = self.tables.get(self.key(self.found(path, self.tables)))
        if table is None:
            raise NotReadError(f"no table {'.'.join(path)} is there")
        return table

    def is_view(self, path: tuple[str, ...]) -> bool:
        """Return whether a view of that name is there."""
        return self.key(self.found(path, self.views)) in self.views

    def type_text(self, of_type: TypeRead) -> str:
        """Return a type as Column.type has it."""
        text = of_type.text
        if of_type.path:
            known = (self.enums, self.domains, self.composites)
            name = self.found(of_type.path, *known)
            is_own = any(self.key(name) in kind for kind in known)
            text = f"{name if is_own else Name('', name.name)}{text}"
        return f"{text}[]" if of_type.array else text

    # -- what is not read, or need not be

    def miss(self, cursor: Cursor, reason: str, text: str = "", table: Name | None = None) -> None:
        """Keep what could not be read; the text is that of the statement where none is given."""
        shown = short(text or cursor.statement.text)
        self.unread.append(
            Unread(where=f"line {cursor.line}", text=shown, reason=reason, table=table)
        )

    def skip(self, kind: str) -> None:
        """Count a statement that is known not to concern tables."""
        self.passed[kind] = self.passed.get(kind, 0) + 1

    # -- tables

    def put(self, table: Table) -> None:
        """Keep a table."""
        self.tables[self.key(table.name)] = table

    def change(self, name: Name, **fields: Any) -> None:
        """Change a table that is there."""
        key = self.key(name)
        self.tables[key] = msgspec.structs.replace(self.tables[key], **fields)

    def add_column(self, name: Name, read: ColumnRead) -> None:
        """Add a column to a table, with the constraints that stand within it."""
        table = self.tables[self.key(name)]
        column = msgspec.structs.replace(read.column, type=self.type_text(read.type))
        columns = list(table.columns)
        place = len(columns)
        if read.after is not None:
            place = 0 if not read.after else 1 + self.place(table, read.after)
        columns.insert(place, column)
        self.change(name, columns=tuple(columns))
        for part in read.parts:
            self.add_part(name, part)

    def place(self, table: Table, column: str) -> int:
        """Return where a column stands; NotReadError where there is none of that name."""
        same = self.language.same(column)
        for place, known in enumerate(table.columns):
            if self.language.same(known.name) == same:
                return place
        raise NotReadError(f"{table.name} has no column {column}")

    def column(self, table: Table, column: str) -> Column:
        """Return a column; NotReadError where there is none of that name."""
        return table.columns[self.place(table, column)]

    def change_column(self, name: Name, column: str, **fields: Any) -> None:
        """Change a column of a table."""
        table = self.tables[self.key(name)]
        place = self.place(table, column)
        changed = msgspec.structs.replace(table.columns[place], **fields)
        self.change(name, columns=(*table.columns[:place], changed, *table.columns[place + 1 :]))

    def add_part(self, name: Name, part: Part) -> None:
        """Add a constraint or an index to a table, and name it as the database does."""
        table = self.tables[self.key(name)]
        part = self._spelled(table, part)
        match part:
            case NotNull():
                self.change_column(name, part.column, nullable=False)
            case PrimaryKey():
                self._set_primary_key(table, part)
            case Index() if self._is_double(table, part):
                pass
            case Index():
                given = part.name or self._index_name(table, part)
                part = msgspec.structs.replace(part, name=given)
                self.change(name, indexes=(*table.indexes, part))
            case ForeignKey():
                given = part.name or self._key_name(table, part)
                parent = self._parent(part.table)
                part = msgspec.structs.replace(part, name=given, table=parent)
                self.change(name, foreign_keys=(*table.foreign_keys, part))
            case Check():
                given = part.name or self._check_name(table, part)
                part = msgspec.structs.replace(part, name=given)
                self.change(name, checks=(*table.checks, part))
            case Exclusion():
                columns = tuple(element for element, _ in part.elements)
                given = part.name or self._free(table, columns, "excl")
                part = msgspec.structs.replace(part, name=given)
                self.change(name, exclusions=(*table.exclusions, part))

    def _parent(self, written: Name) -> Name:
        path = (written.schema, written.name) if written.schema else (written.name,)
        return self.found(path, self.tables)

    def _spelled(self, table: Table, part: Part) -> Part:
        """Return a part with its columns spelled as the table spells them."""
        if isinstance(part, PrimaryKey | ForeignKey):
            return msgspec.structs.replace(part, columns=self.spelled(table, part.columns))
        if isinstance(part, Index):
            parts = tuple(
                msgspec.structs.replace(key, column=self.spelled(table, (key.column,))[0])
                if key.column
                else key
                for key in part.parts
            )
            return msgspec.structs.replace(part, parts=parts)
        return part

    def spelled(self, table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Return columns as the table spells them; NotReadError where it has none of that name."""
        return tuple(self.column(table, column).name for column in columns)

    def _set_primary_key(self, table: Table, part: PrimaryKey) -> None:
        if table.primary_key:
            raise NotReadError(f"{table.name} has a primary key already")
        names = {"mysql": "PRIMARY", "sqlite": part.name}
        name = names.get(self.language.database) or part.name
        if not name and self.language.database == "postgres":
            name = fitted(table.name.name, "pkey")
        self.change(table.name, primary_key=part.columns, primary_key_name=name)
        if self.language.database != "sqlite":
            for named in part.columns:
                self.change_column(table.name, named, nullable=False)
        elif len(part.columns) == 1 and not part.falls:
            column = self.column(table, part.columns[0])
            if column.type.upper() == "INTEGER" and "WITHOUT ROWID" not in table.options:
                self.change_column(table.name, column.name, counts=True, nullable=False)

    # -- expressions

    def reads(self, expression: str, column: str) -> bool:
        """Return whether an expression names a column."""
        return self.renamed(expression, column, f"{column}_") != expression

    def renamed(self, expression: str, old: str, new: str) -> str:
        """Return an expression with a column under another name."""
        parts = []
        end = 0
        for token in tokenise(expression, self.language):
            name = self.language.fold(token.text) if token.kind == "word" else ""
            if token.kind == "name":
                name = self.language.unquoted(token.text)
            if name and self.language.same(name) == self.language.same(old):
                quote = token.text[0] if token.kind == "name" else ""
                close = "]" if quote == "[" else quote
                parts += [expression[end : token.start], f"{quote}{new}{close}"]
                end = token.end
        return "".join([*parts, expression[end:]])

    # -- names that the database gives

    def _is_double(self, table: Table, index: Index) -> bool:
        """Return whether SQLite has a constraint already, and makes no second of it."""
        if self.language.database != "sqlite" or not index.constraint:
            return False
        same = {known.columns for known in table.indexes if known.constraint}
        return index.columns in same or index.columns == table.primary_key

    def _index_name(self, table: Table, index: Index) -> str:
        columns = tuple(part.column or _called(part.expression) for part in index.parts)
        if self.language.database == "postgres":
            return self._free(table, columns, "key" if index.constraint else "idx")
        if self.language.database == "sqlite":
            counts = any(column.counts for column in table.columns)
            made = sum(known.constraint for known in table.indexes)
            number = 1 + made + (bool(table.primary_key) and not counts)
            return f"sqlite_autoindex_{table.name.name}_{number}"
        taken = {known.name.lower() for known in table.indexes} | {"primary"}
        name = index.parts[0].column or "functional_index"
        count = 2
        while (free := name if count == 2 else f"{name}_{count - 1}").lower() in taken:
            count += 1
        return free

    def _key_name(self, table: Table, key: ForeignKey) -> str:
        if self.language.database == "postgres":
            return self._free(table, key.columns, "fkey")
        if self.language.database == "sqlite":
            return ""
        start = f"{table.name.name}_ibfk_"
        numbers = [
            int(known.name[len(start) :])
            for known in table.foreign_keys
            if known.name.startswith(start) and known.name[len(start) :].isdecimal()
        ]
        return f"{start}{max(numbers, default=0) + 1}"

    def _check_name(self, table: Table, check: Check) -> str:
        if self.language.database == "sqlite":
            return ""
        if self.language.database == "mysql":
            number = sum(known.name.startswith("CONSTRAINT_") for known in table.checks) + 1
            return f"CONSTRAINT_{number}"
        named = {column.name for column in table.columns}
        found = {
            self.language.fold(word.strip('"')) if word[0] != '"' else word.strip('"')
            for word in _words(check.expression, self.language)
        } & named
        return self._free(table, tuple(found) if len(found) == 1 else (), "check")

    def _free(self, table: Table, columns: tuple[str, ...], label: str) -> str:
        """Return a name as PostgreSQL chooses it, with a number where it is taken."""
        taken = {table.primary_key_name}
        for kind in (table.indexes, table.foreign_keys, table.checks, table.exclusions):
            taken |= {part.name for part in kind}
        count = 0
        base = [table.name.name, *columns]
        while (name := fitted("_".join(base), f"{label}{count or ''}", table.name.name)) in taken:
            count += 1
        return name

    def add_trigger(self, name: Name, trigger: Trigger) -> None:
        """Add a trigger to a table; one of the same name is replaced."""
        table = self.tables[self.key(name)]
        others = [known for known in table.triggers if known.name != trigger.name]
        self.change(name, triggers=(*others, trigger))


_CALL = re.compile(r"(?:\w+\.)?(\w+)\s*\(.*\)", re.DOTALL)


def _called(expression: str) -> str:
    """Return what PostgreSQL calls an expression in the name of an index."""
    call = _CALL.fullmatch(expression)
    return call[1] if call else "expr"


def _words(text: str, language: Language) -> list[str]:
    return [token.text for token in tokenise(text, language) if token.kind in ("word", "name")]


def fitted(start: str, label: str, table: str = "") -> str:
    """
    Return a name of PostgreSQL's own: `orders_customer_id` and `fkey`, within its length.

    The longer of table and columns is cut first, by bytes; see makeObjectName of PostgreSQL.
    """
    first = table or start
    second = start[len(table) + 1 :] if table else ""
    room = _LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    one, two = first.encode(), second.encode()
    longer = len(one) + len(two) - room
    while longer > 0:
        if len(one) > len(two):
            one = one[:-1]
        else:
            two = two[:-1]
        longer -= 1
    names = [one.decode(errors="ignore"), *([two.decode(errors="ignore")] if second else []), label]
    return "_".join(names)
