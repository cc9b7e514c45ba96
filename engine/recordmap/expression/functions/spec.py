"""What a function of the formula language is: signature, null rule, documentation and examples in one place.

The checker, the compiler, `recordmap functions`, the docs and the tests all read this. An embedder adds a
function by making one more `FunctionSpec`. Nothing here runs a function or reads a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from recordmap.frozen import Frozen, replace
from recordmap.schema.types import NULL, Type
from recordmap.schema.unions import or_null


class NullRule(StrEnum):
    """What a null in a required argument does. A null in an optional argument always counts as not given."""

    GIVES_NULL = "null in, null out"
    HANDLED = "null is an ordinary argument"
    FAILS = "null rejects the record"


class Needs(StrEnum):
    """What a function is given besides its arguments, before them."""

    NOW = "now"  # the run's fixed time, an RFC 3339 text in UTC
    LOOKUPS = "lookups"  # the collection's lookup tables: a `LookupTables`
    PREVIOUS = "previous"  # the source record as it was last synced, or null


class Slow(StrEnum):
    """What a function goes through so slowly that large ones are counted; see `recordmap.runtime.work`."""

    TEXTS = "texts"
    LISTS = "lists"  # and objects
    LAST_TWO = "last_two"  # lists and objects that are compared: the last two arguments


class LookupTable(Protocol):
    """One lookup table as a function sees it. `on_miss` is `error`, `null`, `keep` or `default`."""

    @property
    def table(self) -> Mapping[str, Any]:
        """The rows: what each key stands for."""

    @property
    def on_miss(self) -> str:
        """What a key that is not in the table gives."""

    @property
    def default(self) -> object:
        """The value for a miss, when `on_miss` is `default`."""

    @property
    def asked(self) -> bool:
        """Whether `on_miss: error` is written there: whoever wrote it wants the record rejected."""


LookupTables = Mapping[str, LookupTable]
"""The lookup tables of one collection, by name."""


class Parameter(Frozen):
    """One parameter; `call` has one of the same name.

    With `repeats` the argument may be given any number of times, at least once unless it is `optional`.
    `check` looks at a value of the right type and says what else is wrong with it, as the end of a sentence
    that begins with the parameter ("must not be empty"), or None; the checker asks it about constants,
    `call` about the rest. `passes` says that every value of a type passes `check`.
    """

    name: str
    type: Type
    doc: str
    optional: bool = False
    repeats: bool = False
    check: Callable[[Any], str | None] | None = None
    passes: Callable[[Type], bool] | None = None


class Example(Frozen):
    """A formula and what it gives. `names` are in scope; `fails` means that the record is rejected.

    `now()` is `dates.EXAMPLE_NOW` and the lookup tables are `lookups.EXAMPLE_LOOKUPS`.
    """

    formula: str
    gives: Any = None
    names: Mapping[str, Any] = MappingProxyType({})
    fails: bool = False


class FunctionSpec(Frozen):
    """One function. `call` takes the arguments by position, or by name, and checks their types itself.

    `call` must be pure: no clock, no randomness, no input or output, never change an argument; on bad
    arguments it raises `recordmap.diagnostics.Fault`. What it gives is JSON within the limits of `limits`.
    `total` promises that it never raises for arguments of its types. One that takes more than a millisecond for
    the largest arguments says what of them is `slow`, so that a record can't ask for it without end.

    `returns` is the type of the result when no required argument is null; `infer` narrows it by the types
    of the arguments, null where an optional one isn't given. `misfit` returns the position of an argument
    that can fail although each fits its own parameter. `differences` lists where the function departs on
    purpose from its namesake on iPaaS.com, `extra` names the optional extra of the package that it needs.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Type
    doc: str
    call: Callable[..., Any]
    examples: tuple[Example, ...]
    null: NullRule = NullRule.GIVES_NULL
    total: bool = False
    needs: Needs | None = None
    family: str = "other"
    differences: str = ""
    extra: str | None = None
    infer: Callable[[Sequence[Type]], Type] | None = None
    misfit: Callable[[Sequence[Type]], int | None] | None = None
    slow: Slow | None = None

    @property
    def signature(self) -> str:
        """Return the signature as the docs show it: `truncate(text, length)`."""
        shown = [
            f"{p.name}, …" if p.repeats else f"[{p.name}]" if p.optional else p.name for p in self.parameters
        ]
        return f"{self.name}({', '.join(shown)})"

    def parameter_at(self, position: int) -> Parameter:
        """Return the parameter that takes the argument at `position`, which counts from 0.

        Raises:
            IndexError: the function takes fewer arguments.
        """
        last = self.parameters[-1] if self.parameters else None
        if last is not None and last.repeats and position >= len(self.parameters):
            return last
        return self.parameters[position]

    def result(self, given: Sequence[Type]) -> Type:
        """Return the type of the result for arguments of these types, given by position.

        It is unsure where an argument is: unknown is not wrong.
        """
        made = self.infer(given) if self.infer else self.returns
        required = [type_ for at, type_ in enumerate(given) if not self.parameter_at(at).optional]
        if self.null is NullRule.GIVES_NULL:
            if any(type_.kinds == NULL.kinds for type_ in required):
                made = NULL
            cause = next((type_ for type_ in required if type_.nullable), None)
            if cause is not None:
                made = replace(or_null(made), cause=made.cause or cause.cause)
        unsure = any(type_.unsure for type_ in given)
        return replace(made, unsure=True) if unsure and not made.unsure else made
