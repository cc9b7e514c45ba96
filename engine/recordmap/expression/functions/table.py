"""The table of functions: those that come with recordmap, and the door for an embedder's own.

The table is made once and never changes; a caller that wants more functions makes a larger table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from types import MappingProxyType

from recordmap.diagnostics import ConfigurationError
from recordmap.expression.functions import (
    contact,
    conversions,
    dates,
    keeping,
    letters,
    lists,
    logic,
    lookups,
    numbers,
    patterns,
    records,
    text,
)
from recordmap.expression.functions.spec import FunctionSpec, Needs, Parameter

_FAMILIES = (
    *(logic, keeping, letters, text, lists, numbers, conversions, dates),
    *(lookups, records, contact, patterns),
)

FUNCTIONS: Mapping[str, FunctionSpec] = MappingProxyType(
    {spec.name: spec for family in _FAMILIES for spec in family.SPECS}
)
"""Every function of recordmap by its name, family by family."""

RESERVED = frozenset(
    {"value", "record", "existing", "previous", "parent", "settings", "null", "true", "false"}
)
"""Names that formulas use for something else."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def with_functions(
    base: Mapping[str, FunctionSpec], extra: Iterable[FunctionSpec]
) -> Mapping[str, FunctionSpec]:
    """Return a table with the functions of `base`, and those of `extra` after them.

    Raises:
        ConfigurationError: a function is unfit: its name is not a lower-case identifier, is taken or means
            something else in formulas; its parameters are not in the order required, optional, repeated; or
            `call` does not take them.
    """
    table = dict(base)
    for spec in extra:
        problem = _problem(spec)
        if problem is None and spec.name in table:
            problem = "there is a function of this name already"
        if problem is not None:
            raise ConfigurationError(f"the function '{spec.name}' can't be used: {problem}")
        table[spec.name] = spec
    return MappingProxyType(table)


def _problem(spec: FunctionSpec) -> str | None:
    if not _NAME.fullmatch(spec.name):
        return "a name is made of small letters a to z, digits and underscores, and begins with a letter"
    if iskeyword(spec.name) or spec.name in RESERVED:
        return "the name means something else in formulas"
    if not spec.doc.strip():
        return "it has no doc"
    return _parameters_problem(spec.parameters) or _call_problem(spec)


def _parameters_problem(parameters: tuple[Parameter, ...]) -> str | None:
    names = [parameter.name for parameter in parameters]
    for name in names:
        if not _NAME.fullmatch(name) or iskeyword(name):
            return f"'{name}' is no name for a parameter"
    if len(set(names)) != len(names):
        return "two parameters have the same name"
    ranks = [2 if parameter.repeats else 1 if parameter.optional else 0 for parameter in parameters]
    if ranks != sorted(ranks) or ranks.count(2) > 1:
        return "parameters come in the order required, optional, and at the end one that repeats"
    if ranks and ranks[-1] == 2 and not parameters[-1].optional and 1 in ranks:
        return "a parameter that repeats must be optional after an optional one"
    return None


def _call_problem(spec: FunctionSpec) -> str | None:
    """Say how `call` doesn't take the arguments that the spec promises it, by position and by name."""
    import inspect  # noqa: PLC0415 - only an embedder's own functions are looked at

    if not callable(spec.call):
        return "'call' can't be called"
    try:
        signature = inspect.signature(spec.call)
    except ValueError:  # some functions written in C don't tell
        return None
    before = [spec.needs] if isinstance(spec.needs, Needs) else []
    plain = [parameter.name for parameter in spec.parameters if not parameter.repeats]
    required = [parameter.name for parameter in spec.parameters if not parameter.optional]
    repeated = [None] * 9 if len(plain) < len(spec.parameters) else []
    try:
        signature.bind(*before, *required)
        signature.bind(*before, *plain, *repeated)
        if not repeated:
            signature.bind(*before, **dict.fromkeys(plain))
    except TypeError as error:
        return f"'call' doesn't take its parameters: {error}"
    return None
