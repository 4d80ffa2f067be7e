"""DROP of tables, indexes, types, views, triggers and schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shardgen.importing.ddl.draft import Draft
from shardgen.importing.ddl.renaming import drop_table
from shardgen.importing.ddl.tokens import Cursor
from shardgen.importing.described import Name


def drop(cursor: Cursor, draft: Draft) -> None:
    """Read a DROP; what is not there need not be dropped."""
    cursor.expect("DROP")
    cursor.takes("TEMPORARY")
    kind = cursor.next().key
    cursor.takes("CONCURRENTLY")
    cursor.takes("IF EXISTS")
    dropping = _DROPPED.get(kind)
    if dropping is None:
        draft.skip("what is dropped")
        return
    for part in cursor.by_commas():
        if not dropping(part, draft):
            draft.skip("what is dropped and is not there")


def _drop_table(cursor: Cursor, draft: Draft) -> bool:
    name = draft.found(cursor.path(), draft.tables)
    if draft.key(name) not in draft.tables:
        return False
    drop_table(draft, name)
    return True


def _drop_index(cursor: Cursor, draft: Draft) -> bool:
    dropped = draft.language.same(cursor.path()[-1])
    on = draft.found(cursor.path(), draft.tables) if cursor.takes("ON") else None
    found = False
    for table in list(draft.tables.values()):
        kept = tuple(i for i in table.indexes if draft.language.same(i.name) != dropped)
        if len(kept) < len(table.indexes) and on in (None, table.name):
            draft.change(table.name, indexes=kept)
            found = True
    return found


def _drop_type(cursor: Cursor, draft: Draft) -> bool:
    kinds: tuple[dict[Name, Any], ...] = (draft.enums, draft.domains, draft.composites)
    key = draft.key(draft.found(cursor.path(), *kinds))
    there = any(key in kind for kind in kinds)
    for kind in kinds:
        kind.pop(key, None)
    return there


def _drop_view(cursor: Cursor, draft: Draft) -> bool:
    key = draft.key(draft.found(cursor.path(), draft.views))
    there = key in draft.views
    draft.views.pop(key, None)
    return there


def _drop_trigger(cursor: Cursor, draft: Draft) -> bool:
    dropped = cursor.path()[-1]
    on = draft.found(cursor.path(), draft.tables) if cursor.takes("ON") else None
    found = False
    for table in list(draft.tables.values()):
        kept = tuple(known for known in table.triggers if known.name != dropped)
        if len(kept) < len(table.triggers) and on in (None, table.name):
            draft.change(table.name, triggers=kept)
            found = True
    return found


def _drop_schema(cursor: Cursor, draft: Draft) -> bool:
    schema = draft.schema(cursor.name())
    tables = [table.name for table in draft.tables.values() if table.name.schema == schema]
    for name in tables:
        if draft.key(name) in draft.tables:
            drop_table(draft, name)
    return bool(tables)


_DROPPED: dict[str, Callable[[Cursor, Draft], bool]] = {
    "TABLE": _drop_table,
    "INDEX": _drop_index,
    "TYPE": _drop_type,
    "DOMAIN": _drop_type,
    "VIEW": _drop_view,
    "TRIGGER": _drop_trigger,
    "SCHEMA": _drop_schema,
}
