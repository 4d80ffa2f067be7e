"""Names of targets with braces in them."""

from __future__ import annotations

import pytest

from shardgen.errors import PlanError
from shardgen.output.target_names import KNOWN, asked_for, target_name

DAY = "2026-11-30"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("dump-{date}.sql.zst", "dump-2026-11-30.sql.zst"),
        ("{schema}/{date}/", "a%2Fb/2026-11-30/"),
        ("{seed}{seed}", "-7-7"),
        ("{{date}}-{date}", "{date}-2026-11-30"),
        ("{{{seed}}}", "{-7}"),
        ("plain", "plain"),
    ],
)
def test_words_in_braces_are_replaced(name, made):
    """A double brace is a brace; a schema's name makes no folder."""
    assert made == target_name(name, date=DAY, seed=-7, schema="a/b")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("{dat}.sql", "has {dat} in it; did you mean 'date'?"),
        ("{}.sql", "has {} in it; {date}, {schema}, {seed} are known"),
        ("{date:%Y}", "has {date:%Y} in it"),
        ("a{date", "has a { without its other brace; write {{ for a brace"),
        ("date}a", "has a } without its other brace; write }} for a brace"),
    ],
)
def test_other_words_are_refused_with_what_is_known(name, what):
    """And a lone brace with how to write one."""
    with pytest.raises(PlanError) as refused:
        target_name(name, date=DAY, seed=0, schema="s")
    assert what in str(refused.value)


def test_what_is_asked_for_is_known_before_it_has_a_value():
    """A log is opened before the schema is read, unless that is in its name."""
    assert set(KNOWN) == asked_for("{date}{schema}-{{x}}-{seed}")
    assert set() == asked_for("{{date}}")
