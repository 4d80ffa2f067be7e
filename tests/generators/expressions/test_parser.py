"""Expressions as text: what they are parsed to, and where what is wrong with them is found."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shardgen.generators.expressions.parser import MAX_DEPTH, parse
from shardgen.generators.expressions.syntax import (
    Apply,
    Call,
    Case,
    Constant,
    Node,
    Path,
    children,
)
from shardgen.generators.expressions.tokens import KEYWORDS, MAX_LENGTH, ExpressionError

SIGNS = ["+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "and", "or"]


def shown(node: Node) -> str:  # noqa: C901, PLR0911, PLR0912 -- one for each kind of node
    """Write a tree as text, with parentheses around everything."""
    match node:
        case Constant(value=None):
            return "null"
        case Constant(value=bool() as value):
            return str(value).lower()
        case Constant(value=str() as value):
            return "'" + value.replace("'", "''") + "'"
        case Constant(value=Decimal() as value):
            return f"{value:f}"
        case Path(words=words):
            return ".".join('"' + word.replace('"', '""') + '"' for word in words)
        case Apply(operator="neg", args=(of,)):
            return f"(- {shown(of)})"
        case Apply(operator="not", args=(of,)):
            return f"(not {shown(of)})"
        case Apply(operator="is null", args=(of,)):
            return f"({shown(of)} is null)"
        case Apply(operator="between", args=(of, low, high)):
            return f"({shown(of)} between {shown(low)} and {shown(high)})"
        case Apply(operator="in", args=(of, *listed)):
            return f"({shown(of)} in ({', '.join(map(shown, listed))}))"
        case Apply(operator=op, args=(left, right)):
            return f"({shown(left)} {op} {shown(right)})"
        case Call():
            table = f" from {shown(node.table)}" if node.table else ""
            where = f" where {shown(node.where)}" if node.where else ""
            return f"{node.name}({', '.join(map(shown, node.args))}{table}{where})"
        case Case():
            operand = f" {shown(node.operand)}" if node.operand else ""
            when = "".join(f" when {shown(c)} then {shown(v)}" for c, v in node.branches)
            rest = f" else {shown(node.otherwise)}" if node.otherwise else ""
            return f"case{operand}{when}{rest} end"
    raise TypeError(node)


def same(text: str) -> str:
    return shown(parse(text))


# --- Trees

names = st.text(string.ascii_letters + "_é", min_size=1, max_size=6)
words = st.lists(st.text("ab \"'.π", min_size=1, max_size=4), min_size=1, max_size=3)
paths = words.map(lambda listed: Path(words=tuple(listed)))
numbers = st.decimals(0, 10**8, places=3) | st.integers(0, 10**17).map(Decimal)
literals = (numbers | st.text("ab' ", max_size=5) | st.booleans() | st.none()).map(
    lambda value: Constant(value=value)
)


def calls(inner):
    return st.builds(
        Call,
        name=names.map(str.lower).filter(lambda name: name not in KEYWORDS),
        args=st.lists(inner, max_size=3).map(tuple),
        table=st.none() | paths,
        where=st.none() | inner,
    )


def larger(inner):
    two = st.tuples(inner, inner)
    return st.one_of(
        st.builds(Apply, operator=st.sampled_from(SIGNS), args=two),
        st.builds(
            Apply, operator=st.sampled_from(["neg", "not", "is null"]), args=st.tuples(inner)
        ),
        st.builds(Apply, operator=st.just("between"), args=st.tuples(inner, inner, inner)),
        st.builds(
            Apply,
            operator=st.just("in"),
            args=st.lists(inner, min_size=2, max_size=4).map(tuple),
        ),
        calls(inner),
        st.builds(
            Case,
            branches=st.lists(two, min_size=1, max_size=3).map(tuple),
            operand=st.none() | inner,
            otherwise=st.none() | inner,
        ),
    )


trees = st.recursive(literals | paths, larger, max_leaves=12)


@given(trees)
@settings(max_examples=200, deadline=None)
def test_a_tree_printed_is_parsed_back(tree):
    """Every node comes back, and its place is where its text stands."""
    text = shown(tree)
    parsed = parse(text)
    assert text == shown(parsed)
    ahead = [parsed]
    while ahead:
        node = ahead.pop()
        assert 0 <= node.start < node.stop <= len(text)
        for child in children(node):
            assert node.start <= child.start
            assert child.depth < node.depth
            ahead.append(child)


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from([*SIGNS, *KEYWORDS, "(", ")", ",", ".", "x", "1", "'a'", '"b"', "f"])
    ).map(" ".join)
)
@settings(max_examples=400, deadline=None)
def test_any_text_is_parsed_or_refused(text):
    """Whatever a schema holds, only ExpressionError is raised, and it shows a place in the text."""
    wrong = None
    try:
        parse(text)
    except ExpressionError as error:
        wrong = error
    if wrong is not None:
        _, line, carets = wrong.shown(text).split("\n")
        assert str(wrong)
        assert "^" in carets
        assert len(carets) <= len(line) + 1


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("-a * b", "(-a) * b"),
        ("- - a", "-(-a)"),
        ("a || b + 1", "a || (b + 1)"),
        ("a || b = c", "(a || b) = c"),
        ("not a = b", "not (a = b)"),
        ("not a and b", "(not a) and b"),
        ("a or b and c", "a or (b and c)"),
        ("a = 1 or b = 2", "(a = 1) or (b = 2)"),
        ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
        ("a not between 1 and 2 + 3", "not (a between 1 and (2 + 3))"),
        ("a not in (1, 2)", "not (a in (1, 2))"),
        ("a is not null or b", "(not (a is null)) or b"),
        ("a != b", "a <> b"),
        (
            "case when a > 1 then b + 1 else c end * 2",
            "(case when a > 1 then (b + 1) else c end) * 2",
        ),
        ("sum(t.a * t.b where t.c > 1 and t.d)", "sum((t.a * t.b) where ((t.c > 1) and t.d))"),
        ("sum(a from t.key where b)", "sum(a from t.key where b)"),
    ],
)
def test_operators_bind_as_in_sql(text, grouped):
    """An expression has the tree of the same one with all parentheses written."""
    assert same(grouped) == same(text)


def test_keywords_and_functions_are_read_in_any_case():
    """Capitals make no other tree."""
    assert same("case when ROUND(a) is null then TRUE end") == same(
        "CASE WHEN round(a) IS NULL THEN true END"
    )


def test_numbers_are_exact():
    """0.10 has two decimal places, and no float is made of it."""
    assert Constant(value=Decimal("0.10"), start=0, stop=4) == parse("0.10")
    assert Constant(value=Decimal("0.5"), start=0, stop=2) == parse(".5")
    assert Decimal(123456789012345678) == parse("123456789012345678").value


def test_quotes_are_doubled_within_quotes():
    """In text, and in quoted names."""
    assert "it's" == parse("'it''s'").value
    assert ('a"b', "c d") == parse('"a""b"."c d"').words


def test_a_keyword_in_quotes_is_a_name():
    """So that a column of such a name can be read."""
    assert ("end",) == parse('"end"').words


# --- What is wrong, and where


@pytest.mark.parametrize(
    ("text", "at", "what", "hint"),
    [
        ("", "^", "expected a value, got the end", ""),
        ("a +", "   ^", "expected a value, got the end", ""),
        ("(a", "  ^", "expected ')', got the end", ""),
        ("a)", " ^", "expected an operator or the end, got ')'", ""),
        ("a b", "  ^", "expected an operator or the end, got 'b'", ""),
        ("f(a b)", "    ^", "expected ',' or ')', got 'b'", ""),
        ("a == b", "   ^", "expected a value, got '='", "one = compares"),
        ("a && b", "  ^", "unexpected '&'", "write and"),
        ("'abc", "^", "the ' that begins here has no end", "close it with '"),
        ("a < b < c", "      ^", "comparisons do not chain", "a < b and b < c"),
        ("count(*)", "      ^", "expected a value, got '*'", "count(payments)"),
        ("a.", "  ^", "expected a name, got the end", ""),
        ("end + 1", "^^^", "expected a value, got 'end'", 'written "end"'),
        ("case a end", "       ^^^", "expected 'when', got 'end'", ""),
        ("case when a then b", "                  ^", "expected 'end', got the end", ""),
        ("a not b", "      ^", "expected between or in, got 'b'", ""),
        ("1234567890123456789", "^" * 19, "more than 18 digits", ""),
        ("a + 'x\0'", "    ^^^^", "no database stores", ""),
        ("a ? b", "  ^", "unexpected '?'", ""),
        ("1 + 0x1F", "     ^^^", "expected an operator or the end, got 'x1F'", ""),
    ],
)
def test_a_mistake_is_shown_in_its_place(text, at, what, hint):
    """The caret stands under the token that does not fit."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert what in str(caught.value)
    first, line, carets = caught.value.shown(text).split("\n")
    assert hint in first
    assert len(line) - 4 == len(text)
    assert "    " + at == carets


def test_a_mistake_in_a_long_line_is_shown_with_what_stands_around_it():
    """The line is cut at both ends, and the caret still stands under the mistake."""
    text = " + ".join(f"column_{n}" for n in range(40)) + " + + b " + "+ c " * 30
    with pytest.raises(ExpressionError) as caught:
        parse(text.replace("+ + b", "+ = b"))
    _, line, carets = caught.value.shown(text.replace("+ + b", "+ = b")).split("\n")
    assert "=" == line[carets.index("^")]
    assert len(line) < 90
    assert line.strip().startswith("…")
    assert line.endswith("…")


def test_a_mistake_is_shown_in_its_own_line():
    """Of an expression of several lines only the one with the mistake is shown."""
    with pytest.raises(ExpressionError) as caught:
        parse("a\n  + ) b\n+ c")
    assert "here:\n      + ) b\n        ^" == caught.value.shown("a\n  + ) b\n+ c")


def test_what_is_nested_too_deep_is_refused():
    """However it is nested: no text ends in a RecursionError."""
    for text in ("(" * 3000 + "1", "-" * 3000 + "1", "not " * 900 + "a", "case " * 700,
                 "f(" * 1500 + "1", "+".join("1" * 1500), "||".join("a" * 1000)):  # fmt: skip
        with pytest.raises(ExpressionError, match=r"deep|within each other"):
            parse(text)
    assert MAX_DEPTH == parse("+".join("1" * MAX_DEPTH)).depth


def test_what_is_too_long_is_refused():
    """With its length and the limit, before it is parsed."""
    with pytest.raises(ExpressionError, match="4001 characters is longer than 4000"):
        parse("1" * (MAX_LENGTH + 1))
