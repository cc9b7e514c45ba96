"""Where the processor time of a sync goes: timers around its layers, and what they cost themselves taken off again.

A timer takes the time of its own thread. Time within a layer that another layer is called from counts for the inner
one alone, so the layers add up to the whole.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Callable
from time import thread_time
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from recordmap.connectors.http import Client
from recordmap.connectors.klaviyo import source
from recordmap.connectors.store import postgresql
from recordmap.connectors.store.unit import StoreUnit
from recordmap.runtime.plan import Plan
from recordmap.sync import children, poll, transfer
from recordmap.sync.matching import Matcher
from recordmap.sync.report import Tally
from recordmap.sync.transfer import PageTransfer

LAYERS = HTTP, JSON, HASH, MATCHING, MAPPING, CHILDREN, STORE, JOURNAL, SQL, DECIDING = (
    "HTTP",
    "JSON",
    "who it is, and its hash",
    "matching",
    "mapping",
    "which addresses are new",
    "records and keys in the store",
    "the journal's entry",
    "SQL",
    "what became of it, counted",
)
REST = "the rest"
_PLACES: tuple[tuple[Any, tuple[str, ...], str], ...] = (
    (Client, ("get",), HTTP),
    (source, ("read_page",), JSON),
    (poll, ("receive",), HASH),
    (Matcher, ("preload_links", "preload_records", "match", "wrote"), MATCHING),
    (Plan, ("__call__",), MAPPING),
    (children, ("merge", "write"), CHILDREN),
    (StoreUnit, ("links", "find", "load", "add", "update", "add_child", "replace_child"), STORE),
    (StoreUnit, ("save_link", "resolve", "open_errors", "kept_out", "flush"), STORE),
    (transfer, ("entry_of",), JOURNAL),
    (StoreUnit, ("journal",), JOURNAL),
    (PageTransfer, ("run",), DECIDING),
    (Tally, ("add",), DECIDING),
    (DefaultDialect, ("do_begin", "do_execute", "do_executemany", "do_commit"), SQL),
    (postgresql, ("_on_executemany",), SQL),
)


class Layers:
    """Timers around the layers of this process, until it ends."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._here = threading.local()
        self._within, self._around = self._own_cost()
        self._spent.clear()
        self._calls.clear()
        for owner, names, layer in _PLACES:
            for name in names:
                setattr(owner, name, self._timed(getattr(owner, name), layer))

    def found(self, seconds: float) -> dict[str, float]:
        """Return the seconds of each layer, those of the timers taken off; `seconds` is the time of the process."""
        spent = {layer: self._spent[layer] for _, _, layer in _PLACES}
        timers = 0.0
        for (outer, layer), calls in self._calls.items():
            spent[layer] -= calls * self._within
            timers += calls * (self._within + self._around)
            if outer != REST:
                spent[outer] -= calls * self._around
        return {**spent, REST: seconds - timers - sum(spent.values())}

    def _timed(self, call: Callable[..., Any], layer: str) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            stack = self._here.__dict__.setdefault("stack", [[REST, 0.0]])
            own = [layer, 0.0]
            self._calls[stack[-1][0], layer] += 1
            stack.append(own)
            began = thread_time()
            try:
                return call(*given, **named)
            finally:
                took = thread_time() - began
                stack.pop()
                stack[-1][1] += took
                self._spent[layer] += took - own[1]

        return functools.update_wrapper(timed, call)

    def _own_cost(self) -> tuple[float, float]:
        """Return what a timer costs: the part that it counts for its layer, and the part around that."""
        times = 20_000
        nothing = self._timed(lambda: None, REST)
        began = thread_time()
        for _ in range(times):
            nothing()
        whole = (thread_time() - began) / times
        within = self._spent[REST] / times
        return within, whole - within
