"""Immutable classes that cost next to nothing to define: what `dataclass(frozen=True, slots=True)` makes, made later.

A dataclass writes and compiles its methods when its module is imported, half a millisecond each, and takes `inspect`
along. The engine has a hundred such classes and a command uses a few of them. A subclass of `Frozen` gets its slots at
once and its `__init__` when the first object is made; everything else is inherited. Type checkers take it for a
dataclass.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T", bound="Frozen")

FEW = 100
"""Objects of a class that don't pay for compiling its `__init__`: it takes as long as making as many without it."""


@dataclass_transform(frozen_default=True)
class _Definition(type):
    """Turns the annotations of a class into slots."""

    _positional: tuple[str, ...]
    _keywords: tuple[str, ...]
    _defaults: dict[str, Any]
    _compared: Any
    _copied: Any
    _fields: frozenset[str]
    _made: list[int]
    _setters: dict[str, Any]

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        kw_only: bool = False,
        uncompared: Iterable[str] = (),
    ) -> _Definition:
        own = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        namespace |= {"__slots__": own, "__init__": _first_init}
        made = super().__new__(cls, name, bases, namespace)
        base: Any = made.__base__ if bases else None
        positional, keywords = (base._positional, base._keywords) if base else ((), ())
        made._positional = positional if kw_only else (*positional, *own)
        type.__setattr__(made, "__match_args__", made._positional)
        made._keywords = (*keywords, *own) if kw_only else keywords
        made._fields = frozenset((*made._positional, *made._keywords))
        made._made = [0]  # to count in a class itself would have Python forget what it knows of it
        made._setters = {
            **(base._setters if base else {}),
            **{field: made.__dict__[field].__set__ for field in own},
        }
        made._copied = _first_copy
        made._defaults = {**(base._defaults if base else {}), **defaults}
        compared = [field for field in made._positional if field not in uncompared]
        made._compared = attrgetter(*compared) if compared else type
        return made


def _first_init(self: Frozen, *values: Any, **by_name: Any) -> None:
    """Set the fields of one of the first objects of a class; make an `__init__` for it once there are several."""
    cls = type(self)
    setters = cls._setters
    cls._made[0] += 1
    if len(values) == len(setters) and not (by_name or cls._keywords) and cls._made[0] <= FEW:
        for put, value in zip(setters.values(), values):  # noqa: B905 - as many, and in their order
            put(self, value)
        return
    given = dict(zip(cls._positional, values)) | by_name  # noqa: B905 - counted below
    whole = cls._defaults | given
    if cls._made[0] > FEW or len(given) < len(values) + len(by_name) or whole.keys() != cls._fields:
        # A call that is wrong is refused there, as Python refuses it.
        cls.__init__ = _init_of(cls)  # type: ignore[method-assign]
        cls.__init__(self, *values, **by_name)
        return
    for field, value in whole.items():
        setters[field](self, value)


def _init_of(cls: _Definition) -> Any:
    fields = (*cls._positional, *cls._keywords)
    parameters = [f"{field}=default_{field}" if field in cls._defaults else field for field in fields]
    if cls._keywords:
        parameters.insert(len(cls._positional), "*")
    body = "; ".join(f"set_{field}(self, {field})" for field in fields) or "pass"
    namespace: dict[str, Any] = {f"default_{field}": value for field, value in cls._defaults.items()}
    namespace |= {f"set_{field}": cls._setters[field] for field in fields}
    # Names of fields are identifiers of this package's own classes; nothing else is in the text.
    exec(f"def __init__({', '.join(['self', *parameters])}): {body}", namespace)  # noqa: S102
    return namespace["__init__"]


def _first_copy(one: Frozen, changes: dict[str, Any]) -> Frozen:
    """Copy an object with changes; make a function for its class that does so faster."""
    cls = type(one)
    cls._copied = staticmethod(_copy_of(cls))
    return cls(**{**values(one), **changes})


def _copy_of(cls: _Definition) -> Any:
    fields = (*cls._positional, *cls._keywords)
    body = "".join(f" set_{field}(made, one.{field})\n" for field in fields)
    text = (
        f"def copy(one, changes):\n made = new(cls)\n{body}"
        " for field, value in changes.items(): setters[field](made, value)\n return made"
    )
    namespace = {"new": object.__new__, "cls": cls, "setters": cls._setters}
    namespace |= {f"set_{field}": cls._setters[field] for field in fields}
    exec(text, namespace)  # noqa: S102 - as above
    return namespace["copy"]


class Frozen(metaclass=_Definition):
    """An object that never changes. Its fields are the annotations of its class, those of its base class first.

    Two are equal when they are of one class and their fields are equal. With `kw_only` in the class statement fields
    are given by name alone, and say nothing about equality; `uncompared` names others that say nothing.
    """

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} never changes: '{name}' can't be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} never changes: '{name}' can't be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        compared = type(self)._compared
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        return hash(type(self)._compared(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{field}={value!r}" for field, value in values(self).items())
        return f"{type(self).__qualname__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), values(self))


def _again(cls: type[T], fields: dict[str, Any]) -> T:
    """Make an object from what `pickle` and `copy` keep of one."""
    return cls(**fields)


def values(one: Frozen) -> dict[str, Any]:
    """Return the fields of an object by name."""
    cls = type(one)
    return {field: getattr(one, field) for field in (*cls._positional, *cls._keywords)}


def replace(one: T, **changes: Any) -> T:
    """Return an object like `one`, but for the fields given."""
    cls = type(one)
    if not cls._fields.issuperset(changes):
        return cls(**{**values(one), **changes})  # which is refused as Python refuses it
    copy: T = cls._copied(one, changes)
    return copy
