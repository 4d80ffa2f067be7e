"""`python -m shardgen`, and the `shardgen` command."""

from __future__ import annotations

import signal

TYPE_CHECKING = False  # no `typing`: until `main` begins, Ctrl-C prints a traceback of Python's
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line."""
    # Until a run has something to clean up, Ctrl-C ends the process at once, and says nothing: not
    # even while modules are imported, where Python would print a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from shardgen.cli.main import main as command_line

    command_line()


if __name__ == "__main__":  # a spawned worker imports this module again
    main()
