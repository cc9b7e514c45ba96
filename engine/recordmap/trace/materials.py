"""What a trace works with: the operators of formulas by node, what templates refer to, and the budgets of a record."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordmap.expression.functions.spec import FunctionSpec
from recordmap.runtime import operators
from recordmap.runtime.budget import Budget
from recordmap.schema.record import RecordSchema
from recordmap.template.model import Collection

OPERATORS: Mapping[type[ast.AST], Any] = {
    ast.Add: operators.add,
    ast.Sub: operators.subtract,
    ast.Mult: operators.multiply,
    ast.Div: operators.divide,
    ast.FloorDiv: operators.floor_divide,
    ast.Mod: operators.modulo,
    ast.USub: operators.negate,
    ast.UAdd: operators.positive,
    ast.Not: lambda value: not value,
    ast.Eq: operators.equal,
    ast.NotEq: operators.not_equal,
    ast.Lt: operators.less,
    ast.LtE: operators.less_or_equal,
    ast.Gt: operators.greater,
    ast.GtE: operators.greater_or_equal,
    ast.In: operators.within,
    ast.NotIn: lambda item, container: not operators.within(item, container),
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
}


@dataclass(frozen=True, slots=True)
class Materials:
    """What a trace needs beside the collection: other collections, schemas, functions, settings."""

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    functions: Mapping[str, FunctionSpec]
    settings: Mapping[str, Any]


@dataclass(slots=True)
class Spent:
    """What one record has used of its budgets, children included."""

    budget: Budget
    size: int = 0
