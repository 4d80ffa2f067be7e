"""Texts: words, sentences and product names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from support.columns import bound, made

from shardgen.errors import PlanError, SchemaError
from shardgen.generators.locales.pools import load_pool
from shardgen.tables.batch import Batch
from shardgen.tables.text_lengths import max_length

EVERY = ("word", "phrase", "sentence", "text", "paragraph", "product_name")
SENTENCES = load_pool("sentence").values


@pytest.mark.parametrize(
    ("generator", "pool"),
    [("word", "lorem_word"), ("phrase", "phrase"), ("sentence", "sentence")],
)
def test_single_values_come_from_their_pool(generator, pool):
    """Whole entries of the bundled text file, unchanged."""
    assert set() == set(made(bound(5000, v={"generator": generator}), "v")) - set(
        load_pool(pool).values
    )


@pytest.mark.parametrize("count", [1, 2, 5])
def test_texts_have_as_many_sentences_as_asked_for(count):
    """Sentences of the pool, with one space between them."""
    one = "|".join(map(re.escape, SENTENCES))
    facts = {"generator": "text", "type": "text", "generator_params": {"sentences": count}}
    texts = made(bound(2000, v=facts), "v")
    assert all(re.fullmatch(rf"({one})( ({one})){{{count - 1}}}", text) for text in texts)


def test_no_sentence_is_made_of_others():
    """So no two sequences read the same, and unique texts are unique."""
    assert set() == {s for s in SENTENCES if re.search(r"[.!?] ", s)}


def test_no_sentence_comes_twice_in_a_text():
    """Each sentence of a text has a share of the pool to itself."""
    texts = made(bound(5000, v={"generator": "text"}), "v")
    assert {3} == {len(set(re.split(r"(?<=[.!?]) ", text))) for text in texts}


@pytest.mark.parametrize(("length", "count"), [(20_000, 3), (110, 2), (60, 1), (30, 1)])
def test_texts_take_fewer_sentences_in_short_columns(length, count):
    """Without `sentences`, three or as many as fit for certain."""
    texts = made(bound(500, v={"generator": "text", "type": f"varchar({length})"}), "v")
    assert {count} == {len(re.findall(r"[.!?](?: |$)", text)) for text in texts}
    assert length >= max(map(len, texts))


def test_sentences_that_do_not_fit_are_refused():
    """A number asked for is never changed silently; the error says what would do."""
    facts = {"generator": "text", "type": "varchar(120)", "generator_params": {"sentences": 3}}
    with pytest.raises(SchemaError, match=r"3 sentences .* varchar\(120\).*at most 2"):
        bound(5, v=facts)


@pytest.mark.parametrize("generator", EVERY)
def test_a_slice_alone_has_the_values_it_has_in_the_whole(generator):
    """Rows 5,000 to 6,000 made alone are rows 5,000 to 6,000 of the table."""
    table = bound(20_000, v={"generator": generator})
    assert made(table, "v")[5000:6000] == made(table, "v", 5000, 6000)


@pytest.mark.parametrize("generator", ["text", "product_name"])
def test_unique_columns_repeat_nothing(generator):
    """A unique column has as many different values as rows, and its bound is true."""
    table = bound(100_000, v={"generator": generator, "unique": True})
    values = Batch(table, np.arange(100_000)).column("v")
    texts = values.python()
    assert table.rows == len(set(texts))
    assert max_length(values) >= max(map(len, texts))


@pytest.mark.parametrize("generator", ["word", "phrase", "sentence"])
def test_more_unique_rows_than_possibilities_are_refused(generator):
    """The error says how many there are."""
    with pytest.raises(PlanError, match=r"only \d+ exist"):
        bound(100_000, v={"generator": generator, "unique": True})


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize("length", [14, 20, 30])
def test_product_names_fit_short_columns(length, unique):
    """Words that do not fit are left out."""
    facts = {"generator": "product_name", "type": f"varchar({length})", "unique": unique}
    values = Batch(bound(1000, v=facts), np.arange(1000)).column("v")
    assert length >= max_length(values) >= max(map(len, values.python()))
