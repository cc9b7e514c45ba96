"""Commands that messages tell people to run, as they can be pasted into a terminal. Nothing is run here."""

from __future__ import annotations

import os


def command(*words: object) -> str:
    """Return a `recordmap` command of these words: names and paths are quoted where a shell would take them apart."""
    return " ".join(("recordmap", *map(quoted, words)))


def quoted(word: object) -> str:
    """Return a word as the shells of this platform take it for one."""
    if os.name == "nt":
        from subprocess import list2cmdline  # noqa: PLC0415 - hardly any run advises anything

        return list2cmdline([str(word)])
    from shlex import quote  # noqa: PLC0415 - as above

    return quote(str(word))
