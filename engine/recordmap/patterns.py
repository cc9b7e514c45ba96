"""Regular expressions that are compiled when they are first used: a command uses few of those that its modules name.

Like `frozen`, this lies below all rooms and imports nothing of ours.
"""

from __future__ import annotations

import re
from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

_compile = re.compile  # which `put_off` replaces for a while


class _Later:
    """Stands for a pattern, and takes over its methods when one of them is asked for.

    Whoever asks a class for it, or copies it, gets the pattern: other programs may need one, as `re.sub` does.
    """

    def __init__(self, text: str, flags: int) -> None:
        self.pattern = text
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(_compile(self.pattern, self.flags), name)
        setattr(self, name, found)
        return found

    def __get__(self, *_: object) -> re.Pattern[str]:
        return _compile(self.pattern, self.flags)

    def __reduce__(self) -> tuple[Any, ...]:
        return _compile, (self.pattern, self.flags)


def later(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what is used like `re.compile(text, flags)`, and costs nothing until then.

    What is wrong with the text shows at its first use: for patterns that are written in our own modules.
    """
    return cast("re.Pattern[str]", _Later(text, flags))


@contextmanager
def put_off() -> Iterator[None]:
    """Put off patterns that other packages compile while this thread imports them: they get what `later` makes.

    PyYAML has one for the characters that its own reader takes. Nobody asks for it where libyaml reads, and compiling
    it takes a third of the time in which Python starts.
    """
    compile_now = re.compile
    threads = {get_ident()}

    def put_off_here(pattern: Any, flags: int = 0) -> Any:
        return later(pattern, flags) if get_ident() in threads else compile_now(pattern, flags)

    re.compile = put_off_here
    try:
        yield
    finally:
        re.compile = compile_now
        threads.clear()  # whoever imported the function meanwhile keeps it
