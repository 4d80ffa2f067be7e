"""Errors cross processes, and say what, where and the way out."""

from __future__ import annotations

import pickle

import pytest

from shardgen import errors
from shardgen.errors import (
    DatabaseError,
    DifferenceError,
    GenerationError,
    InputError,
    LockedError,
    Mistake,
    OutputError,
    PlanError,
    SchemaError,
    ShardFileError,
    ShardgenError,
    StoppedError,
    WorkerError,
    nearest,
)

MISTAKES = [
    Mistake("tables.a", "x is 'y'", "did you mean 'z'?"),
    Mistake("", "no table"),
    Mistake("b", "c"),
]
ALL = [
    (ShardgenError("a"), 1, "a"),
    (SchemaError(MISTAKES[:1], "s.json"), 3, "s.json: x is 'y' at tables.a; did you mean 'z'?"),
    (
        SchemaError(MISTAKES, "s.json"),
        3,
        "s.json: 3 mistakes\n  x is 'y' at tables.a; did you mean 'z'?\n  no table\n  c at b",
    ),
    (PlanError(MISTAKES[1:2]), 4, "no table"),
    (GenerationError("a", "b"), 5, "('a', 'b')"),
    (WorkerError("a"), 6, "a"),
    (ShardFileError("a"), 7, "a"),
    (OutputError("a"), 8, "a"),
    (DatabaseError("a"), 9, "a"),
    (LockedError("a"), 10, "a"),
    (DifferenceError("a"), 11, "a"),
    (StoppedError(), 130, "interrupted"),
    (StoppedError("terminated", 143), 143, "terminated"),
]


def _classes(root):
    yield root
    for kind in root.__subclasses__():
        yield from _classes(kind)


@pytest.mark.parametrize(("error", "code", "message"), ALL, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_crosses_processes_unchanged(error, code, message, protocol):
    """Its class, its message, its exit code and its mistakes."""
    twin = pickle.loads(pickle.dumps(error, protocol))
    assert type(error) is type(twin)
    assert (code, message) == (twin.exit_code, str(twin))
    assert getattr(error, "mistakes", None) == getattr(twin, "mistakes", None)
    assert getattr(error, "source", None) == getattr(twin, "source", None)


def test_no_error_is_left_out():
    """Of the classes above; InputError is only a base."""
    ours = {kind for kind in _classes(ShardgenError) if kind.__module__ == errors.__name__}
    assert ours - {InputError} == {type(error) for error, _, _ in ALL}


def test_each_class_has_an_exit_code_of_its_own_and_stands_in_the_tree():
    """The tree in the docstring of the module has each class with its code."""
    kinds = [
        k
        for k in _classes(ShardgenError)
        if k.__module__ == errors.__name__ and k is not InputError
    ]
    assert len(kinds) == len({kind.exit_code for kind in kinds})
    for kind in kinds:
        (line,) = [x for x in errors.__doc__.splitlines() if kind.__name__ in x.split()]
        assert str(kind.exit_code) in line.split()


def test_the_nearest_name_is_suggested_only_when_it_is_near():
    """A far suggestion would mislead, and no names give no suggestion."""
    assert "did you mean 'amount'?" == nearest("amuont", ["id", "amount"])
    assert nearest("zzz", ["id", "amount"]) == ""
    assert nearest("x", []) == ""
