"""
How each database writes SQL: its strings, names and comments, as patterns, and how it folds names.

A statement's end and its tokens are found by the same patterns, so that both agree on what is a
string. All of them are possessive: a text that matches none of them costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import msgspec

from shardgen.schema.databases import DatabaseName

_COMMENT = r"/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*]|\*(?!/))*+\*/)*+\*/"  # with one inside it
_PLAIN = r"'[^']*+(?:''[^']*+)*+'"
_ESCAPED = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_WORD = r"[^\W\d][\w$]*+"
_NUMBER = r"(?:0[xX][0-9a-fA-F]++|\d++(?:\.\d*+)?(?:[eE][+-]?\d++)?|\.\d++(?:[eE][+-]?\d++)?)"


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """
    The patterns of a database's SQL.

    `ignored` stands for space: comments, and the marks around those that MySQL runs. `client` is a
    line that its command-line client reads itself, where no statement has begun.
    """

    database: DatabaseName
    title: str
    ignored: str
    string: str
    quoted: str
    word: str
    number: str
    client: str
    lower: bool = False  # whether names without quotes become lower case
    exact: bool = False  # whether `Name` and `name` are two names

    def fold(self, word: str) -> str:
        """Return the name that a word without quotes means."""
        return word.lower() if self.lower else word

    def same(self, name: str) -> str:
        """Return what is equal for all spellings of a name."""
        return name if self.exact else name.lower()

    def unquoted(self, name: str) -> str:
        """Return a name without its quotes."""
        close = "]" if name[0] == "[" else name[0]
        return name[1:-1].replace(close * 2, close)


POSTGRES = Language(
    database="postgres",
    title="PostgreSQL",
    ignored=rf"\s++|--[^\n]*+|{_COMMENT}",
    string=rf"[eE]{_ESCAPED}|(?:[bBxXnN]|[uU]&)?{_PLAIN}"
    r"|\$(?P<tag>(?:[^\W\d]\w*+)?)\$(?s:.*?)\$(?P=tag)\$",
    quoted=r'(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+"',
    word=_WORD,
    number=_NUMBER,
    client=r"\\[^\n]*+",
    lower=True,
    exact=True,
)
_NEWER = r"/\*M?!9\d{5}(?:[^*]|\*(?!/))*+\*/"  # for a server that no one has
MYSQL = Language(
    database="mysql",
    title="MySQL",
    ignored=rf"\s++|--(?=[\s-]|\Z)[^\n]*+|#[^\n]*+|{_NEWER}|/\*M?!\d*+|/\*(?:[^*]|\*(?!/))*+\*/|\*/",
    string=r"(?:[bBxXnN])?'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
    r'|"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"',
    quoted=r"`[^`]*+(?:``[^`]*+)*+`",
    word=r"[\w$@]++",
    number=rf"{_NUMBER}(?![\w$])",
    client=r"(?i:delimiter|source|charset)[ \t][^\n]*+|\\[.!uRW][^\n]*+",
)
SQLITE = Language(
    database="sqlite",
    title="SQLite",
    ignored=r"\s++|--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)",
    string=rf"[xX]?{_PLAIN}",
    quoted=r'"[^"]*+(?:""[^"]*+)*+"|`[^`]*+(?:``[^`]*+)*+`|\[[^\]]*+\]',
    word=_WORD,
    number=_NUMBER,
    client=r"\.[a-z][^\n]*+",
)
LANGUAGES: dict[DatabaseName, Language] = {
    language.database: language for language in (POSTGRES, MYSQL, SQLITE)
}


@cache
def token_pattern(database: DatabaseName) -> Callable[[str, int], re.Match[str] | None]:
    """Return what matches one token, or one thing that is ignored, at a place in a text."""
    language = LANGUAGES[database]
    return re.compile(
        rf"(?P<ignored>{language.ignored})|(?P<string>{language.string})"
        rf"|(?P<name>{language.quoted})|(?P<number>{language.number})|(?P<word>{language.word})"
        r"|(?P<sign>::|.)",
        re.DOTALL,
    ).match


@cache
def ignored_pattern(database: DatabaseName) -> Callable[[str, int], re.Match[str] | None]:
    """Return what matches all that is ignored before a statement; a stray `;` is nothing."""
    return re.compile(rf"(?:{LANGUAGES[database].ignored}|;)*+", re.DOTALL).match


@cache
def statement_pattern(
    database: DatabaseName, delimiter: str = ";"
) -> Callable[[str, int], re.Match[str] | None]:
    """
    Return what matches a statement up to its delimiter, from where it begins.

    The match ends before the delimiter or a `;`, at the end of the text, or where a string or a
    comment begins that has no end; in PostgreSQL before a command of its client too.
    """
    language = LANGUAGES[database]
    stop = f"(?:;|{re.escape(delimiter)})"
    word = r"\w++" if "$" in delimiter else language.word
    breaks = r"[^'\"`$/\\]" if database != "sqlite" else r"[^'\"`\[/]"
    more = {"postgres": r"|\$(?!\w*\$)|`|/(?!\*)", "mysql": r"|\$|/(?!\*)|\\"}
    return re.compile(
        rf"(?:{language.ignored}|{language.string}|{language.quoted}"
        rf"|(?!{stop})(?:{word}|{breaks}{more.get(database, '|/')}))*+",
        re.DOTALL,
    ).match
