"""Code that is not ours: which of what it raises is its own."""

from __future__ import annotations

import signal

import pytest

from shardgen.generators.foreign import foreign_errors


def test_ctrl_c_in_a_program_of_ones_own_is_no_error_of_foreign_code():
    """Under Python's own handler KeyboardInterrupt is the user's; nobody else's, under another."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert KeyboardInterrupt not in foreign_errors()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert KeyboardInterrupt in foreign_errors()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("kind", [Exception, SystemExit])
def test_an_end_of_the_process_is_an_error_of_foreign_code(kind):
    """As every exception is."""
    assert kind in foreign_errors()
