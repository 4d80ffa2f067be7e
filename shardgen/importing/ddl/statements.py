"""Every statement by its first words: what it does to the draft, or that it concerns no table."""

from __future__ import annotations

import re
from collections.abc import Callable

from shardgen.importing.ddl import objects
from shardgen.importing.ddl.alter_table import alter_table
from shardgen.importing.ddl.create_table import create_table
from shardgen.importing.ddl.draft import Draft
from shardgen.importing.ddl.dropping import drop
from shardgen.importing.ddl.renaming import drop_table, rename_table
from shardgen.importing.ddl.splitting import Statement
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.described import Name

Step = Callable[[Cursor, Draft], None]
_FIRST = re.compile(r"[^\W\d]\w*|[\\.]\S+")
_PASSED = {
    **dict.fromkeys(("INSERT", "REPLACE", "UPDATE", "DELETE", "COPY", "VALUES", "LOAD"), "rows"),
    **dict.fromkeys(("GRANT", "REVOKE", "REASSIGN", "SECURITY"), "rights"),
    **dict.fromkeys(
        ("BEGIN", "START", "COMMIT", "ROLLBACK", "END", "SAVEPOINT", "RELEASE", "LOCK", "UNLOCK"),
        "transactions",
    ),
    **dict.fromkeys(
        (
            *("ANALYZE", "ANALYSE", "VACUUM", "REINDEX", "OPTIMIZE", "CLUSTER", "CHECKPOINT"),
            *("FLUSH", "REFRESH", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "LISTEN", "NOTIFY"),
            *("DISCARD", "RESET", "PRAGMA", "DELIMITER", "CHARSET", "TRUNCATE", "PREPARE"),
            *("EXECUTE", "DEALLOCATE", "CALL", "ATTACH", "DETACH", "IMPORT", "WITH", "HANDLER"),
        ),
        "settings and commands",
    ),
}


def read_statement(statement: Statement, draft: Draft) -> None:
    """Read a statement; what cannot be read is kept as such."""
    first = _FIRST.match(statement.text)
    word = first[0].upper() if first else ""
    if statement.fault:
        draft.miss(Cursor(statement, draft.language, ()), statement.fault)
    elif word in _PASSED:
        draft.skip(_PASSED[word])
    else:
        _read(statement, draft, word)
    if word not in ("CREATE", "ALTER", "DO") and _WITHIN.search(statement.text):
        _look_within(statement, draft)


_WITHIN = re.compile(r"^\s*(?:CREATE|ALTER)\s+TABLE\b", re.IGNORECASE | re.MULTILINE)


def _look_within(statement: Statement, draft: Draft) -> None:
    """Name a statement that makes or changes a table, and has run into one that does not."""
    cursor = Cursor(statement, draft.language)
    keys = [token.key for token in cursor.tokens]
    for place, key in enumerate(keys):
        if key in ("CREATE", "ALTER") and keys[place + 1 : place + 2] == ["TABLE"]:
            cursor.at = place
            text = statement.text[cursor.token().start :]
            draft.miss(cursor, "a ; is missing before it", text)
            return


def _read(statement: Statement, draft: Draft, word: str) -> None:
    step = _STEPS.get(word)
    if step is None and word[:1] in ("\\", "."):
        step = _client
    if step is None:
        cursor = Cursor(statement, draft.language, ())
        draft.miss(cursor, "no statement of SQL that is known here begins so")
        return
    cursor = Cursor(statement, draft.language)
    try:
        step(cursor, draft)
    except NotReadError as error:
        draft.miss(cursor, str(error), table=_named(statement, draft))
    except (ValueError, RecursionError) as error:
        draft.miss(cursor, f"it is not well-formed ({error})")


def _named(statement: Statement, draft: Draft) -> Name | None:
    """Return the table that a statement that was not read makes, changes or belongs to."""
    cursor = Cursor(statement, draft.language)
    words = [token.key for token in cursor.tokens[:12]]
    for word in ("TABLE", "ON"):
        if word in words:
            cursor.at = words.index(word) + 1
            cursor.takes("IF NOT EXISTS", "IF EXISTS")
            cursor.takes("ONLY")
            try:
                return draft.found(cursor.path(), draft.tables)
            except NotReadError:
                return None
    return None


def _client(cursor: Cursor, draft: Draft) -> None:
    text = cursor.statement.text
    if re.match(r"\\(?:i|ir|include|include_relative|\.)\s|\.read\b", text):
        raise NotReadError("it reads another file: give that file too, or join the two")
    draft.skip("commands of the client")


def _source(_: Cursor, __: Draft) -> None:
    raise NotReadError("it reads another file: give that file too, or join the two")


# -- CREATE

_MODIFIERS = (
    *("OR REPLACE", "GLOBAL", "LOCAL", "UNLOGGED", "RECURSIVE", "TRUSTED", "PROCEDURAL"),
    *("CONSTRAINT", "DEFAULT", "OFFLINE", "ONLINE"),
)
_NO_TABLES = {
    "VIEW": "views",
    "MATERIALIZED VIEW": "views",
    "PROCEDURE": "functions",
    "EVENT TRIGGER": "functions",
    "EVENT": "functions",
    "EXTENSION": "extensions",
    "DATABASE": "databases",
    **dict.fromkeys(("ROLE", "USER", "GROUP", "POLICY"), "rights"),
    **dict.fromkeys(
        (
            *(
                "AGGREGATE",
                "OPERATOR",
                "CAST",
                "CONVERSION",
                "TEXT SEARCH",
                "LANGUAGE",
                "STATISTICS",
            ),
            *("PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER", "TABLESPACE"),
            *("ACCESS METHOD", "TRANSFORM", "USER MAPPING", "LOGFILE GROUP", "SPATIAL REFERENCE"),
            *("LARGE OBJECT", "PROFILE", "SYNONYM", "PACKAGE"),
        ),
        "other things",
    ),
}


def _create(cursor: Cursor, draft: Draft) -> None:
    cursor.expect("CREATE")
    said = set()
    while found := cursor.takes(*_MODIFIERS):
        said.add(found)
    while cursor.takes("DEFINER", "ALGORITHM", "SQL SECURITY"):
        cursor.takes("=")
        cursor.next()
        if cursor.takes("@"):
            cursor.next()
        elif cursor.token().text.startswith("@"):
            cursor.next()
            if cursor.token().kind in ("name", "string"):
                cursor.next()
        if cursor.key() == "(":
            cursor.skip()
    if cursor.sees("AGGREGATE FUNCTION"):  # of a library that is loaded, in MySQL
        cursor.next()
    if cursor.takes("TEMPORARY", "TEMP"):
        draft.skip("temporary tables and views")
        return
    if "OR REPLACE" in said and cursor.sees("TABLE"):
        _replace(cursor, draft)
    _create_what(cursor, draft)


def _replace(cursor: Cursor, draft: Draft) -> None:
    """Drop the table that MariaDB makes anew."""
    first = cursor.at
    cursor.expect("TABLE")
    name = draft.made(cursor.path())
    if draft.key(name) in draft.tables:
        drop_table(draft, name)
    cursor.at = first


def _create_what(cursor: Cursor, draft: Draft) -> None:
    if found := cursor.takes(*_CREATED):
        _CREATED[found](cursor, draft)
    elif found := cursor.takes(*_NO_TABLES):
        if found.endswith("VIEW"):
            _view(cursor, draft)
        draft.skip(_NO_TABLES[found])
    else:
        raise NotReadError(f"{cursor.shown()} is nothing to create that is known here")


def _view(cursor: Cursor, draft: Draft) -> None:
    cursor.takes("IF NOT EXISTS")
    draft.views[draft.key(draft.made(cursor.path()))] = None


def _refusal(reason: str) -> Step:
    def step(cursor: Cursor, draft: Draft) -> None:
        cursor.takes("IF NOT EXISTS")
        name = draft.made(cursor.path())
        draft.virtual[draft.key(name)] = None
        draft.miss(cursor, reason, table=name)

    return step


def _schema(cursor: Cursor, draft: Draft) -> None:
    """Read CREATE SCHEMA, and the statements within it."""
    cursor.takes("IF NOT EXISTS")
    name = ""
    if not cursor.sees("AUTHORIZATION"):
        name = cursor.name()
    if cursor.takes("AUTHORIZATION"):
        name = name or cursor.name()
        if not cursor.done and cursor.key() not in ("CREATE", "GRANT"):
            cursor.name()
    draft.skip("schemas")
    if draft.language.database != "postgres" or cursor.done:
        return
    path = draft.path
    draft.use(name)
    for statement in _within(cursor):
        read_statement(statement, draft)
    draft.path = path


def _within(cursor: Cursor) -> list[Statement]:
    """Return the statements within a CREATE SCHEMA: each begins with CREATE or GRANT."""
    starts = []
    while not cursor.done:
        if cursor.key() in ("CREATE", "GRANT"):
            starts.append((cursor.line, cursor.token().start))
        cursor.skip()
    text = cursor.statement.text
    ends = [start for _, start in starts[1:]] + [len(text)]
    return [
        Statement(line, text[start:end].rstrip())
        for (line, start), end in zip(starts, ends, strict=True)
    ]


def _index(*, unique: bool = False, method: str = "btree") -> Step:
    def step(cursor: Cursor, draft: Draft) -> None:
        objects.create_index(cursor, draft, unique=unique, method=method)

    return step


_CREATED: dict[str, Step] = {
    "TABLE": create_table,
    "TYPE": objects.create_type,
    "DOMAIN": objects.create_domain,
    "COLLATION": objects.create_collation,
    "UNIQUE INDEX": _index(unique=True),
    "FULLTEXT INDEX": _index(method="fulltext"),
    "SPATIAL INDEX": _index(method="spatial"),
    "INDEX": _index(),
    "SEQUENCE": objects.create_sequence,
    "FUNCTION": objects.create_function,
    "TRIGGER": objects.create_trigger,
    "RULE": objects.create_rule,
    "SCHEMA": _schema,
    "VIRTUAL TABLE": _refusal("the rows of a virtual table are its module's"),
    "FOREIGN TABLE": _refusal("the rows of a foreign table are another server's"),
}

# -- ALTER, RENAME


def _alter(cursor: Cursor, draft: Draft) -> None:
    cursor.expect("ALTER")
    if cursor.takes("TABLE", "IGNORE TABLE", "ONLINE TABLE"):
        alter_table(cursor, draft)
    elif cursor.takes("TYPE"):
        objects.alter_type(cursor, draft)
    elif cursor.takes("DOMAIN"):
        objects.alter_domain(cursor, draft)
    elif cursor.takes("SEQUENCE"):
        objects.alter_sequence(cursor, draft)
    elif cursor.takes("INDEX"):
        _alter_index(cursor, draft)
    elif cursor.takes("SCHEMA") and "RENAME" in {token.key for token in cursor.tokens}:
        raise NotReadError("a schema that is renamed is not followed")
    else:
        draft.skip("changes of other things")


def _alter_index(cursor: Cursor, draft: Draft) -> None:
    from shardgen.importing.ddl.alter_table import rename_part

    cursor.takes("IF EXISTS")
    old = cursor.path()[-1]
    if cursor.takes("RENAME TO"):
        new = cursor.name()
        for table in list(draft.tables.values()):
            rename_part(draft, table, old, new)
    else:
        draft.skip("changes of other things")


def _rename(cursor: Cursor, draft: Draft) -> None:
    """Read RENAME TABLE of MySQL."""
    cursor.expect("RENAME")
    if not cursor.takes("TABLE", "TABLES"):
        draft.skip("changes of other things")
        return
    for part in cursor.by_commas():
        old = draft.table(part.path())
        part.expect("TO")
        rename_table(draft, old.name, draft.made(part.path()))


# -- what unqualified names mean

_SEARCH_PATH = re.compile(r"set_config\s*\(\s*'search_path'\s*,\s*'([^']*)'", re.IGNORECASE)


def _set(cursor: Cursor, draft: Draft) -> None:
    cursor.expect("SET")
    cursor.takes("LOCAL", "SESSION")
    if cursor.takes("SEARCH_PATH") or cursor.takes("SCHEMA"):
        cursor.takes("TO", "=")
        names = [part.word() for part in cursor.by_commas()]
        draft.use(*(name for name in names if name != "default"))
    draft.skip("settings and commands")


def _select(cursor: Cursor, draft: Draft) -> None:
    if found := _SEARCH_PATH.search(cursor.statement.text):
        names = (name.strip().strip('"') for name in found[1].split(","))
        draft.use(*(name for name in names if name))
    draft.skip("queries")


def _use(cursor: Cursor, draft: Draft) -> None:
    cursor.expect("USE")
    draft.use(cursor.name())
    draft.skip("settings and commands")


_MAKES = re.compile(
    r"\b(?:CREATE|ALTER|DROP|RENAME)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TYPE|DOMAIN)", re.IGNORECASE
)


def _do(cursor: Cursor, draft: Draft) -> None:
    if _MAKES.search(cursor.statement.text):
        raise NotReadError("it is code that makes or changes tables or types as it runs")
    draft.skip("code that runs")


def _comment(cursor: Cursor, draft: Draft) -> None:
    cursor.expect("COMMENT")
    cursor.expect("ON")
    objects.comment_on(cursor, draft)


_STEPS: dict[str, Step] = {
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": drop,
    "RENAME": _rename,
    "COMMENT": _comment,
    "SET": _set,
    "SELECT": _select,
    "USE": _use,
    "DO": _do,
    "SOURCE": _source,
}
