"""Road networks and other files that no database sees: sound ones with a few places written over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from outreach.errors import OutreachError
from outreach.place import calibrating, cities, providers
from outreach.risk import tracts
from tests.hostile.cells import WRONG
from tests.hostile.files import File, said_no
from tests.hostile.judging import Verdict, broken_by
from tests.place.test_cities import GRAPH
from tests.place.test_openstreetmap import as_elements, as_xml

Reader = Callable[[Path, Path], object]
READERS: dict[str, tuple[str, Reader]] = {
    "roads .osm": ("t.osm", lambda path, home: cities.create(home / "city", "T", osm=path)),
    "roads .json": ("t.json", lambda path, home: cities.create(home / "city", "T", osm=path)),
    "roads .pbf": ("t.osm.pbf", lambda path, home: cities.create(home / "city", "T", pbf=path)),
    "roads .graphml": ("t.graphml", lambda path, home: cities.create(home / "city", "T", graphml=path)),
    "timed drives": ("legs.csv", lambda path, _: calibrating.read(path)),
    "providers": ("providers.csv", lambda path, _: providers.read(path)),
    "tracts": ("tracts.geojson", lambda path, _: tracts.read(path, "rate")),
}


def _tract(number: int) -> dict[str, object]:
    west = -71.1 + number / 50
    ring = [[west, 42.3], [west + 0.02, 42.3], [west + 0.02, 42.32], [west, 42.32], [west, 42.3]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"rate": number + 0.5}, "geometry": shape}


SEEDS = {
    "roads .osm": as_xml().encode(),
    "roads .json": json.dumps(as_elements()).encode(),
    "roads .pbf": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c\x10\x71\x1a\x78\x78\x9c",
    "roads .graphml": GRAPH.encode(),
    "timed drives": b"departed,from_lon,from_lat,to_lon,to_lat,seconds\n"
    b"2026-11-20T08:00,-71.1,42.3,-71.0,42.3,600\n",
    "providers": b"name,lon,lat,service,weekday,opens,closes\nClinic,-71.1,42.3,moud,Mon,09:00,17:00\n",
    "tracts": json.dumps({"type": "FeatureCollection", "features": [_tract(n) for n in range(9)]}).encode(),
}
WORDS = re.compile(rb"([\s<>\"'=,:{}\[\]/]+)")


@st.composite
def other_files(draw: st.DrawFn, noun: str) -> File:
    """A sound file of its kind, with a few places written over."""
    parts = WORDS.split(SEEDS[noun])
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))):
        parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from(WRONG) | st.binary(max_size=6))
    content = b"".join(parts)
    if draw(st.sampled_from((*[False] * 9, True))):
        content = draw(st.binary(max_size=200) | st.just(content[: len(content) * 2 // 3]))
    return File(noun, READERS[noun][0], content)


def read(file: File, folder: Path) -> Verdict:
    """What its reader makes of it."""
    path = folder / file.name
    path.write_bytes(file.content)
    try:
        READERS[file.noun][1](path, folder)
    except OutreachError as error:
        return said_no(error)
    except Exception as error:  # anything else is what the drill looks for
        return broken_by(error)
    return Verdict("read", True)
