"""Who takes part in memory: mappings of one Python object to another, and how their results are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks import closures, handwritten, naive
from benchmarks.handwritten import RejectedError
from benchmarks.peers import in_memory as peers
from benchmarks.projects import ADD_FILE, klaviyo_plan
from recordmap import Outcome

Mapping = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to map. `make` returns the mapping, ready to run, or raises `ImportError` where a package is missing.

    A `strict` contender must give exactly what hand-written code gives, rejects included; of others nulls and empty
    values don't count, nor does what they make of rejected records. A `bare` one is a generated function, which takes
    the existing record, the parent and the time beside the record. A reject is an exception of the kind `refuses`.
    """

    name: str
    make: Callable[[], Mapping]
    strict: bool = True
    bare: bool = False
    about: str = ""
    package: str | None = None
    refuses: type[Exception] = RejectedError


def result(mapping: Mapping, contender: Contender, record: Any) -> Any:
    """Return what a contender makes of a record; None for a reject."""
    try:
        made = mapping(record, None, None, None, None) if contender.bare else mapping(record)
    except contender.refuses:
        return None
    return made.record if isinstance(made, Outcome) else made


def _peer(name: str, make: Callable[[], Mapping], about: str, package: str) -> Contender:
    return Contender(name, make, strict=False, about=about, package=package)


def _careful_peer(name: str, make: Callable[[], Mapping], package: str) -> Contender:
    about = "all that the template looks at, rejects included"
    return Contender(f"{name}, careful", make, about=about, package=package, refuses=Exception)


CUSTOMERS: tuple[Contender, ...] = (
    Contender("hand-written", lambda: handwritten.customer, about="plain Python; the reference"),
    Contender("hand-written, tuned", lambda: handwritten.customer_tuned, about="the same, all calls inlined"),
    Contender(
        "hand-written, trusting",
        lambda: handwritten.customer_trusting,
        strict=False,
        about="no types, blanks or required fields looked at",
    ),
    Contender("recordmap", klaviyo_plan, about="`plan(record)`, everything on"),
    Contender(
        "recordmap, function",
        lambda: klaviyo_plan().function,
        bare=True,
        about="`plan.function`, as `recordmap map` calls it",
    ),
    Contender(
        "closures", lambda: closures.collection(ADD_FILE), about="the same template, no generated code"
    ),
    Contender(
        "interpreted", lambda: naive.Naive(ADD_FILE), about="the same template, jmespath and simpleeval"
    ),
    _peer("jsonata2py", peers.jsonata2py, "JSONata to Python code", "jsonata2py"),
    _peer("jlens", peers.jlens, "JSONata in Rust", "jlens"),
    _careful_peer("jsonata2py", lambda: peers.jsonata2py(peers.CAREFUL), "jsonata2py"),
    _careful_peer("jlens", lambda: peers.jlens(peers.CAREFUL), "jlens"),
    _peer("jsonatapy", peers.jsonatapy, "JSONata in Rust", "jsonatapy"),
    _peer("jmespath.py", peers.jmespath, "one multiselect, Python", "jmespath"),
    _peer("singer-sdk", peers.singer, "stream map, simpleeval", "singer-sdk"),
    _peer("jaq", peers.jaq, "jq in Rust", "jaq-rs"),
    _peer("pyVRL", peers.vrl, "Vector Remap Language, Rust", "pyVRL"),
    _peer("jq", peers.jq, "jq in C", "jq"),
    _peer("glom", peers.glom, "specification in Python", "glom"),
    _peer("jsonata-python", peers.jsonata_python, "JSONata in Python", "jsonata-python"),
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A contender with its mapping."""

    contender: Contender
    mapping: Mapping


def ready(contenders: Iterable[Contender]) -> tuple[list[Ready], dict[str, str]]:
    """Return the contenders that can run here, and why the others can't, by name."""
    able: list[Ready] = []
    missing: dict[str, str] = {}
    for contender in contenders:
        try:
            able.append(Ready(contender, contender.make()))
        except ImportError:
            missing[contender.name] = f"the package {contender.package} is not installed (make bench-peers)"
    return able, missing
