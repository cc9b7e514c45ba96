"""What a function of the formula language is: signature, null rule, documentation and examples in one place.

The checker, the compiler, `recordmap functions`, the docs and the tests all read this. An embedder adds a
function by making one more `FunctionSpec`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from recordmap.schema.types import Type


class NullRule(StrEnum):
    """What a null in a required argument does."""

    GIVES_NULL = "null in, null out"
    HANDLED = "null is an ordinary argument"
    FAILS = "null rejects the record"


class Needs(StrEnum):
    """What a function is given besides its arguments, before them."""

    NOW = "now"  # the run's fixed time, an RFC 3339 text in UTC
    LOOKUPS = "lookups"  # the collection's lookup tables by name


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `repeats` takes any number of further arguments."""

    name: str
    type: Type
    doc: str
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A formula and what it gives. `names` are in scope; `fails` means that the record is rejected."""

    formula: str
    gives: Any = None
    names: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    fails: bool = False


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function. `call` takes the arguments by position and checks their types itself.

    `call` must be pure: no clock, no randomness, no input or output, never change an argument; on bad arguments it
    raises `recordmap.diagnostics.Fault`. `total` promises that it never raises for arguments of its types.
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

    @property
    def signature(self) -> str:
        """Return the signature as the docs show it: `truncate(text, length)`."""
        shown = [f"{p.name}, …" if p.repeats else f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return f"{self.name}({', '.join(shown)})"
