"""Records that a decoder made into objects of classes: what of them is where, for code that reads them.

An attribute is read in a third of the time that a key takes. Such an object holds nothing but what a collection needs,
each key in an attribute of its own, null where the record has no such key: to whoever reads records null-safe that is
the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from recordmap.frozen import Frozen, replace, values
from recordmap.schema.types import ANY, Type

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Decoded(Frozen):
    """What a decoder makes of an object: the class, the attributes by key, and the same of objects below some keys.

    A list below such a key holds objects of the same class.
    """

    made: type
    attributes: Mapping[str, str]
    inner: Mapping[str, Decoded]


class Held(Type):
    """What is known of an object of the class `made`, whose keys are in `attributes`."""

    made: type = dict
    attributes: Mapping[str, str] = _NOTHING


def held(type_: Type, objects: Decoded) -> Held:
    """Return what is known of a value of which a decoder makes objects, or lists of them."""
    return _either(type_, objects, {})


def _either(type_: Type, objects: Decoded, found: dict[tuple[int, int], Held]) -> Held:
    """Return what is known of an object, or of one in a list. Below both lies the same: it is found out once."""
    key = id(type_), id(objects)
    if key not in found:
        in_list = _object(type_.lists.each, objects, found)
        found[key] = replace(_object(type_, objects, found), lists=replace(type_.lists, items=in_list))
    return found[key]


def _object(type_: Type, objects: Decoded, found: dict[tuple[int, int], Held]) -> Held:
    properties = type_.objects.properties
    inner = {key: _either(properties.get(key, ANY), below, found) for key, below in objects.inner.items()}
    known = replace(type_.objects, properties={**properties, **inner})
    return Held(**{**values(type_), "objects": known}, made=objects.made, attributes=objects.attributes)


def class_of(type_: Type) -> type:
    """Return the class of the objects of which this is known."""
    return type_.made if isinstance(type_, Held) else dict
