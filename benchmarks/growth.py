"""How a benchmark's figures grow with the size of its instances, as an SVG picture of small panels.

One column for each size that varies (vans, sites, days), one row for each figure; both axes of the time
panels are logarithmic, so that linear growth is a line of slope one (dashed).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

SIZES = ("vans", "sites", "days")
FIGURES = (("gap_percent", "proven gap, %", False), ("first_plan_cpu_seconds", "first plan, CPU-s", True))
WIDE, HIGH, EDGE = 260, 170, 46

Row = Mapping[str, float]


def growth(rows: Sequence[Row]) -> str:
    """The picture. Rows that differ in another size than a panel's are told apart as lines of their own."""
    varied = [size for size in SIZES if len({row[size] for row in rows}) > 1] or ["days"]
    panels = [
        _panel(rows, size, *figure, EDGE + across * (WIDE + EDGE), 24 + down * (HIGH + EDGE))
        for across, size in enumerate(varied)
        for down, figure in enumerate(FIGURES)
    ]
    wide, high = EDGE + len(varied) * (WIDE + EDGE), 24 + len(FIGURES) * (HIGH + EDGE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" '
        f'font-size="11"><rect width="{wide}" height="{high}" fill="white"/>{"".join(panels)}</svg>\n'
    )


def _panel(
    rows: Sequence[Row], size: str, figure: str, title: str, logarithmic: bool, left: float, top: float
) -> str:
    shown = [row for row in rows if math.isfinite(row[figure])]
    if not shown:
        return ""
    across = _Axis([row[size] for row in shown], True)
    up = _Axis([row[figure] for row in shown] + ([] if logarithmic else [0.0]), logarithmic)

    def place(x: float, y: float) -> tuple[float, float]:
        return left + WIDE * across(x), top + HIGH * (1 - up(y))

    parts = [f'<rect x="{left}" y="{top}" width="{WIDE}" height="{HIGH}" fill="none" stroke="#888"/>']
    parts.append(_words(left + WIDE / 2, top - 6, f"{title}, by {size}"))
    for x in sorted({row[size] for row in shown}):
        parts.append(_words(place(x, shown[0][figure])[0], top + HIGH + 14, f"{x:g}"))
    for y in (min(row[figure] for row in shown), max(row[figure] for row in shown)):
        parts.append(_words(left - 20, place(shown[0][size], y)[1] + 4, f"{y:.2g}"))
    for line in _lines(shown, size, figure):
        points = [place(x, y) for x, y in line]
        parts.append(_path(points, "#1667a8", ""))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#1667a8"/>' for x, y in points]
        if logarithmic and len(line) > 1 and line[0][1] > 0:
            straight = [place(x, line[0][1] * x / line[0][0]) for x, _ in line]
            parts.append(_path([p for p in straight if p[1] >= top], "#999", ' stroke-dasharray="4 3"'))
    return "".join(parts)


def _lines(rows: Sequence[Row], size: str, figure: str) -> list[list[tuple[float, float]]]:
    """By the other sizes, the figure's mean over seeds at each size; only where it was taken twice."""
    found: dict[tuple[float, ...], dict[float, list[float]]] = {}
    for row in rows:
        others = tuple(row[other] for other in SIZES if other != size)
        found.setdefault(others, {}).setdefault(row[size], []).append(row[figure])
    lines = [sorted((x, sum(ys) / len(ys)) for x, ys in by.items()) for by in found.values()]
    return [line for line in lines if len(line) > 1] or lines


class _Axis:
    """Maps values to 0..1, by their logarithm if asked."""

    def __init__(self, values: Sequence[float], logarithmic: bool) -> None:
        self.logarithmic = logarithmic
        turned = [self._turn(v) for v in values]
        self.low, self.span = min(turned), max(max(turned) - min(turned), 1e-9)

    def __call__(self, value: float) -> float:
        return 0.06 + 0.88 * (self._turn(value) - self.low) / self.span

    def _turn(self, value: float) -> float:
        return math.log(max(value, 1e-3)) if self.logarithmic else value


def _words(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>'


def _path(points: Sequence[tuple[float, float]], colour: str, more: str) -> str:
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{way}" fill="none" stroke="{colour}"{more}/>'
