"""Files as people and accidents make them, and the imports they are handed to."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from outreach.cli.records import IMPORTS
from outreach.errors import OutreachError
from outreach.place import areas
from outreach.risk import incidents
from outreach.settings import packaged
from tests.api.conftest import STILL
from tests.hostile.cells import CELLS, NUMBERS
from tests.hostile.judging import Verdict, broken_by
from tests.hostile.twins import Twins
from tests.town import Town

INCIDENT_COLUMNS = {"time": "time", "lat": "lat", "lon": "lon", "id": "id"}


@dataclass(frozen=True, slots=True)
class File:
    """A file for one import: `noun` says which."""

    noun: str
    name: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.noun} import {self.name}: {self.content[:400]!r}"


@st.composite
def tables(draw: st.DrawFn, noun: str) -> File:
    """A CSV file that begins as the template of its kind, and goes wrong in a few places."""
    head, *samples = _template(noun)
    if noun in ("anchors", "due"):
        lines = [list(line) for line in samples]
    else:
        lines = [list(draw(st.sampled_from(samples))) for _ in range(draw(st.integers(1, 4)))]
        for number, line in enumerate(lines):
            line[0] += f"-{number}"
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))):
        line = draw(st.sampled_from(lines))
        place = draw(st.integers(0, len(line) - 1))
        odd = st.sampled_from(_odd_for(line[place]))
        line[place] = draw(odd | odd | odd | st.text(max_size=12))
    if draw(st.sampled_from((*[False] * 15, True))):
        lines[-1].append(draw(st.sampled_from(CELLS)))
    if draw(st.sampled_from((*[False] * 15, True))):
        head[draw(st.integers(0, len(head) - 1))] = draw(
            st.sampled_from(("", "code", "NAME ", "é", "x" * 999))
        )
    return File(noun, *draw(_packed(_written(draw, [head, *lines]), f"{noun}.csv")))


def sweep(noun: str) -> Iterator[File]:
    """The template with one cell gone wrong: odd numbers where a number stands."""
    head, sample, *_ = _template(noun)
    for place, cell in enumerate(sample):
        for odd in _odd_for(cell):
            out = io.StringIO(newline="")
            csv.writer(out).writerows([head, [*sample[:place], odd, *sample[place + 1 :]]])
            yield File(noun, f"{noun}.csv", out.getvalue().encode())


def _template(noun: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO((packaged("templates") / f"{noun}.csv").read_text("utf-8"))))


def _odd_for(cell: str) -> tuple[str, ...]:
    return NUMBERS if cell.replace("-", "").replace(".", "").isdecimal() else CELLS


def _written(draw: st.DrawFn, rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    how = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    end = draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\r")))
    csv.writer(
        out, delimiter=draw(st.sampled_from(",,,,,,,;\t|")), quoting=how, lineterminator=end
    ).writerows(rows)
    coding = draw(st.sampled_from((*["utf-8"] * 9, "utf-8-sig", "utf-16", "cp1252", "utf-32")))
    return out.getvalue().encode(coding, errors="replace")


@st.composite
def _packed(draw: st.DrawFn, content: bytes, name: str) -> tuple[str, bytes]:
    """Whole mostly; sometimes cut short, with a byte changed, or packed."""
    how = draw(st.sampled_from((*[9] * 12, 0, 1, 2, 3)))
    place = draw(st.integers(0, max(0, len(content) - 1)))
    if how == 0:
        content = content[:place]
    elif how == 1:
        content = content[:place] + draw(st.binary(min_size=1, max_size=4)) + content[place + 1 :]
    elif how == 2:
        return f"{name}.gz", gzip.compress(content)
    elif how == 3:
        return f"{name}.gz", gzip.compress(content)[:-9]
    return name, content


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(CELLS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ("type", "features", "geometry", "properties", "coordinates", "name", "elements", "nodes")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
POSITIONS = st.lists(
    st.lists(st.floats(-200, 200) | st.just(-71.08) | st.just(42.33), min_size=1, max_size=3), max_size=5
)


@st.composite
def shapes_of_areas(draw: st.DrawFn) -> File:
    """GeoJSON that is almost right."""
    rings = draw(st.lists(POSITIONS, max_size=2))
    square = [[[-71.1, 42.3], [-71.0, 42.3], [-71.0, 42.4], [-71.1, 42.4], [-71.1, 42.3]]]
    geometry = draw(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ("Polygon", "MultiPolygon", "Point", "LineString", "GeometryCollection", "x")
                ),
                "coordinates": st.sampled_from([square, [square], [-71.1, 42.3]]) | st.just(rings) | JSON,
            }
        )
    )
    names = st.sampled_from(CELLS) | st.just("Westside") | JSON
    feature = {"type": "Feature", "properties": {"name": draw(names)}, "geometry": geometry}
    document: object = {"type": "FeatureCollection", "features": [feature] * draw(st.integers(1, 2))}
    if draw(st.sampled_from((*[False] * 7, True))):
        document = draw(JSON)
    return File("areas", *draw(_packed(json.dumps(document).encode(), "areas.geojson")))


def imports(noun: str) -> st.SearchStrategy[File]:
    """Files for one of the imports that store something."""
    return shapes_of_areas() if noun == "areas" else tables(noun)


SWEPT = (*IMPORTS, "incidents")
NOUNS = (*SWEPT, "areas")


def imported(twins: Twins, file: File, folder: Path) -> tuple[Verdict, Verdict]:
    """The verdicts of SQLite and of PostgreSQL on one file."""
    path = folder / file.name
    path.write_bytes(file.content)
    first, second = (_imported(twin.house.town, file.noun, path) for twin in twins.both)
    return first, second


def _imported(town: Town, noun: str, path: Path) -> Verdict:
    try:
        with town.store.transaction() as session:
            if noun == "areas":
                report: object = areas.import_geojson(session, town.programme_id, path)
            elif noun == "incidents":
                report = incidents.import_csv(
                    session,
                    town.programme_id,
                    path,
                    feed="ems",
                    timezone="America/New_York",
                    columns=INCIDENT_COLUMNS,
                    city_bounds=None,
                    now=STILL,
                )
            else:
                report = IMPORTS[noun][0](session, town.programme_id, path)
    except OutreachError as error:
        return said_no(error)
    except Exception as error:  # anything else is what the drill looks for
        return broken_by(error)
    return Verdict(str(report), True)


def said_no(error: OutreachError) -> Verdict:
    """A refusal; a good one can be read."""
    said = str(error)
    readable = said.encode("utf-8", "replace").decode() == said and len(said) > 10
    return Verdict(said, False, "" if readable else f"no sentence: {said!r}")
