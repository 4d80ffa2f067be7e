"""
What a trigger function of PostgreSQL does when a row is inserted, and when it does so.

Only the skeleton of PL/pgSQL is read: IF, CASE, loops, blocks. What stands between is kept as text.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Kind = Literal["refuses", "sets", "leaves out", "runs"]


class Step(msgspec.Struct, frozen=True):
    """
    A condition that is true where a step is come to, or not true, being false or NULL.

    `text` is an expression of SQL with `NEW.` before each column of the row.
    """

    text: str
    holds: bool = True


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """
    A thing done: a row refused, a `column` set to `text`, a row left out, a statement run.

    `path` are the steps on the way there. It is not `sure` where more decides, such as a loop.
    """

    kind: Kind
    path: tuple[Step, ...]
    text: str = ""
    column: str = ""
    sure: bool = True


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """The effects of a function in their order, and the variables that it declares."""

    effects: tuple[Effect, ...]
    variables: frozenset[str] = frozenset()


_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|\s+|(?P<tag>\$\w*\$).*?(?P=tag)|[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'"
    r'|"(?:[^"]|"")*"|[\w$]+|:=|[-+*/<>=~!@#%^&|?:]+|.',
    re.DOTALL,
)
_MILD = frozenset(("DEBUG", "LOG", "INFO", "NOTICE", "WARNING"))
_LOOPS = frozenset(("LOOP", "WHILE", "FOR", "FOREACH"))
_OTHERS = re.compile(r"\bWHEN\s+OTHERS\b", re.IGNORECASE)
_MOST_TOKENS = 20_000


def read_function(body: str) -> Function:
    """Return what the body of a function does; nothing is raised, whatever the text."""
    tokens = [
        match[0]
        for match in _TOKEN.finditer(body)
        if not match[0].isspace() and not match[0].startswith(("--", "/*"))
    ]
    reader = _Reader(tokens[:_MOST_TOKENS])
    while not reader.done:
        reader.statements((), frozenset())
        reader.skip()  # whatever ended them
    return Function(effects=tuple(reader.effects), variables=frozenset(reader.variables))


class _Reader:
    """The tokens of a body, and where the reading is."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._doubts = 0
        self._found = ""
        self.effects: list[Effect] = []
        self.variables: set[str] = set()

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].upper() if at < len(self._tokens) else ""

    def skip(self) -> str:
        """Pass over a token and return it; "" at the end."""
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def _until(self, *words: str) -> str:
        """Pass over an expression up to one of some words, and that; return its text."""
        first, depth, cases = self._at, 0, 0
        while not self.done:
            word = self._word()
            if depth == 0 and cases == 0 and word in words:
                break
            depth += (word in "([") - (word in ")]")
            cases += (word == "CASE") - (word == "END" and cases > 0)
            self._at += 1
        text = " ".join(self._tokens[first : self._at])
        self._at += 1
        return re.sub(r"\s*\.\s*", ".", text)

    def _note(self, kind: Kind, path: tuple[Step, ...], text: str = "", column: str = "") -> None:
        sure = not self._doubts
        self.effects.append(Effect(kind=kind, path=path, text=text, column=column, sure=sure))

    def statements(self, path: tuple[Step, ...], ends: frozenset[str]) -> bool:
        """Read statements up to one of some words; return whether the last of them ends all."""
        while not self.done and self._word() not in ends:
            ended, after = self._statement(path)
            path = (*path, *after)
            if ended:
                while not self.done and self._word() not in ends:  # what is never come to
                    self._statement(path)
                return True
        return False

    def _statement(  # noqa: PLR0911 -- one for each kind of statement
        self, path: tuple[Step, ...]
    ) -> tuple[bool, tuple[Step, ...]]:
        """Read one; return whether it ends all, and what is so behind it."""
        word = self._word()
        if word == "<<":  # a label
            self._until(">>")
            return False, ()
        if word == "DECLARE":
            self.skip()
            self._declared()
            return False, ()
        if word == "BEGIN":
            return self._block(path), ()
        if word == "IF":
            self.skip()
            return self._if(path)
        if word == "CASE":
            self.skip()
            return self._case(path)
        if word in _LOOPS:
            self._loop(path)
            return False, ()
        return self._simple(path), ()

    def _declared(self) -> None:
        while not self.done and self._word() != "BEGIN":
            self.variables.add(self.skip().strip('"').lower())
            self._until(";")

    def _block(self, path: tuple[Step, ...]) -> bool:
        """Read BEGIN … END; what it raises is caught where it has a handler of all."""
        self.skip()
        first = len(self.effects)
        ended = self.statements(path, frozenset(("END", "EXCEPTION")))
        if self._word() == "EXCEPTION":
            start = self._at
            while not self.done and not (
                (self._word() == "END" and self._word(1) in (";", "")) or self.done
            ):
                self._at += 1
            if _OTHERS.search(" ".join(self._tokens[start : self._at])):
                self.effects[first:] = [e for e in self.effects[first:] if e.kind != "refuses"]
            ended = False
        self._until(";")
        return ended

    def _if(self, path: tuple[Step, ...]) -> tuple[bool, tuple[Step, ...]]:
        """Read IF behind its word."""
        before: tuple[Step, ...] = ()
        after: tuple[Step, ...] = ()
        all_end = True
        asked = self._asked("THEN")
        while True:
            step = Step(asked)
            ended = self.statements(
                (*path, *before, step), frozenset(("ELSIF", "ELSEIF", "ELSE", "END"))
            )
            all_end &= ended
            after = (*after, Step(asked, holds=False)) if ended else after
            before = (*before, Step(asked, holds=False))
            word = self.skip().upper()
            if word in ("ELSIF", "ELSEIF"):
                asked = self._asked("THEN")
            elif word == "ELSE":
                ended = self.statements((*path, *before), frozenset(("END",)))
                self._until(";")
                return all_end and ended, after
            else:
                self._until(";")
                return False, after

    def _asked(self, *ends: str) -> str:
        """Read a condition; FOUND is whether the query before it had rows."""
        text = self._until(*ends)
        if not self._found:
            return text
        return re.sub(r"\bFOUND\b", f"EXISTS ({self._found})", text, flags=re.IGNORECASE)

    def _case(self, path: tuple[Step, ...]) -> tuple[bool, tuple[Step, ...]]:
        """Read CASE … END CASE behind its word."""
        subject = self._until("WHEN")
        before: tuple[Step, ...] = ()
        while not self.done:
            asked = self._until("THEN")
            if subject:
                asked = f"{subject} IN ({asked})"
            self.statements((*path, *before, Step(asked)), frozenset(("WHEN", "ELSE", "END")))
            before = (*before, Step(asked, holds=False))
            word = self.skip().upper()
            if word == "ELSE":
                self.statements((*path, *before), frozenset(("END",)))
                self.skip()
            if word != "WHEN":
                self._until(";")
                break
        return False, ()

    def _loop(self, path: tuple[Step, ...]) -> None:
        if self._word() in ("FOR", "FOREACH"):
            self.variables.add(self._tokens[min(self._at + 1, len(self._tokens) - 1)].lower())
        self._until("LOOP")
        self._doubts += 1
        self.statements(path, frozenset(("END",)))
        self._doubts -= 1
        self._until(";")

    def _simple(self, path: tuple[Step, ...]) -> bool:  # noqa: PLR0911 -- as above
        """Read a statement up to its semicolon; return whether nothing comes behind it."""
        text = self._until(";", ":=")
        if self._tokens[min(self._at, len(self._tokens)) - 1] == ":=":
            self._assign(path, text, self._until(";"))
            return False
        first, _, rest = text.partition(" ")
        word = first.upper()
        if word == "RAISE":
            level = rest.partition(" ")[0].upper()
            if level in _MILD:
                return False
            self._note("refuses", path, rest)
            return not self._doubts
        if word == "ASSERT":
            self._note("refuses", (*path, Step(rest.split(" , ")[0], holds=False)))
            return False
        if word == "RETURN":
            if rest.upper() == "NULL":
                self._note("leaves out", path)
            return not self._doubts
        target, equals, value = text.partition(" = ")
        if equals and re.fullmatch(r'(?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))?', target):
            self._assign(path, target, value)
            return False
        if word in ("PERFORM", "SELECT", "WITH"):
            query = re.sub(r"^PERFORM\b", "SELECT", text, flags=re.IGNORECASE)
            into = re.search(r'\bINTO\s+(?:STRICT\s+)?NEW\.(\w+|"[^"]+")', text, re.IGNORECASE)
            if into:
                self._assign(path, f"NEW.{into[1]}", f"({query.replace(into[0], '')})")
            self._found = query
        self._note("runs", path, text)
        return False

    def _assign(self, path: tuple[Step, ...], target: str, value: str) -> None:
        owner, _, name = target.partition(".")
        if owner.upper() == "NEW" and name:
            name = name[1:-1] if name.startswith('"') else name.lower()
            self._note("sets", path, value, name)
