"""The command `recordmap`: where a process begins and ends. Everything heavy is imported when it is needed."""

from __future__ import annotations

import gc
import sys

from recordmap import TYPE_CHECKING, __version__
from recordmap.cli.standard import discard_output, prepare_streams

if TYPE_CHECKING:
    from types import FrameType

COLLECT = 20_000
"""Objects that are made, and not gone again, until the garbage collector looks for what it could free."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    prepare_streams()
    if (sys.argv[1:] if arguments is None else arguments) == ["--version"]:
        _print_version()
        return
    # A start makes many objects that stay; the collector would walk over them again and again.
    gc.set_threshold(COLLECT)
    from recordmap.collector import importing

    with importing():
        from recordmap.cli.commands import run

    terminated = _exit_on_sigterm()
    code = run(arguments)
    gc.freeze()  # nothing is left to be found: whatever holds a file or a connection is closed by now
    # Python drops an exception that a signal raises while it collects garbage: the command then ran to its end.
    sys.exit(terminated[0] if terminated else code)


def _print_version() -> None:
    """Answer without click, which takes longer to import than Python takes to start."""
    try:
        print(f"recordmap {__version__}", flush=True)  # noqa: T201 - see above
    except BrokenPipeError:
        discard_output()


def _exit_on_sigterm() -> list[int]:
    """See to it that SIGTERM ends the process with its exit code; return the list that the code goes to then."""
    import signal

    terminated: list[int] = []

    def on_sigterm(number: int, _frame: FrameType | None) -> None:
        terminated.append(128 + number)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, on_sigterm)
    return terminated
