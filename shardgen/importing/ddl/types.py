"""The types of columns, read and written as the database's catalog writes them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shardgen.importing.ddl.tokens import Cursor, NotReadError

_POSTGRES = {
    "INT": "integer",
    "INT4": "integer",
    "INTEGER": "integer",
    "INT2": "smallint",
    "INT8": "bigint",
    "BOOL": "boolean",
    "FLOAT4": "real",
    "FLOAT8": "double precision",
    "DOUBLE PRECISION": "double precision",
    "DEC": "numeric",
    "DECIMAL": "numeric",
    "VARCHAR": "character varying",
    "CHARACTER VARYING": "character varying",
    "CHAR VARYING": "character varying",
    "NCHAR VARYING": "character varying",
    "NATIONAL CHARACTER VARYING": "character varying",
    "NATIONAL CHAR VARYING": "character varying",
    "CHAR": "character",
    "NCHAR": "character",
    "NATIONAL CHARACTER": "character",
    "NATIONAL CHAR": "character",
    "BPCHAR": "bpchar",
    "VARBIT": "bit varying",
    "BIT VARYING": "bit varying",
    "TIMESTAMPTZ": "timestamp with time zone",
    "TIMETZ": "time with time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIME": "time without time zone",
}
_SERIAL = {
    "SERIAL": "integer",
    "SERIAL4": "integer",
    "BIGSERIAL": "bigint",
    "SERIAL8": "bigint",
    "SMALLSERIAL": "smallint",
    "SERIAL2": "smallint",
}
_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_PHRASES = sorted(
    (
        *(name for name in _POSTGRES if " " in name),
        "DOUBLE PRECISION",
        "LONG VARCHAR",
        "LONG VARBINARY",
        "CHAR BYTE",
        "CHARACTER BYTE",
        "NATIONAL VARCHAR",
        "NATIONAL VARCHARACTER",
    ),
    key=lambda phrase: -phrase.count(" "),
)
_FIRST_WORDS = {phrase.split()[0] for phrase in _PHRASES}
_MYSQL = {
    "INTEGER": "int",
    "INT1": "tinyint",
    "INT2": "smallint",
    "INT3": "mediumint",
    "MIDDLEINT": "mediumint",
    "INT4": "int",
    "INT8": "bigint",
    "BOOL": "tinyint",
    "BOOLEAN": "tinyint",
    "DEC": "decimal",
    "NUMERIC": "decimal",
    "FIXED": "decimal",
    "NUMBER": "decimal",
    "DOUBLE PRECISION": "double",
    "REAL": "double",
    "FLOAT4": "float",
    "FLOAT8": "double",
    "CHARACTER": "char",
    "NCHAR": "char",
    "NATIONAL CHAR": "char",
    "NATIONAL CHARACTER": "char",
    "CHARACTER VARYING": "varchar",
    "CHAR VARYING": "varchar",
    "VARCHARACTER": "varchar",
    "NVARCHAR": "varchar",
    "NATIONAL VARCHAR": "varchar",
    "NATIONAL VARCHARACTER": "varchar",
    "NATIONAL CHARACTER VARYING": "varchar",
    "NATIONAL CHAR VARYING": "varchar",
    "NCHAR VARYING": "varchar",
    "VARCHAR2": "varchar",
    "LONG": "mediumtext",
    "LONG VARCHAR": "mediumtext",
    "LONG VARBINARY": "mediumblob",
    "RAW": "varbinary",
    "CLOB": "longtext",
    "CHAR BYTE": "binary",
    "CHARACTER BYTE": "binary",
}
_LENGTHS = {"char": "1", "binary": "1", "bit": "1", "decimal": "10,0", "year": "4"}
_BY_LENGTH = ((255, "tiny"), (65_535, ""), (16_777_215, "medium"))


class TypeRead(msgspec.Struct, frozen=True, kw_only=True):
    """
    A type as the catalog writes it.

    `path` is the name of one that no database has of itself, "" stands for the type then; `array`
    says that it is one of many. `counts` says that the type is serial, `charset` what MySQL has
    behind it.
    """

    text: str
    path: tuple[str, ...] = ()
    array: bool = False
    counts: bool = False
    charset: str | None = None
    binary: bool = False


def read_type(cursor: Cursor) -> TypeRead:
    """Read a type."""
    return _READERS[cursor.language.database](cursor)


def _word(cursor: Cursor) -> str:
    """Read the words of a type's name, in upper case."""
    found = cursor.takes(*_PHRASES) if cursor.key() in _FIRST_WORDS else ""
    return found or cursor.next().key


def _arguments(cursor: Cursor) -> str:
    """Read what a type has in parentheses, without spaces; "" where there is nothing."""
    if cursor.key() != "(":
        return ""
    parts = cursor.enclosed().by_commas()
    return ",".join(part.rest() for part in parts)


def _postgres(cursor: Cursor) -> TypeRead:
    cursor.takes("SETOF")
    cursor.takes("PG_CATALOG .")
    token = cursor.token()
    plain = token.kind == "word" and cursor.key(1) != "."
    if not plain:
        path = cursor.path()
        arguments = _arguments(cursor)
        if token.text == '"char"':
            return TypeRead(text='"char"', array=_is_array(cursor))
        text = f"({arguments})" if arguments else ""
        return TypeRead(text=text, path=path, array=_is_array(cursor))
    word = _word(cursor)
    if word in _SERIAL:
        return TypeRead(text=_SERIAL[word], counts=True)
    own = _postgres_text(cursor, word)
    if own is not None:
        return TypeRead(text=own, array=_is_array(cursor))
    arguments = _arguments(cursor)
    text = f"({arguments})" if arguments else ""
    return TypeRead(text=text, path=(token.text.lower(),), array=_is_array(cursor))


_PLAIN = (
    *("SMALLINT", "BIGINT", "REAL", "NUMERIC", "TEXT", "DATE", "BOOLEAN", "BYTEA", "UUID", "JSON"),
    *("JSONB", "XML", "MONEY", "INET", "CIDR", "MACADDR", "MACADDR8", "TSVECTOR", "TSQUERY"),
    *("POINT", "LINE", "LSEG", "BOX", "PATH", "POLYGON", "CIRCLE", "OID", "NAME", "REGCLASS"),
    *("INT4RANGE", "INT8RANGE", "NUMRANGE", "TSRANGE", "TSTZRANGE", "DATERANGE", "JSONPATH"),
    *("REGPROC", "REGTYPE", "XID", "XID8", "TID", "CID", "PG_LSN", "TXID_SNAPSHOT"),
)


def _postgres_text(cursor: Cursor, word: str) -> str | None:
    """Return the text of one of PostgreSQL's own types; None for others."""
    if word in ("TIMESTAMP", "TIME", "TIMESTAMPTZ", "TIMETZ"):
        return _postgres_time(cursor, word)
    if word == "INTERVAL":
        return _interval(cursor)
    if word == "FLOAT":
        bits = _arguments(cursor)
        return "real" if bits.isdecimal() and int(bits) <= 24 else "double precision"
    if word == "BIT" and cursor.key() != "(":
        return "bit(1)"
    if word not in _POSTGRES and word not in ("BIT", *_PLAIN):
        return None
    name = _POSTGRES.get(word, word.lower())
    arguments = _arguments(cursor)
    if name == "character" and not arguments:
        arguments = "1"
    if name == "bpchar" and arguments:
        name = "character"
    if name == "numeric" and arguments and "," not in arguments:
        arguments += ",0"
    return f"{name}({arguments})" if arguments else name


def _postgres_time(cursor: Cursor, word: str) -> str:
    arguments = _arguments(cursor)
    zone = word.endswith("TZ") or cursor.takes("WITH TIME ZONE")
    cursor.takes("WITHOUT TIME ZONE")
    name = word.removesuffix("TZ").lower()
    precision = f"({arguments})" if arguments else ""
    return f"{name}{precision} {'with' if zone else 'without'} time zone"


def _interval(cursor: Cursor) -> str:
    fields = ""
    if field := cursor.takes(*_FIELDS):
        fields = f" {field.lower()}"
        if cursor.takes("TO"):
            fields += f" to {cursor.next().text.lower()}"
    arguments = _arguments(cursor)
    return f"interval{fields}" + (f"({arguments})" if arguments else "")


def _is_array(cursor: Cursor) -> bool:
    is_array = False
    if cursor.takes("ARRAY"):
        is_array = True
    while cursor.key() == "[":
        cursor.skip()
        is_array = True
    return is_array


def _mysql(cursor: Cursor) -> TypeRead:
    word = _word(cursor)
    if not word:
        raise NotReadError(f"a type was expected before {cursor.shown()}")
    if word == "SERIAL":
        return TypeRead(text="bigint(20) unsigned", counts=True)
    name = _MYSQL.get(word, word.lower())
    arguments = _arguments(cursor)
    if word in ("BOOL", "BOOLEAN"):
        arguments = "1"
    if name == "float" and arguments and "," not in arguments:
        name, arguments = ("double" if int(arguments) > 24 else "float"), ""
    if name in ("text", "blob") and arguments:
        size = int(arguments) * (4 if name == "text" else 1)  # bytes of utf8mb4
        name = next((f"{kind}{name}" for most, kind in _BY_LENGTH if size <= most), f"long{name}")
        arguments = ""
    if name == "decimal" and arguments and "," not in arguments:
        arguments += ",0"
    arguments = arguments or _LENGTHS.get(name, "")
    text = f"{name}({arguments})" if arguments else name
    signs, charset, binary = _mysql_attributes(cursor)
    national = word.startswith(("NATIONAL", "NCHAR", "NVARCHAR"))
    return TypeRead(
        text=text + signs, charset=charset or ("utf8" if national else None), binary=binary
    )


def _mysql_attributes(cursor: Cursor) -> tuple[str, str | None, bool]:
    """Read what stands behind a type of MySQL: its signs, its charset, and whether it is binary."""
    signs, charset, binary = "", None, False
    while found := cursor.takes(
        *("UNSIGNED", "SIGNED", "ZEROFILL", "CHARACTER SET", "CHARSET", "CHAR SET"),
        *("ASCII", "UNICODE", "BINARY"),
    ):
        if found in ("UNSIGNED", "ZEROFILL"):
            signs += f" {found.lower()}"
        elif found.endswith("SET"):
            cursor.takes("=")
            charset = cursor.word().lower()
        elif found == "BINARY":
            binary = True
        elif found != "SIGNED":
            charset = {"ASCII": "latin1", "UNICODE": "ucs2"}[found]
    if signs == " zerofill":
        signs = " unsigned zerofill"
    return signs, charset, binary


_SQLITE_STOPS = {
    *("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE"),
    *("REFERENCES", "GENERATED", "AS", "ON", "AUTOINCREMENT", "DEFERRABLE", ""),
}


_SQLITE_PLAIN = {"ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"}  # which it spells itself


def _sqlite(cursor: Cursor) -> TypeRead:
    """Read a type of SQLite: any words, and one or two numbers; or none at all."""
    start = cursor.token().start
    end = start
    while cursor.token().kind == "name" or cursor.key() not in _SQLITE_STOPS:
        if cursor.key() == "(":
            cursor.skip()
            end = cursor.token(-1).end
            break
        if cursor.token().kind not in ("word", "name"):
            break
        end = cursor.next().end
    text = cursor.statement.text[start:end]
    return TypeRead(text=text.upper() if text.upper() in _SQLITE_PLAIN else text)


_READERS: dict[str, Callable[[Cursor], TypeRead]] = {
    "postgres": _postgres,
    "mysql": _mysql,
    "sqlite": _sqlite,
}
