"""The table of functions: those that come with recordmap, and the door for an embedder's own.

The table is made once and never changes; a caller that wants more functions makes a larger table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword
from types import MappingProxyType

from recordmap.diagnostics import ConfigurationError
from recordmap.expression.functions.spec import FunctionSpec, Needs, Parameter
from recordmap.patterns import later

_FAMILIES = {
    "logic": ("is_empty", "is_null", "coalesce", "first_of"),
    "keeping": ("keep", "fill_if_empty", "overwrite_if_present", "if_changed", "newest"),
    "letters": ("upper", "lower", "title", "trim"),
    "text": ("truncate", "substring", "replace", "concat", "starts_with", "ends_with"),
    "lists": ("split", "join", "length", "contains", "first_match", "field_from_first_match"),
    "numbers": ("round", "min", "max", "abs"),
    "conversions": (
        *("to_text", "to_integer", "to_integer_required", "to_decimal", "to_decimal_required"),
        *("to_boolean", "to_boolean_required"),
    ),
    "dates": ("now", "parse_date", "parse_date_required", "format_date"),
    "lookups": ("lookup", "lookup_required"),
    "records": ("get_value", "custom_field"),
    "contact": ("normalize_email", "normalize_email_required", "normalize_phone", "normalize_phone_required"),
    "patterns": ("matches",),
}
"""The functions of each module beside this one, as in its `SPECS`."""


class _Ours(Mapping[str, FunctionSpec]):
    """Functions by their names. A family is imported when one of its functions is asked for: templates call few."""

    def __init__(self) -> None:
        self._families = {name: family for family, names in _FAMILIES.items() for name in names}
        self._specs: dict[str, FunctionSpec] = {}

    def __getitem__(self, name: str) -> FunctionSpec:
        spec = self._specs.get(name)
        if spec is None:
            # As `importlib.import_module` does, which a program that maps does without.
            module = __import__(f"{__package__}.{self._families[name]}", fromlist=["SPECS"])
            self._specs.update((one.name, one) for one in module.SPECS)
            spec = self._specs[name]
        return spec

    def __contains__(self, name: object) -> bool:
        return name in self._families

    def __iter__(self) -> Iterator[str]:
        return iter(self._families)

    def __len__(self) -> int:
        return len(self._families)


FUNCTIONS: Mapping[str, FunctionSpec] = _Ours()
"""Every function of recordmap by its name, family by family."""

RESERVED = frozenset(
    {"value", "record", "existing", "previous", "parent", "settings", "null", "true", "false"}
)
"""Names that formulas use for something else."""

_NAME = later(r"[a-z][a-z0-9_]{0,63}")


def with_functions(
    base: Mapping[str, FunctionSpec], extra: Iterable[FunctionSpec]
) -> Mapping[str, FunctionSpec]:
    """Return a table with the functions of `base`, and those of `extra` after them.

    Raises:
        ConfigurationError: a function is unfit: its name is not a lower-case identifier, is taken or means
            something else in formulas; its parameters are not in the order required, optional, repeated; or
            `call` does not take them.
    """
    extra = tuple(extra)
    if not extra:
        return base
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
