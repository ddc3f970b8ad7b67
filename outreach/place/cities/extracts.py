"""Extracts: OpenStreetMap files (.osm.pbf, .osm XML, an Overpass answer in JSON) read with open eyes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

from outreach.errors import Invalid
from outreach.place.cities.files import content, refuse_entities
from outreach.place.cities.tags import AT_NODES, USED, stops_vans
from outreach.place.cities.ways import Extract, Way, usable

LARGEST_PBF = 600 * 1024 * 1024


def read_pbf(path: Path) -> Extract:
    """The streets of a .osm.pbf file.

    Raises:
        Invalid: it is absent, damaged or too large, or pyosmium is not installed.
    """
    if find_spec("osmium") is None:
        raise Invalid("Reading .pbf needs pyosmium: pip install 'outreach[pbf]'.", code="no-osmium")
    if not path.is_file():
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file")
    if path.stat().st_size > LARGEST_PBF:
        raise Invalid(
            f"{path.name} is larger than {LARGEST_PBF >> 20} MB. Cut the city out of it first "
            "(osmium extract --bbox …).",
            code="too-large",
        )
    return usable(_from_pbf(path), path.name)


def _from_pbf(path: Path) -> Extract:
    import osmium  # an extra, and compiled: only this command needs it

    found = Extract()
    try:
        objects = osmium.FileProcessor(str(path)).with_locations()
        for thing in objects.with_filter(osmium.filter.KeyFilter("highway", "barrier")):
            if isinstance(thing, osmium.osm.Node):
                _mark(found, thing.id, {key: thing.tags[key] for key in AT_NODES if key in thing.tags})
            elif isinstance(thing, osmium.osm.Way) and "highway" in thing.tags:
                for node in thing.nodes:
                    if node.location.valid():
                        found.positions[node.ref] = node.lon, node.lat
                tags = {key: thing.tags[key] for key in USED if key in thing.tags}
                found.ways.append(Way(tuple(node.ref for node in thing.nodes), tags))
    except RuntimeError as error:
        raise Invalid(
            f"{path.name} cannot be read as .osm.pbf ({str(error)[:80]}). Fetch it again.", code="not-osm"
        ) from None
    return found


def read_osm(path: Path) -> Extract:
    """The streets of an .osm (XML) file or of an Overpass answer in JSON, plain or gzipped.

    Raises:
        Invalid: it is absent, damaged, too large, no OpenStreetMap data, or declares entities.
    """
    text = content(path)
    if text.lstrip()[:1] == b"{":
        return usable(_from_json(text, path.name), path.name)
    refuse_entities(text, path.name)
    return usable(_from_xml(text, path.name), path.name)


def _from_json(text: bytes, file: str) -> Extract:
    try:
        answer = json.loads(text)
        _refuse_cut_short(answer, file)
        return _extract(_json_things(answer["elements"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid(
            f"{file} is no Overpass answer ({str(error)[:80]}). Ask with [out:json] and (._;>;); out body;.",
            code="not-osm",
        ) from None


def _refuse_cut_short(answer: Mapping[str, object], file: str) -> None:
    """A server that ran out of time or memory answers with what it had until then."""
    remark = str(answer.get("remark", ""))
    if "error" in remark:
        raise Invalid(
            f"{file} is cut short: the server said “{remark[:100]}”. Ask again for a smaller area or with a "
            "longer [timeout].",
            code="cut-short",
        )


Thing = tuple[str, int, object, Mapping[str, str]]


def _json_things(elements: list[Mapping[str, object]]) -> Iterator[Thing]:
    for element in elements:
        tags = element.get("tags")
        words = {str(k): str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else {}
        kind, number = str(element["type"]), int(str(element["id"]))
        if kind == "node":
            yield kind, number, (float(str(element["lon"])), float(str(element["lat"]))), words
        elif kind == "way":
            nodes = element["nodes"]
            if not isinstance(nodes, list):
                raise TypeError(f"way {number} has no list of nodes")
            yield from _drawn(nodes, element.get("geometry"))
            yield kind, number, [int(node) for node in nodes], words


def _drawn(nodes: Sequence[object], geometry: object) -> Iterator[Thing]:
    """The nodes of a way that brings its own positions along (`out geom`); null where they lie outside."""
    if isinstance(geometry, list) and len(geometry) == len(nodes):
        for node, spot in zip(nodes, geometry, strict=True):
            if spot is not None:
                yield "node", int(str(node)), (float(spot["lon"]), float(spot["lat"])), {}


def _from_xml(text: bytes, file: str) -> Extract:
    try:
        return _extract(_xml_things(text))
    except (ParseError, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            f"{file} cannot be read as OpenStreetMap XML ({str(error)[:80]}). Export it again.",
            code="not-osm",
        ) from None


def _xml_things(text: bytes) -> Iterator[Thing]:
    for _, element in iterparse(io.BytesIO(text)):
        if element.tag == "node":
            position = float(element.attrib["lon"]), float(element.attrib["lat"])
            yield "node", int(element.attrib["id"]), position, _tags(element)
        elif element.tag == "way":
            nodes = [int(child.attrib["ref"]) for child in element if child.tag == "nd"]
            yield "way", int(element.attrib["id"]), nodes, _tags(element)
        elif element.tag != "relation":
            continue
        element.clear()


def _tags(element: Element) -> Mapping[str, str]:
    return {child.attrib["k"]: child.attrib["v"] for child in element if child.tag == "tag"}


def _extract(things: Iterator[Thing]) -> Extract:
    found = Extract()
    for kind, number, where, tags in things:
        if kind == "node" and isinstance(where, tuple):
            found.positions[number] = where
            _mark(found, number, tags)
        elif isinstance(where, list) and "highway" in tags:
            found.ways.append(Way(tuple(where), {key: tags[key] for key in USED if key in tags}))
    return found


def _mark(found: Extract, node: int, tags: Mapping[str, str]) -> None:
    """Remember what stands at a node: a light, or something no van passes."""
    if tags.get("highway") == "traffic_signals":
        found.signals.add(node)
    if stops_vans(tags):
        found.shut.add(node)
