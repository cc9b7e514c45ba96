"""The goals that recordmap set itself, and what was measured for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.checks import CHECK
from benchmarks.contenders import CUSTOMERS
from benchmarks.files import REFERENCE, map_name
from benchmarks.starting import BARE, ENGINE, RECORD

Results = dict[str, Any]
_ENGINES = {one.name: one.strict for one in CUSTOMERS if one.package is not None}
"""Other engines, and whether they do all that the template does."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure with its bound: at most, or with `at_least` at least; and `why` it is missed where it is."""

    text: str
    bound: float
    measured: Callable[[Results], float]
    unit: str = "times"
    at_least: bool = False
    why: str = ""

    def met(self, figure: float) -> bool:
        """Return whether a figure keeps the goal, as precisely as it is shown."""
        figure = round(figure, 2)
        return figure >= self.bound if self.at_least else figure <= self.bound


def _warm(workload: str, name: str = "recordmap") -> Callable[[Results], float]:
    return lambda results: float(results["memory"][workload]["warm"][name]["ratio"])


def _cold(results: Results) -> float:
    return float(results["memory"]["customer"]["cold"]["recordmap"]["ratio"])


def _next_engine(kind: str, name: str = "recordmap", *, careful: bool = False) -> Callable[[Results], float]:
    """Return the time of the fastest other engine in multiples of ours: `plan(record)`, or its function.

    Of the `careful` ones, or of those that trust their records.
    """

    def measured(results: Results) -> float:
        times = results["memory"]["customer"][kind]
        others = [
            times[one]["ratio"] for one, strict in _ENGINES.items() if strict is careful and one in times
        ]
        if not others:
            raise KeyError(name)
        return float(min(others) / times[name]["ratio"])

    return measured


def _worst_path(name: str) -> Callable[[Results], float]:
    workloads = ("filter", "projection", "filter_into_objects")
    return lambda results: max(results["memory"][one]["warm"][name]["ratio"] for one in workloads)


def _file(name: str, other: str) -> Callable[[Results], float]:
    """Return the wall time of one program in multiples of another's."""

    def measured(results: Results) -> float:
        times = results["files"]["times"]
        return float(times[name]["ratio"] / times[other]["ratio"])

    return measured


def _longest(program: str, results: Results) -> dict[str, float]:
    runs = [run for run in results["streams"]["runs"] if run["program"] == program]
    longest: dict[str, float] = max(runs, key=lambda run: run["records"])
    return longest


def _two_jobs(results: Results) -> float:
    return _longest(map_name(2), results)["speedup"]


def _memory_growth(results: Results) -> float:
    runs = sorted(
        (run for run in results["streams"]["runs"] if run["program"] == map_name(1)),
        key=lambda run: run["records"],
    )
    return float(runs[-1]["megabytes"] / runs[-2]["megabytes"])


def _start(name: str) -> Callable[[Results], float]:
    return lambda results: float(results["starting"]["times"][name]["ratio"])


def _import(figure: str, factor: float) -> Callable[[Results], float]:
    def measured(results: Results) -> float:
        times = results["starting"]["times"]
        return float((times[ENGINE][figure] - times[BARE][figure]) * factor)

    return measured


_MAP = map_name(1)
_FUNCTION = "recordmap, function"
_TRUSTING = (
    "That engine maps without checks: nothing is required, no type or length is looked at, and an empty text is as good"
    " as none. It gives a dict, where `plan(record)` has every check on and gives an `Outcome`, which says why a record"
    " has none; `plan.function` gives a dict too, with the same checks. Engines that look at what the template looks at"
    " are in the two rows above."
)
_COLD = (
    "Of cold records all take longer, because the record itself has to come from memory, and that time is the same for"
    " everybody. Even hand-written code without any check is not three times as fast as that engine there."
)
_WHOLE = (
    "The smallest of these templates takes hand-written code half a microsecond. Calling a plan and handing out an"
    " outcome takes almost as long, whatever the template does; the rest is looking at every entry that leaves the"
    " field."
)
_LINES = (
    "A sixth of the run is the start. The rest is shared by reading and decoding JSON, looking for what breaks a limit,"
    " mapping, and writing JSON. What a start costs would be saved by plans that are kept between runs. A plan that is"
    " out of date would map wrongly in silence, so none is kept."
)
_JOBS = (
    "Two processes share the memory and the caches of a machine, and the two processors of this one have other guests:"
    " the same work took both together a tenth to a third more processor time than one alone. Two processes that share"
    " nothing with each other came to 1.5 to 1.9 times, from run to run (see the table of streams)."
)
_STARTS = (
    "A third of a start is Python itself and its own modules, and an eighth is the end, at which Python gives back all"
    " that was made; the rest is importing PyYAML and recordmap's modules, and reading, checking and compiling the"
    " templates. What was found clean, or the plans, could be kept between runs. Neither is: a library would then write"
    " files that nobody asked for, and whoever can write there would decide what isn't checked, or what runs."
)
GOALS = (
    Goal("A profile into a customer, warm: at most 1.15 times hand-written", 1.15, _warm("customer")),
    Goal("The same on cold records: at most 1.15 times hand-written", 1.15, _cold),
    Goal("The next engine that does the same, warm: at least 3 times slower", 3, _next_engine("warm", careful=True),
         at_least=True),
    Goal("The next engine that does the same, cold: at least 3 times slower", 3, _next_engine("cold", careful=True),
         at_least=True),
    Goal("One that trusts its records, warm: at least 3 times slower", 3, _next_engine("warm"), at_least=True,
         why=_TRUSTING),
    Goal("One that trusts its records, from dict to dict, warm: at least 3 times slower", 3,
         _next_engine("warm", _FUNCTION), at_least=True),
    Goal("One that trusts its records, cold: at least 3 times slower", 3, _next_engine("cold"), at_least=True,
         why=_COLD),
    Goal("One that trusts its records, from dict to dict, cold: at least 3 times slower", 3,
         _next_engine("cold", _FUNCTION), at_least=True),
    Goal("Eight formulas: at most 1.8 times hand-written", 1.8, _warm("formulas")),
    Goal("Filters and projections, the path alone: at most 1.5 times a comprehension", 1.5,
         _worst_path("recordmap, path alone")),
    Goal("Filters and projections, the whole plan: at most 1.5 times a comprehension", 1.5, _worst_path("recordmap"),
         why=_WHOLE),
    Goal("File to file: at most 1.05 times hand-written with orjson", 1.05, _file(_MAP, REFERENCE)),
    Goal("File to file: 0.8 times hand-written with orjson", 0.8, _file(_MAP, REFERENCE), why=_LINES),
    Goal("File to file: faster than Polars on one thread", 1, _file(_MAP, "polars, 1 thread")),
    Goal("File to file: jq at least 5 times slower", 5, _file("jq", _MAP), at_least=True),
    Goal("Two jobs: at least 1.7 times as fast as one", 1.7, _two_jobs, at_least=True, why=_JOBS),
    Goal("Memory of the longest stream: at most 1.1 times that of one a tenth as long", 1.1, _memory_growth),
    Goal("`recordmap --version`: at most 3 times a bare interpreter", 3, _start("recordmap --version")),
    Goal("Mapping one record: at most 7 times a bare interpreter", 7, _start(RECORD), why=_STARTS),
    Goal("Importing the engine: at most 60 ms", 60, _import("wall", 1e3), "ms"),
    Goal("Importing the engine: at most 15 MB", 15, _import("megabytes", 1), "MB"),
    Goal("Checking the shipped project, whole process: at most 150 ms of processor time", 150,
         lambda results: float(results["checks"]["shipped"][CHECK]["cpu"] * 1e3), "ms"),
    Goal("Compiling the four shipped collections: at most 20 ms", 20,
         lambda results: float(results["compiling"]["shipped"]["compile"]), "ms"),
)  # fmt: skip


def judged(results: Results) -> Iterator[tuple[Goal, float]]:
    """Yield each goal with its figure; goals whose contender was missing are left out."""
    for goal in GOALS:
        try:
            yield goal, goal.measured(results)
        except KeyError:
            continue
