"""
YAML → a decoded object with lines, by PyYAML's events and the types of JSON.

Plain words are what YAML 1.2 takes them for: `no` and `2024-01-01` are text. What YAML 1.1 and 1.2
take for different numbers is refused. Nothing is ever constructed but text, numbers, truth, lists
and objects; aliases are bounded, and no depth of nesting reaches a stack.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.errors import SchemaError, shown
from shardgen.schema.files.marked import MAX_DEPTH, Marked, too_deep, unusable

INSTALL = "pip install 'shardgen[yaml]'"
MAX_VALUES = 1_000_000  # that aliases may make of a file
_MAX_DIGITS = 4_000  # Python refuses to read more than 4,300

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_UNCLEAR = re.compile(
    r"[-+]?(0[0-9_]+|0[xob][0-9a-fA-F_]+|[0-9]+_[0-9_]*(\.[0-9_]*)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_KNOWN_TAGS = ("str", "int", "float", "bool", "null", "map", "seq")
_TAG = "tag:yaml.org,2002:"
_QUOTES = "text with , : # [ ] { or } in it needs quotes"


class YamlError(ValueError):
    """A file that no schema can be read from; `hint` is the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong."""
        super().__init__(what)
        self.hint = hint


def marked_yaml(text: str, name: str) -> Marked:
    """Return the object of a file; SchemaError when it is no YAML, or not installed."""
    check_installed(name)
    import yaml

    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            composer.take(event)
    except yaml.YAMLError as error:
        raise _invalid(error, name) from None
    except YamlError as error:
        raise unusable(str(error), name, error.hint) from None
    except RecursionError:
        raise too_deep(name, "YAML") from None
    return composer.root or Marked(1)


def check_installed(name: str, other: str = "") -> None:
    """Raise SchemaError where PyYAML is missing, with what to type; `other` is another way out."""
    try:
        import yaml  # noqa: F401 -- whether it can be
    except ImportError:
        hint = f"{INSTALL}, {other}" if other else INSTALL
        raise unusable("a schema in YAML needs PyYAML", name, hint) from None


def _invalid(error: Exception, name: str) -> SchemaError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    what = str(problem or str(error).splitlines()[0])
    at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return unusable(f"invalid YAML{at}: {what}", name, _QUOTES if mark is not None else "")


class _Pair(msgspec.Struct):
    """A key of an object while it is read, and its value; `text` is that of a plain scalar."""

    key: str
    line: int
    is_plain: bool
    value: Marked | None = None
    text: str | None = None


class _Open(msgspec.Struct):
    """An object or a list that is not yet at its end."""

    line: int
    is_object: bool
    in_braces: bool
    anchor: str | None
    pairs: list[_Pair] = []
    entries: list[Marked] = []
    size: int = 1
    depth: int = 1

    @property
    def wants_key(self) -> bool:
        return self.is_object and (not self.pairs or self.pairs[-1].value is not None)


class _Composer:
    """Makes an object of events, one after another; `root` is there at the end."""

    def __init__(self) -> None:
        self.root: Marked | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Marked, int, int]] = {}
        self._documents = 0
        self._aliases = 0

    def take(self, event: Any) -> None:
        """Take the next event of PyYAML."""
        kind, line = type(event).__name__, event.start_mark.line + 1
        if kind == "ScalarEvent":
            self._scalar(event, line)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin(event, line, is_object=kind == "MappingStartEvent")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._end()
        elif kind == "AliasEvent":
            self._alias(event.anchor, line)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise YamlError(f"a second document begins at line {line}", "a schema is one")

    def _begin(self, event: Any, line: int, *, is_object: bool) -> None:
        if self._open and self._open[-1].wants_key:
            raise YamlError(f"a key at line {line} is not text")
        if len(self._open) >= MAX_DEPTH:
            raise YamlError(f"the YAML is nested more than {MAX_DEPTH} deep")
        _check_tag(event.tag, line)
        self._open.append(_Open(line, is_object, bool(event.flow_style), event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        value = _object(done) if done.is_object else done.entries
        marked = Marked(done.line, value)
        if done.anchor:
            self._anchors[done.anchor] = (marked, done.size, done.depth)
        self._add(marked, done.size, done.depth)

    def _alias(self, anchor: str, line: int) -> None:
        known = self._anchors.get(anchor)
        if known is None:
            raise YamlError(f"*{anchor} at line {line} names nothing that stands before it")
        if self._open and self._open[-1].wants_key:
            raise YamlError(f"a key at line {line} is not text")
        self._aliases += 1
        marked, size, depth = known
        self._add(msgspec.structs.replace(marked, line=line), size, depth)

    def _scalar(self, event: Any, line: int) -> None:
        is_plain = event.style in (None, "") and bool(event.implicit[0])
        if self._open and self._open[-1].wants_key:
            self._open[-1].pairs.append(_Pair(event.value, line, is_plain))
            return
        if is_plain:
            value, fault = _plain_value(event.value)
        else:
            value, fault = _tagged(event, line)
        marked = Marked(line, value, fault)
        if event.anchor:
            self._anchors[event.anchor] = (marked, 1, 0)
        self._add(marked, 1, 0, event.value if is_plain else None)

    def _add(self, marked: Marked, size: int, depth: int, text: str | None = None) -> None:
        """Put a value where it belongs."""
        if not self._open:
            self.root = marked
            return
        holder = self._open[-1]
        holder.size += size
        holder.depth = max(holder.depth, depth + 1)
        if self._aliases and holder.size > MAX_VALUES:
            what = f"aliases make more than {MAX_VALUES:,} values of the file"
            raise YamlError(what, "is it a schema?")
        if len(self._open) - 1 + holder.depth > MAX_DEPTH:
            raise YamlError(f"the YAML is nested more than {MAX_DEPTH} deep")
        if holder.is_object:
            pair = holder.pairs[-1]
            pair.value = msgspec.structs.replace(marked, line=pair.line)
            pair.text = text
        else:
            holder.entries.append(marked)


def _object(done: _Open) -> dict[str, Marked]:
    pairs = _rejoined(done.pairs) if done.in_braces else done.pairs
    made: dict[str, Marked] = {}
    merged: dict[str, Marked] = {}
    for pair in pairs:
        assert pair.value is not None, "an object ends after a value"
        if pair.key == "<<" and pair.is_plain:
            merged = _merged(pair.value) | merged
            continue
        value = pair.value
        if pair.key in made:
            fault = f"the key {shown(pair.key)} stands there twice", "keep one of them"
            value = msgspec.structs.replace(value, fault=fault)
        made[pair.key] = value
    return {**merged, **made} if merged else made


def _rejoined(pairs: list[_Pair]) -> list[_Pair]:
    """
    Return the keys of an object in braces, with texts that a comma in parentheses has cut whole.

    To YAML `{total: decimal(8,2) null}` has the keys `total` and `2) null`, the second with nothing
    to it. No schema means that.
    """
    made: list[_Pair] = []
    for pair in pairs:
        last = made[-1] if made else None
        is_rest = pair.is_plain and pair.text == ""
        if is_rest and last is not None and last.value is not None and _is_cut(last.text or ""):
            text = f"{last.text}, {pair.key}"
            value = msgspec.structs.replace(last.value, value=text, fault=None)
            made[-1] = msgspec.structs.replace(last, value=value, text=text)
        else:
            made.append(pair)
    return made


def _is_cut(text: str) -> bool:
    return text.count("(") > text.count(")")


def _merged(value: Marked) -> dict[str, Marked]:
    """Return the keys that `<<` adds: of an object, or of several, the first of which counts."""
    several = value.value if isinstance(value.value, list) else [value]
    made: dict[str, Marked] = {}
    for one in several:
        if not isinstance(one.value, dict):
            raise YamlError(f"<< at line {value.line} adds {shown(one.plain())}, not an object")
        made = {**one.value, **made}
    return made


def _plain_value(text: str) -> tuple[Any, tuple[str, str] | None]:
    """Return what a plain word stands for, and what is wrong with it."""
    word = text.lower() if text in (text.lower(), text.upper(), text.title()) else text
    if word in _WORDS:
        return _WORDS[word], None
    if _UNCLEAR.fullmatch(text):
        what = f"{text} is not the same to every reader of YAML"
        return text, (what, "put text in quotes, and write a number with its decimal digits")
    if len(text) > _MAX_DIGITS:
        return text, None
    if _INTEGER.fullmatch(text):
        return int(text), None
    return (float(text) if _FLOAT.fullmatch(text) else text), None


def _tagged(event: Any, line: int) -> tuple[Any, tuple[str, str] | None]:
    """Return the value of a scalar in quotes or with a tag."""
    _check_tag(event.tag, line)
    tag = (event.tag or "").removeprefix(_TAG)
    if tag in ("", "!", "str"):
        return event.value, None
    value, fault = _plain_value(event.value)
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}
    if isinstance(value, kinds.get(tag, ())) and isinstance(value, bool) == (tag == "bool"):
        return (float(value) if tag == "float" else value), fault
    return event.value, (f"{shown(event.value)} is no {tag}", f"leave out !!{tag}")


def _check_tag(tag: str | None, line: int) -> None:
    if tag not in (None, "", "!", *(_TAG + known for known in _KNOWN_TAGS)):
        short = f"!!{tag.removeprefix(_TAG)}" if tag and tag.startswith(_TAG) else tag
        raise YamlError(f"the tag {short} at line {line} is not read", "write the value without")
