"""Writes the page about performance, `docs/performance.md`, and its pictures from what the benchmarks found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import pictures
from benchmarks.contenders import CUSTOMERS
from benchmarks.goals import judged
from benchmarks.markdown import figure, item, name_of, prose, share, table
from benchmarks.starting import BARE
from benchmarks.workloads import FORMULAS, PATHS

Results = dict[str, Any]
_SYNC_GOAL = 6000
_FULL = 100_000
"""Profiles of the poll that the goal is about."""

_INTRODUCTION = """\
How fast recordmap is, beside Python written by hand for the same job and beside other engines; how its cost grows; what
it takes to start; and what its safety costs. Everything here was measured by the suite in `benchmarks/`, with

```console
$ make bench-peers
$ make bench
```

`make bench-peers` installs the other engines into an environment of their own; without it `make bench` runs with those
that are there, and says which are not. `python -m benchmarks --quick` runs a little of everything, in two minutes.
"""

_METHOD = """\
- Before anything is timed, its results are compared with those of the hand-written code. `=` marks contenders that give
  exactly the same, rejects included. `~` marks those that are allowed more: null, empty text and a missing key count as
  one for them, and what they make of records that must be rejected doesn't count. That makes them faster, not slower.
- The hand-written code does what the template does: types, blanks, required fields, rejects. It doesn't limit the
  length of texts and records, and it lets NUL characters and halves of characters through; recordmap has these limits
  on in all figures. "Tuned" is the same with every call taken out, "trusting" is without any check. "Careful" programs
  of other engines do what the hand-written code does; the others trust their records.
- Contenders run in turn, in an order that changes with every repetition, and the reference runs right before and right
  after each of them. A ratio is made of times that lie within milliseconds of each other, and the median of the
  repetitions is shown. Absolute times are those of one machine on one day and drift by tens of per cent; ratios hold.
- In memory the time is processor time of the thread, without garbage collection. Warm: parts of 500 records right after
  they were parsed. Cold: records from a heap in random order, each not touched while all the others were.
- File to file the time is that of whole processes, start-up included, on files that are in the system's cache.
  Modules are compiled, as they are where a package was installed.
- The records are made up from a seed after Klaviyo's profiles: about 1.2 KB each, 38 % without a phone number, 59 %
  with an address, 71 % with a consent, 16 % with something that is not ASCII, 3 % to be rejected.
"""


def write(results: Results, docs: Path) -> None:
    """Write the page and its pictures into the folder of the documentation."""
    for name, picture in pictures.all_of(results).items():
        (docs / "images" / name).write_text(picture, encoding="utf-8")
    (docs / "performance.md").write_text(page(results), encoding="utf-8")


def page(results: Results) -> str:
    """Return the page."""
    sections = {
        "# Performance": [_INTRODUCTION],
        "## Goals": _goals(results),
        "## In memory": _customers(results),
        "## Formulas, filters and projections": _others(results),
        "## File to file": _files(results),
        "## Growth": _growth(results),
        "## Syncing": _syncing(results),
        "## Start": _starting(results),
        "## Templates to plans": _compiling(results),
        "## Checking": _checks(results),
        "## What safety costs": _bounds(results),
        "## How it is measured": [_METHOD],
        "## Machine and versions": _machine(results),
    }
    parts = [part.strip() for head, several in sections.items() for part in (head, *several)]
    return "\n\n".join(parts) + "\n"


def _goals(results: Results) -> Iterator[str]:
    several = list(judged(results))
    missed = sum(not goal.met(measured) for goal, measured in several)
    yield f"{missed} of {len(several)} goals are missed." if missed else "All goals are met."
    rows = (
        (goal.text, figure(measured, goal.unit), "yes" if goal.met(measured) else "**no**")
        for goal, measured in several
    )
    yield table(("goal", "measured", "met"), rows)
    why = [goal for goal, measured in several if goal.why and not goal.met(measured)]
    if why:
        yield "What keeps them from being met:"
        yield "\n".join(item(f"{goal.text.split(':')[0]}.", goal.why) for goal in why)


def _customers(results: Results) -> Iterator[str]:
    found = results["memory"]["customer"]
    warm, cold = found["warm"], found["cold"]
    about = {contender.name: contender.about for contender in CUSTOMERS}
    yield prose(
        "One profile becomes one customer with its address, from Python object to Python object: the Add collection as",
        "delivered, with required fields, checks against the destination's schema and every limit on.",
    )
    yield "![Times of all contenders as multiples of hand-written Python](images/performance-memory.svg)"
    rows = (
        (
            name_of(name),
            about[name],
            f"{warm[name]['micros']:.2f}",
            f"{warm[name]['ratio']:.2f}",
            f"{cold[name]['ratio']:.2f}",
            found["equal"][name],
        )
        for name in _by_ratio(warm)
    )
    yield table(("contender", "what it is", "µs, warm", "times hand-written, warm", "cold", "same"), rows)
    yield from _missing(found["missing"])


def _others(results: Results) -> Iterator[str]:
    yield prose(
        "A template with eight formulas that call functions in functions, and three templates with one JMESPath each,",
        "over orders of 4 to 16 lines. The path alone is the compiled JMESPath without a collection around it; the",
        "whole plan also checks every entry of what leaves a field.",
    )
    for workload in (FORMULAS, *PATHS):
        warm = results["memory"][workload.name]["warm"]
        about = {contender.name: contender.about for contender in workload.contenders}
        yield f"### {workload.title}"
        rows = (
            (name_of(name), about[name], f"{warm[name]['micros']:.2f}", f"{warm[name]['ratio']:.2f}")
            for name in _by_ratio(warm)
        )
        yield table(("contender", "what it is", "µs", "times hand-written"), rows)


def _files(results: Results) -> Iterator[str]:
    found = results["files"]
    times = found["times"]
    yield prose(
        f"{found['records']:,} records ({found['megabytes']:.0f} MB) from an NDJSON file to an NDJSON file, as whole",
        "processes. Peak memory is that of the largest process; what is below 10 MB is shown as 10.",
    )
    yield "![Wall times of all programs](images/performance-files.svg)"
    rows = (
        (
            name_of(name),
            f"{times[name]['wall']:.2f}",
            f"{times[name]['cpu']:.2f}",
            f"{max(times[name]['megabytes'], 10):.0f}",
            f"{times[name]['ratio']:.2f}",
            f"{times[name]['cpu_ratio']:.2f}",
            found["equal"].get(name, ""),
        )
        for name in _by_ratio(times)
    )
    yield table(("program", "wall s", "cpu s", "peak MB", "times by hand, wall", "cpu", "same"), rows)
    yield from _missing(found["missing"])


def _growth(results: Results) -> Iterator[str]:
    yield prose(
        "How the time grows with the records of a stream, the fields of a collection, the depth of its paths and the",
        "entries of a list that is filtered: axes begin at zero, so a straight line is linear growth.",
    )
    yield "![Time by records, fields, steps of paths and entries of lists](images/performance-growth.svg)"
    curves = results["curves"]
    yield table(
        ("microseconds for", "over the whole curve", "over its upper half"),
        (
            (name, f"{_slope(points, 0):.3f}", f"{_slope(points, (len(points) - 1) // 2):.3f}")
            for name, points in (
                ("a field more", curves["fields"]),
                ("a step more in each of ten paths", curves["depth"]),
                ("an entry more in a filtered list", curves["entries"]),
            )
        ),
    )
    yield prose(
        "Memory of `recordmap map` doesn't follow the length of the stream. The last column is the median of what",
        "single repetitions say, so it need not be the quotient of the medians before it. Two processes with half a",
        "file each share nothing, so they show what the machine has to give.",
    )
    yield table(
        ("records", "program", "wall s", "peak MB", "records/s", "times as fast as one job"),
        (
            (
                f"{run['records']:,}",
                name_of(run["program"]),
                f"{run['wall']:.2f}",
                f"{run['megabytes']:.0f}",
                f"{run['records'] / run['wall']:,.0f}",
                f"{run['speedup']:.2f}",
            )
            for run in results["streams"]["runs"]
        ),
    )


def _slope(points: list[dict[str, float]], begin: int) -> float:
    first, last = points[begin], points[-1]
    return (last["micros"] - first["micros"]) / (last["size"] - first["size"])


def _syncing(results: Results) -> Iterator[str]:
    found = results["syncing"]
    rows = [row for row in found["rows"] if not row["layers"]]
    layered = [row for row in found["rows"] if row["layers"]]
    yield prose(
        "Profiles over HTTP into a new store, and into stores that hold customers already: matching, mapping, records,",
        "addresses, keys, links and the watermark, all of it committed to the disk. Klaviyo is played by a process of",
        "its own that has made its answers beforehand. `make soak` measures this; it stood here on",
        f"{found['when']}.",
    )
    yield "![Processor time of a profile by layer](images/performance-layers.svg)"
    yield table(
        ("layer", *(f"µs a profile, {row['store']}" for row in layered)),
        ((layer, *(f"{row['layers'][layer]:.1f}" for row in layered)) for layer in layered[0]["layers"]),
    )
    yield prose(
        "Timers take the processor time of their own thread, without what they cost. HTTP and JSON run in a thread",
        "that reads ahead, while the other one writes.",
    )
    yield table(
        (
            "store", "customers before", "profiles", "a second", "in all runs", "µs of processor time each",
            "peak MB", "requests of a poll without change", "load before",
        ),
        (
            (
                row["store"], f"{row['held']:,}", f"{row['profiles']:,}", f"{row['per_second']:,}", _spread(row),
                f"{row['micros']:.0f}", str(row["megabytes"]), str(row["requests"]), f"{row['load_before']:.1f}",
            )
            for row in rows
        ),
    )  # fmt: skip
    yield "![Memory by profiles, time by size of the store](images/performance-syncs.svg)"
    ours = [row for row in rows if row["store"] == "SQLite"]
    full = next(row for row in ours if (row["profiles"], row["held"]) == (_FULL, 0))["per_second"]
    least, most = (bound(row["micros"] for row in ours) for bound in (min, max))
    yield prose(
        f"The goal is {_SYNC_GOAL:,} profiles a second into SQLite, five times what Klaviyo allows to be read, for",
        f"{_FULL:,} of them. It is {'met' if full >= _SYNC_GOAL else '**not met**'}: {full:,} were written in a second",
        f"of the clock. It takes {1e6 / _SYNC_GOAL:.0f} µs a profile; the rows into SQLite took {least:.0f} to",
        f"{most:.0f} µs of processor time. Each row is the run in the middle of several, where several were made. Of",
        "the same work they differ by a fifth and more, because the machine has other guests: smaller differences",
        "between rows say nothing.",
    )


def _spread(row: dict[str, Any]) -> str:
    """Return the least and the most a second in all runs of a measurement."""
    return f"{row['rates'][0]:,} to {row['rates'][-1]:,}" if len(row["rates"]) > 1 else ""


def _starting(results: Results) -> Iterator[str]:
    found = results["starting"]
    times = found["times"]
    bare = set(found["packages"][BARE])
    yield prose(
        "Whole processes. A test holds which packages a start may import: the heavy ones (HTTP, SQL, JSON Schema,",
        "tables and progress bars) belong to the commands that need them.",
    )
    rows = (
        (
            name,
            f"{one['wall'] * 1e3:.0f}",
            f"{one['ratio']:.1f}",
            f"{max(one['megabytes'] - times[BARE]['megabytes'], 0):.1f}" if name != BARE else "",
            ", ".join(package for package in found["packages"][name] if package not in bare),
        )
        for name, one in sorted(times.items(), key=lambda item: item[1]["ratio"])
    )
    yield table(("start", "wall ms", "times bare Python", "MB more", "packages imported"), rows)


def _compiling(results: Results) -> Iterator[str]:
    found = results["compiling"]
    last = found["generated"][-1]
    rate = last["collections"] / sum(last[phase] for phase in ("read", "check", "compile")) * 1e3
    yield prose(
        f"Milliseconds of processor time. Generated collections have {found['fields']} fields with paths, formulas and",
        f"conditions; {last['collections']:,} of them are read, checked and compiled at {rate:.0f} a second.",
    )
    shipped = (f"the {found['shipped_collections']} shipped together", *_phases(found["shipped"], 1))
    generated = (
        (f"{run['collections']:,} generated, each", *_phases(run, run["collections"]))
        for run in found["generated"]
    )
    yield table(("collections", "read", "check", "compile", "sum"), (shipped, *generated))


def _phases(run: dict[str, float], count: int) -> tuple[str, ...]:
    phases = [run[phase] / count for phase in ("read", "check", "compile")]
    return tuple(f"{phase:.1f}" for phase in (*phases, sum(phases)))


def _checks(results: Results) -> Iterator[str]:
    found = results["checks"]
    yield prose(
        "Whole processes, in milliseconds of processor time. `recordmap check` holds all files of the shipped project",
        "against schemas, functions and each other. The others get its templates: check-jsonschema with the schema for",
        "editors, which knows keys and some values, and yamllint, which looks at the form of YAML. Neither reads paths",
        "or formulas.",
    )
    shipped, beside = found["shipped"], found["beside"]
    count = found["beside_collections"]
    yield table(
        (
            "program",
            "shipped project",
            "peak MB",
            f"{count:,} collections of {found['fields']} fields",
            "peak MB",
        ),
        (
            (
                name_of(name),
                f"{shipped[name]['cpu'] * 1e3:.0f}",
                f"{shipped[name]['megabytes']:.0f}",
                f"{beside[name]['cpu'] * 1e3:,.0f}",
                f"{beside[name]['megabytes']:.0f}",
            )
            for name in _by_ratio(beside)
        ),
    )
    yield from _missing(found["missing"])
    growth = found["growth"]
    first, last = growth[0], growth[-1]
    more = last["collections"] - first["collections"]
    cpu, memory = ((last[figure] - first[figure]) / more * 1e3 for figure in ("cpu", "megabytes"))
    yield prose(
        f"`recordmap check` over generated collections. One more takes {cpu:.1f} ms and {memory:.0f} KB: all are",
        "kept, to be held against each other.",
    )
    rows = (
        (
            f"{run['collections']:,}",
            f"{run['cpu']:.2f}",
            f"{run['collections'] / run['cpu']:,.0f}",
            f"{run['megabytes']:.0f}",
        )
        for run in growth
    )
    yield table(("collections", "cpu s", "collections/s", "peak MB"), rows)


def _bounds(results: Results) -> Iterator[str]:
    found = results["bounds"]
    yield prose(
        "A plan has two halves. The fast one assumes that a record is as it should be; whatever is unusual it hands to",
        f"the careful one, which begins anew. Of the records above {share(found['careful_share'])} go that way.",
        "For the table, limits were taken out of the generated code of the Add collection; no switch does that.",
    )
    rows = ((name, f"{one['micros']:.2f}", f"{one['ratio']:.2f}") for name, one in found["times"].items())
    yield table(("function of the Add collection", "µs", "times as it is"), rows)
    yield prose(
        "Steps that a record takes whatever is in it are counted when it is compiled, so in this collection they cost",
        "nothing. Records without keys are as good as those with nulls: of the same records with missing keys instead",
        f"of nulls, {share(found['sparse_careful_share'])} go to the careful half, and they take",
        f"{found['sparse']['ratio']:.2f} times as long as with hand-written code.",
    )
    yield prose("The same for the templates with formulas, filters and projections:")
    titles = {workload.name: workload.title for workload in (FORMULAS, *PATHS)}
    several = (
        (titles[template], name, f"{one['micros']:.2f}", f"{one['ratio']:.2f}")
        for template, times in found["templates"].items()
        for name, one in times.items()
    )
    yield table(("template", "function", "µs", "times as it is"), several)
    looks = dict(found["lines"])
    whole = looks.pop("mapped")
    yield prose(
        "`recordmap map` looks at blocks of lines before it decodes them; a line that is unusual is read with care.",
        f"A line of these profiles takes {whole:.2f} microseconds from bytes to bytes, and of these the looks take:",
        f"{'; '.join(f'{name} {time:.2f}' for name, time in looks.items())}. Numbers are looked for where records are",
        "decoded as a whole; elsewhere the decoder holds those that are needed to 64 bits.",
    )


def _machine(results: Results) -> Iterator[str]:
    machine = results["machine"]
    yield prose(
        f"{machine['processor']}, {machine['cores']} cores shared with other work, {machine['memory_gigabytes']} GB;",
        f"{machine['system']}; {machine['python']}; recordmap at {machine['commit']}.",
        ", ".join(f"{name} {version}" for name, version in machine["versions"].items()) + ".",
    )
    runs = (
        (name, one["when"], f"{one['seconds']:.0f}", f"{one['load_before']:.1f}")
        for name, one in results.items()
        if name not in ("machine", "syncing")
    )
    yield table(("section", "when (UTC)", "seconds", "load before"), runs)


def _missing(missing: dict[str, str]) -> Iterator[str]:
    for name, why in missing.items():
        yield f"Not measured: {name}, because {why}."


def _by_ratio(times: dict[str, dict[str, float]]) -> list[str]:
    return sorted(times, key=lambda name: times[name]["ratio"])
