"""The way sheet: one van's day as a drawing to print (SVG, A4 upright), its route on the map and in words.

Every turn is on it: what does not fit below the map goes on below, a further sheet's height at a time.
Black on white does; it holds no risk, no participant and nothing fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from outreach.field.shown import StopSeen, VanDay
from outreach.field.ways import HOME, Leg, StepSeen
from outreach.place.ground import Flat, Position
from outreach.place.roads import Network
from outreach.tabular import clock

WIDTH, HEIGHT, EDGE = 794, 1123, 40
"""A sheet of A4 at 96 dots an inch; a long day is several of them, one below the other."""
MAP_TOP, MAP_HEIGHT = 110, 470
MARGIN_METRES = 250.0
LINE_HEIGHT = 13
COLUMNS = 2
LONGEST_LINE = 62
FIRST_LINE = MAP_TOP + MAP_HEIGHT + 20
LETTER_WIDTH = 0.52
STROKES = {"major": ("#9a9a9a", 2.2), "minor": ("#c4c4c4", 1.1), "service": ("#dddddd", 0.7)}
FILLS = {"water": "#e3eaf0", "park": "#eef3ea"}
TURNS = {
    "depart": "Start on",
    "straight": "Straight on, into",
    "slight_left": "Bear left into",
    "slight_right": "Bear right into",
    "left": "Left into",
    "right": "Right into",
    "sharp_left": "Sharp left into",
    "sharp_right": "Sharp right into",
    "u_turn": "Turn round, into",
}
Row = tuple[str, bool]
"""Words, and whether they are bold."""

FEET, MILE_METRES = 3.28084, 1609.344


@dataclass(frozen=True, slots=True)
class Frame:
    """Where positions come to lie on the paper."""

    flat: Flat
    middle: NDArray[np.float64]
    scale: float
    window: shapely.Geometry

    @classmethod
    def around(cls, positions: Sequence[Position]) -> Frame:
        """The map that shows all of these with a rim."""
        flat = Flat(*positions[0])
        spots = flat.metres(positions)
        low, high = spots.min(axis=0) - MARGIN_METRES, spots.max(axis=0) + MARGIN_METRES
        scale = float(min((WIDTH - 2 * EDGE) / (high - low)[0], MAP_HEIGHT / (high - low)[1]))
        middle = (low + high) / 2
        half = np.array([WIDTH - 2 * EDGE, MAP_HEIGHT]) / 2 / scale
        return cls(flat, middle, scale, shapely.box(*(middle - half), *(middle + half)))

    def placed(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres of the flat view as points of the drawing."""
        away = (metres - self.middle) * self.scale * (1, -1)
        return np.asarray(np.add(away, (WIDTH / 2, MAP_TOP + MAP_HEIGHT / 2)))


@dataclass(frozen=True, slots=True)
class Column:
    """Rows of words below one another on a sheet; `x` and `top` are where the first begins."""

    sheet: int
    x: float
    top: int
    rows: Sequence[Row]


def drawn(day: VanDay, legs: Mapping[str, Leg], network: Network) -> str:
    """The sheet of a van's day as SVG text."""
    lines = [network.drive_route(leg.start, leg.end, leg.band) for leg in legs.values()]
    frame = Frame.around([spot for line in lines for spot in line])
    columns = list(_columns(list(_rows(day))))
    height = HEIGHT * (1 + columns[-1].sheet)
    parts = [
        *_head(day, network, height),
        *_ground(frame, network),
        *(_path(frame.placed(frame.flat.metres(line)), "#000000", 3.0) for line in lines),
        *_marks(frame, day, legs),
        *_words(columns),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" role="img">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def told(step: StepSeen) -> str:
    """A step in words: "Left into Mill Street, 0.4 mi (640 m)"."""
    street = step.name or "a street without a name"
    return f"{TURNS[step.turn]} {street}, {distance(step.metres)}"


def distance(metres: int) -> str:
    """Feet or miles, and metres or kilometres."""
    near = f"{round(metres * FEET, -1):.0f} ft" if metres < 300 else f"{metres / MILE_METRES:.1f} mi"
    return f"{near} ({metres} m)" if metres < 1_000 else f"{near} ({metres / 1000:.1f} km)"


def _head(day: VanDay, network: Network, height: int) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    yield _text(EDGE, 56, f"{day.van.name}, {day.date:%A %d %B %Y}", 22, bold=True)
    aboard = ", ".join(member.name for member in day.crew)
    hours = f"Leave {clock(day.depart)}, back {clock(day.back)}"
    yield _text(EDGE, 78, f"{hours}. Aboard: {aboard}" if aboard else hours, 12)
    warnings = ["SYNTHETIC streets and stops"] if network.city.get("synthetic") else []
    source = str(network.city.get("attribution", "Straight lines: no road network"))
    yield _text(EDGE, 96, ". ".join([*warnings, source]), 9)


def _ground(frame: Frame, network: Network) -> Iterator[str]:
    """Streets and water inside the map's window, faint."""
    features = network.basemap()["features"]
    assert isinstance(features, list)
    for feature in sorted(features, key=lambda one: one["geometry"]["type"] != "Polygon"):
        kind = feature["properties"].get("kind")
        if kind in FILLS or kind in STROKES:
            yield from _clipped(frame, feature["geometry"], kind)


def _clipped(frame: Frame, geometry: Mapping[str, object], kind: str) -> Iterator[str]:
    shape = shapely.geometry.shape(geometry)
    seen = shapely.intersection(shapely.transform(shape, frame.flat.metres), frame.window)
    for part in shapely.get_parts(seen):
        if kind in FILLS and part.geom_type == "Polygon":
            points = frame.placed(shapely.get_coordinates(part.exterior))
            yield f'<polygon points="{_points(points)}" fill="{FILLS[kind]}"/>'
        elif kind in STROKES and part.geom_type == "LineString":
            yield _path(frame.placed(shapely.get_coordinates(part)), *STROKES[kind])


def _marks(frame: Frame, day: VanDay, legs: Mapping[str, Leg]) -> Iterator[str]:
    base = legs[HOME].end
    (x, y) = frame.placed(frame.flat.metres([base]))[0]
    house = [(x - 9, y + 8), (x - 9, y - 2), (x, y - 10), (x + 9, y - 2), (x + 9, y + 8)]
    yield f'<polygon points="{_points(np.array(house))}" fill="#000000" stroke="#ffffff"/>'
    yield _text(x, y + 21, "Base", 10, bold=True, middle=True)
    for stop in _driven(day):
        (x, y) = frame.placed(frame.flat.metres([(stop.site.lon, stop.site.lat)]))[0]
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="#ffffff" stroke="#000000" stroke-width="2"/>'
        yield _text(x, y + 4, stop.letter, 11, bold=True, middle=True)


def _columns(rows: Sequence[Row]) -> Iterator[Column]:
    """The rows side by side below the map, then on as many further sheets as they need."""
    sheet, rest = 0, rows
    while rest or sheet == 0:
        top = FIRST_LINE if sheet == 0 else HEIGHT * sheet + EDGE + LINE_HEIGHT
        deep = (HEIGHT * (sheet + 1) - EDGE - top) // LINE_HEIGHT
        for side in range(COLUMNS):
            yield Column(sheet, EDGE + (WIDTH - 2 * EDGE) / COLUMNS * side, top, rest[:deep])
            rest = rest[deep:]
        sheet += 1


def _words(columns: Sequence[Column]) -> Iterator[str]:
    """The legs in words, all of them."""
    for column in columns:
        for number, (words, bold) in enumerate(column.rows):
            short = words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 1] + "…"
            yield _text(column.x, column.top + LINE_HEIGHT * number, short, 10, bold=bold)


def _rows(day: VanDay) -> Iterator[Row]:
    for stop in _driven(day):
        yield f"{stop.letter} {stop.site.name}, {clock(stop.starts)}-{clock(stop.ends)}", True
        yield from ((told(step), False) for step in stop.way)
    yield f"Base, back {clock(day.back)}", True
    yield from ((told(step), False) for step in day.way_home)


def _driven(day: VanDay) -> list[StopSeen]:
    return [stop for stop in day.stops if stop.state != "cancelled"]


def _path(points: NDArray[np.float64], colour: str, width: float) -> str:
    return (
        f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        'stroke-linejoin="round"/>'
    )


def _points(points: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points.tolist())


def _text(x: float, y: float, words: str, size: int, *, bold: bool = False, middle: bool = False) -> str:
    fits = int((WIDTH - EDGE - x) / size / LETTER_WIDTH)
    short = words if len(words) <= fits or middle else words[: fits - 1] + "…"
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{weight}{anchor}>{escape(short)}</text>'
