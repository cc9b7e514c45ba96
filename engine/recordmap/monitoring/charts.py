"""Charts as places and sizes, for a template to draw as SVG. Nothing here knows what is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 960, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 8, 8, 24
_LETTERS = 36
"""How much of a name stands beside a bar."""
_LABELS = 8
"""Times that stand below a chart at most."""

_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400)
"""Seconds between two lines of a chart of times; above a day, whole days."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its name, its class in the style, and a value for each column (None: nothing to show)."""

    name: str
    style: str
    values: Sequence[float | None]


def columns(
    title: str,
    meaning: str,
    labels: Sequence[str],
    series: Sequence[Series],
    text: Callable[[float], str],
    *,
    times: bool = False,
) -> dict[str, Any]:
    """Return a chart of columns, one a label, with the series stacked. `text` says a value; `times`: in seconds."""
    heights = [sum(one.values[index] or 0 for one in series) for index in range(len(labels))]
    highest = max(heights, default=0)
    step = _step(highest, times=times)
    top = max(step, step * -(-highest // step))
    inner_height, inner_width = HEIGHT - _TOP - _BOTTOM, WIDTH - _LEFT - _RIGHT
    slot = inner_width / max(len(labels), 1)
    boxes = []
    for index, label in enumerate(labels):
        stacked = 0.0
        for one in series:
            value = one.values[index]
            if not value:
                continue
            height = inner_height * value / top
            stacked += height
            boxes.append(
                {
                    "x": round(_LEFT + slot * index + slot * 0.1, 1),
                    "y": round(HEIGHT - _BOTTOM - stacked, 1),
                    "width": round(slot * 0.8, 1),
                    "height": round(height, 1),
                    "style": one.style,
                    "told": f"{label}: {text(value)}" + (f" {one.name}" if len(series) > 1 else ""),
                }
            )
    lines = [
        {"y": round(HEIGHT - _BOTTOM - inner_height * number * step / top, 1), "label": text(number * step)}
        for number in range(round(top / step) + 1)
    ]
    every = max(1, -(-len(labels) // _LABELS))
    below = [
        {"x": round(_LEFT + slot * (index + 0.5), 1), "label": label}
        for index, label in enumerate(labels)
        if index % every == 0
    ]
    return {
        "title": title,
        "meaning": meaning,
        "width": WIDTH,
        "height": HEIGHT,
        "left": _LEFT,
        "right": WIDTH - _RIGHT,
        "base": HEIGHT - 6,
        "boxes": boxes,
        "lines": lines,
        "below": below,
        "legend": [{"name": one.name, "style": one.style} for one in series] if len(series) > 1 else [],
        "names": [one.name for one in series] if len(series) > 1 else [title],
        "figures": [
            (label, [_figure(one.values[index], text) for one in series])
            for index, label in enumerate(labels)
        ],
    }


def bars(title: str, rows: Mapping[str, Sequence[Series]]) -> dict[str, Any]:
    """Return a chart of lying bars, one a row, with the first value of each series side by side."""
    sums = {name: sum(one.values[0] or 0 for one in series) for name, series in rows.items()}
    largest = max(sums.values(), default=0) or 1
    left, height = 260, 22
    drawn = []
    for index, (name, series) in enumerate(rows.items()):
        x, boxes = float(left), []
        for one in series:
            width = (WIDTH - left - 90) * (one.values[0] or 0) / largest
            told = f"{name}: {one.values[0] or 0:,.0f} {one.name}"
            boxes.append({"x": round(x, 1), "width": round(width, 1), "style": one.style, "told": told})
            x += width
        row = {"name": shortened(name), "y": index * height, "boxes": boxes, "end": round(x + 6, 1)}
        drawn.append({**row, "label": f"{sums[name]:,.0f}"})
    return {
        "title": title,
        "width": WIDTH,
        "height": height * len(drawn),
        "left": left - 8,
        "rows": drawn,
        "names": [one.name for one in next(iter(rows.values()), ())],
        "figures": [
            (name, [f"{one.values[0] or 0:,.0f}" for one in series]) for name, series in rows.items()
        ],
    }


def _figure(value: float | None, text: Callable[[float], str]) -> str:
    return "" if value is None else text(value)


def shortened(name: str) -> str:
    """Return a name as long as there is room for beside a bar."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _step(highest: float, *, times: bool) -> float:
    """Return how far apart the lines of a chart are, so that there are about four and each has a round value."""
    wanted = highest / 4
    if not times:
        # Never less than 1: what is counted is whole, and a rate below it is a short column.
        size = 10 ** floor(log10(wanted)) if wanted > 1 else 1
        return float(next(one * size for one in (1, 2, 5, 10) if one * size >= wanted))
    day = _TIMES[-1]
    return float(next((one for one in _TIMES if one >= wanted), day * -(-wanted // day)))
