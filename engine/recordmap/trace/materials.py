"""What a trace works with: what templates refer to, and the budgets of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordmap.expression.functions.spec import FunctionSpec
from recordmap.runtime.budget import Budget
from recordmap.runtime.work import Work
from recordmap.schema.record import RecordSchema
from recordmap.template.model import Collection


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
    work: Work
    size: int = 0
