"""What shall go wrong, and when: the faults of a sandbox and their turns.

A fault waits for a request that fits all it names, then has its turn, `times` times. Faults are tried in the order
they were given, and a request has at most one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import Any, Literal

from recordmap.diagnostics import ConfigurationError
from recordmap.sandbox.faults.kinds import KINDS

_KEYS = ("kind", "request", "page", "path", "method", "share", "times")


class Fault:
    """One fault and its turns.

    Args:
        kind: a key of `FAULT_KINDS`, which also tells its options.
        request: the number of the request since the script began, from 1.
        page: the number of the page in its walk, from 1, or `last`.
        path: a pattern of the path, such as `/api/profiles/*`.
        method: an HTTP method.
        share: share (0 to 1) of the requests that fit otherwise, by lot.
        times: how many turns it has, or `always`; one without it, any number with `share`.
        options: what the kind wants to know.

    Raises:
        ConfigurationError: a name or a value is not possible.
    """

    __slots__ = ("kind", "method", "options", "page", "path", "request", "share", "times")

    def __init__(
        self,
        kind: str,
        *,
        request: int | None = None,
        page: int | Literal["last"] | None = None,
        path: str | None = None,
        method: str | None = None,
        share: float | None = None,
        times: int | Literal["always"] | None = None,
        **options: Any,
    ) -> None:
        if kind not in KINDS:
            raise ConfigurationError(
                f"there is no fault '{kind}'", hint=f"one of: {', '.join(sorted(KINDS))}"
            )
        for name, value in options.items():
            _check_option(kind, name, value)
        _expect_count("request", request)
        if times != "always":
            _expect_count("times", times)
        if page != "last":
            _expect_count("page", page)
        if share is not None and not _is_share(share):
            raise ConfigurationError("the share of a fault is a number from 0 to 1")
        for name, text in (("path", path), ("method", method)):
            if text is not None and not isinstance(text, str):
                raise ConfigurationError(f"the {name} of a fault is text")
        self.kind = kind
        self.request = request
        self.page = page
        self.path = path
        self.method = method
        self.share = share
        self.times = times or (1 if share is None else "always")
        self.options = {**KINDS[kind].options, **options}

    def __repr__(self) -> str:
        when = {name: getattr(self, name) for name in _KEYS[1:] if getattr(self, name) is not None}
        return f"Fault({self.kind!r}, {', '.join(f'{name}={value!r}' for name, value in when.items())})"


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _check_option(kind: str, name: str, value: Any) -> None:
    known = KINDS[kind].options
    if name not in known:
        hint = f"its options: {', '.join(sorted(known)) or 'none'}; when: {', '.join(_KEYS[1:])}"
        raise ConfigurationError(f"the fault '{kind}' has no option '{name}'", hint=hint)
    choices = KINDS[kind].choices.get(name)
    if choices is not None and value not in choices:
        raise ConfigurationError(
            f"the option '{name}' of the fault '{kind}' cannot be that",
            hint=f"one of: {', '.join(map(str, choices))}",
        )
    if type(known[name]) in (int, float) and type(value) not in (int, float):
        raise ConfigurationError(f"the option '{name}' of the fault '{kind}' is a number")


def _expect_count(name: str, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ConfigurationError(f"the {name} of a fault is a whole number from 1")


def to_fault(fault: Any) -> Fault:
    """Return a fault that was given as a `Fault` or as the mapping a file holds.

    Raises:
        ConfigurationError: the mapping is no fault.
    """
    if isinstance(fault, Fault):
        return fault
    if not isinstance(fault, Mapping) or not isinstance(fault.get("kind"), str):
        raise ConfigurationError(
            "a fault is a mapping with a kind", hint="for example {kind: throttled, request: 3}"
        )
    return Fault(**{str(name): value for name, value in fault.items()})


def faults_of(document: Any) -> list[Fault]:
    """Return the faults that a YAML or JSON file holds: a list of mappings, or a mapping with that list as `faults`.

    The file itself is read by whoever knows the language; here it is plain data already.

    Raises:
        ConfigurationError: the data is something else.
    """
    if isinstance(document, Mapping) and document.keys() == {"faults"}:
        document = document["faults"]
    if not isinstance(document, list):
        raise ConfigurationError(
            "a file of faults holds a list of them", hint="for example - {kind: throttled, request: 3}"
        )
    return [to_fault(fault) for fault in document]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as far as faults look at it; `page` is None when it asks for no page of a list."""

    method: str
    path: str
    page: int | None


@dataclass(slots=True)
class _Turns:
    fault: Fault
    taken: int = 0


class Script:
    """The faults of a sandbox. Safe to use from several threads."""

    def __init__(self, faults: Iterable[Fault | Mapping[str, Any]] = (), *, seed: int = 1) -> None:
        self._turns = [_Turns(to_fault(fault)) for fault in faults]
        self._random = Random(seed)  # noqa: S311 - lots for faults, nothing secret
        self._requests = 0
        self._lock = Lock()

    def arrive(self, arrival: Arrival) -> Iterator[Fault]:
        """Give the faults that fit a request, in order. One that is used must be told to `spend`.

        A fault for the last page is given for every page: whether it is the last, only its answer tells.
        """
        with self._lock:
            self._requests += 1
            fitting = [turns.fault for turns in self._turns if self._fits(turns.fault, turns.taken, arrival)]
        yield from fitting

    def spend(self, fault: Fault) -> None:
        """Count a turn of a fault."""
        with self._lock:
            for turns in self._turns:
                if turns.fault is fault:
                    turns.taken += 1

    def _fits(self, fault: Fault, taken: int, arrival: Arrival) -> bool:
        return (
            not (KINDS[fault.kind].lists_only and arrival.page is None)
            and (fault.times == "always" or taken < fault.times)
            and fault.request in (None, self._requests)
            and (
                fault.page is None
                or fault.page == arrival.page
                or (fault.page == "last" and arrival.page is not None)
            )
            and (fault.path is None or fnmatchcase(arrival.path, fault.path))
            and (fault.method is None or fault.method.upper() == arrival.method)
            and (fault.share is None or self._random.random() < fault.share)
        )
