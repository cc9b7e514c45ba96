"""Orders with lines, and their mappings by hand: what filters and projections are compared with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.records import SEED


def orders(count: int, *, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield `count` orders of 4 to 16 lines. Of 100 orders one has no lines, of 100 lines two have no price."""
    chance = random.Random(seed)  # noqa: S311 - records to be repeated, no secrets
    draw = chance.random
    for number in range(count):
        lines = [
            {
                "sku": f"SKU-{int(draw() * 9_000)}",
                "price": round(draw() * 20, 2) if draw() > 0.02 else None,
                "quantity": 1 + int(draw() * 4),
                "description": "One of our own",
            }
            for _ in range(4 + int(draw() * 13))
        ]
        yield {"id": number, "lines": lines if draw() > 0.01 else None}


def projection(order: dict[str, Any]) -> dict[str, Any]:
    """Return what `lines[*].sku` gives."""
    lines = order.get("lines")
    if lines is None:
        return {}
    return {"Skus": [line["sku"] for line in lines]}


def filtered(order: dict[str, Any]) -> dict[str, Any]:
    """Return what ``lines[?price > `10`].sku`` gives."""
    lines = order.get("lines")
    if lines is None:
        return {}
    return {"Skus": [line["sku"] for line in lines if (line.get("price") or 0) > 10]}


def filtered_into_objects(order: dict[str, Any]) -> dict[str, Any]:
    """Return what ``lines[?price > `10` && quantity > `1`].{Sku: sku, Price: price}`` gives."""
    lines = order.get("lines")
    if lines is None:
        return {}
    return {
        "Lines": [
            {"Sku": line["sku"], "Price": line["price"]}
            for line in lines
            if (line.get("price") or 0) > 10 and (line.get("quantity") or 0) > 1
        ]
    }
