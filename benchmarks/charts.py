"""Pictures of the results as SVG, readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
    text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13px; }
    text { fill: #1f2328; }
    .title { font-size: 15px; font-weight: 600; }
    .small { font-size: 11.5px; fill: #59636e; }
    .ours { font-weight: 600; }
    .grid { fill: none; stroke: #d1d9e0; stroke-width: 1; }
    .stem { stroke: #9aa4af; stroke-width: 2; }
    .dot { fill: #59636e; }
    .bar { fill: #9aa4af; }
    .bar.ours { fill: #0550ae; }
    .stem.ours, .line { stroke: #0550ae; }
    .dot.ours { fill: #0550ae; }
    .line { fill: none; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .small { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .stem { stroke: #656c76; }
      .dot { fill: #9198a1; }
      .bar { fill: #656c76; }
      .bar.ours { fill: #79c0ff; }
      .stem.ours, .line { stroke: #79c0ff; }
      .dot.ours { fill: #79c0ff; }
    }
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart. `ours` is drawn to be seen."""

    name: str
    value: float
    label: str
    ours: bool = False


def on_a_scale(title: str, about: str, rows: Sequence[Row], *, axis: str, base: float) -> str:
    """Return values as points on a logarithmic scale, the smallest on top, each with a line to `base`."""
    left, width, top, step = 250, 470, 62, 24
    height = top + step * len(rows) + 40
    lowest, highest = _decades(row.value for row in rows)
    span = math.log10(highest / lowest)

    def x(value: float) -> float:
        return left + width * math.log10(value / lowest) / span

    parts = [_text(16, 28, title, "title")]
    bottom = height - 34
    for mark in _marks(lowest, highest):
        parts.append(f'<path class="grid" d="M{x(mark):.1f} {top - 14} V{bottom}"/>')
        parts.append(_text(x(mark), bottom + 14, f"{mark:g}", "small", "middle"))
    parts.append(_text(left + width, height - 4, axis, "small", "end"))
    for number, row in enumerate(sorted(rows, key=lambda row: row.value)):
        y, at = top + step * number, x(row.value)
        ours = " ours" if row.ours else ""
        parts.append(_text(left - 12, y + 4, row.name, f"name{ours}", "end"))
        parts.append(f'<path class="stem{ours}" d="M{x(base):.1f} {y} H{at:.1f}"/>')
        parts.append(f'<circle class="dot{ours}" cx="{at:.1f}" cy="{y}" r="5"/>')
        faster = row.value < base  # its line goes to the right, so its figure goes to the left
        beside = (at - 11, "end") if faster else (at + 11, "start")
        parts.append(_text(beside[0], y + 4, row.label, f"name{ours}", beside[1]))
    return _picture(820, height, title, about, parts)


def parts_of_a_whole(title: str, about: str, rows: Sequence[Row]) -> str:
    """Return values as bars in the order given, which all begin at the left; `ours` ones are drawn to be seen."""
    left, width, top, step = 250, 470, 62, 28
    height = top + step * len(rows)
    most = max(row.value for row in rows)
    parts = [_text(16, 28, title, "title")]
    for number, row in enumerate(rows):
        y, wide = top + step * number, width * row.value / most
        ours = " ours" if row.ours else ""
        parts.append(_text(left - 12, y + 4, row.name, f"name{ours}", "end"))
        parts.append(f'<rect class="bar{ours}" x="{left}" y="{y - 9}" width="{wide:.1f}" height="18"/>')
        parts.append(_text(left + wide + 8, y + 4, row.label, f"name{ours}"))
    return _picture(820, height, title, about, parts)


@dataclass(frozen=True, slots=True)
class Curve:
    """One small chart of a figure that grows: points of (size, value)."""

    title: str
    points: Sequence[tuple[float, float]]
    across: str
    up: str


def curves(title: str, about: str, several: Sequence[Curve]) -> str:
    """Return small charts in two columns, with axes that begin at zero: what is linear is a straight line."""
    wide, high = 400, 220
    parts = [_text(16, 28, title, "title")]
    for number, curve in enumerate(several):
        x, y = (number % 2) * wide, 44 + (number // 2) * high
        parts.append(f'<g transform="translate({x} {y})">')
        parts += _curve(curve)
        parts.append("</g>")
    rows = math.ceil(len(several) / 2)
    return _picture(820, 44 + rows * high, title, about, parts)


def _curve(curve: Curve) -> Iterable[str]:
    left, right, top, bottom = 62, 380, 34, 166
    most_across = max(size for size, _ in curve.points)
    most_up = max(value for _, value in curve.points)

    def place(size: float, value: float) -> tuple[float, float]:
        return left + (right - left) * size / most_across, bottom - (bottom - top) * value / most_up

    yield _text(16, 16, curve.title)
    yield f'<path class="grid" d="M{left} {top} V{bottom} H{right}"/>'
    for part in (0.5, 1.0):
        x, y = place(most_across * part, most_up * part)
        yield f'<path class="grid" d="M{left} {y:.1f} H{right}"/>'
        yield _text(left - 6, y + 4, _short(most_up * part), "small", "end")
        yield _text(x, bottom + 15, _short(most_across * part), "small", "middle")
    yield _text(right, bottom + 31, curve.across, "small", "end")
    yield _text(right, 16, curve.up, "small", "end")
    points = [place(size, value) for size, value in curve.points]
    yield f'<path class="line" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'
    yield from (f'<circle class="dot ours" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _picture(width: int, height: int, title: str, about: str, parts: Iterable[str]) -> str:
    body = "\n  ".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-labelledby="title description">\n'
        f'  <title id="title">{escape(title)}</title>\n  <desc id="description">{escape(about)}</desc>\n'
        f"  <style>{_STYLE}  </style>\n  {body}\n</svg>\n"
    )


def _decades(values: Iterable[float]) -> tuple[float, float]:
    several = list(values)
    marks = [factor * 10.0**power for power in range(-4, 6) for factor in (1, 2, 5)]
    lowest = max((mark for mark in marks if mark < min(several) * 0.98), default=marks[0])
    highest = min((mark for mark in marks if mark >= max(several)), default=marks[-1])
    return lowest, highest


def _marks(lowest: float, highest: float) -> list[float]:
    marks = [factor * 10.0**power for power in range(-4, 6) for factor in (1, 2, 5)]
    return [mark for mark in marks if lowest <= mark <= highest]


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    if value >= 1e3:
        return f"{value:,.0f}"
    return f"{value:.3g}"
