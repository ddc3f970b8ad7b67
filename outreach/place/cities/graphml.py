"""GraphML: a road graph as osmnx or others save it, plain or gzipped, read element by element."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

import networkx as nx

from outreach.errors import Invalid
from outreach.place.cities.files import content, refuse_entities
from outreach.place.cities.tags import USED

OF_NODES = ("x", "y", "lon", "lat", "highway")
OF_EDGES = (*USED, "length", "geometry", "from")
Keys = dict[str, tuple[str, str, str | None]]


def read(path: Path) -> nx.MultiDiGraph:
    """The graph in a .graphml or .graphml.gz file, with what a city is made of; every value is text.

    Raises:
        Invalid: it is absent, too large, no GraphML, projected, or declares entities.
    """
    text = content(path)
    refuse_entities(text, path.name)
    try:
        graph = _graph(text)
    except (ParseError, KeyError, ValueError) as error:
        raise Invalid(
            f"{path.name} cannot be read as GraphML ({str(error)[:120]}). Save it with osmnx.save_graphml.",
            code="not-graphml",
        ) from None
    if "4326" not in str(graph.graph.get("crs", "epsg:4326")):
        raise Invalid(
            f"{path.name} is projected ({str(graph.graph['crs'])[:40]}). Save it in WGS84 (epsg:4326).",
            code="projected",
        )
    return graph


def _graph(text: bytes) -> nx.MultiDiGraph:
    keys: Keys = {}
    graph: nx.MultiDiGraph | None = None
    for element, within in _elements(text):
        kind = _name(element)
        if kind == "key":
            keys[element.attrib["id"]] = _key(element)
        elif kind == "graph" and graph is None:
            directed = element.attrib.get("edgedefault", "directed") == "directed"
            graph = nx.MultiDiGraph() if directed else nx.MultiGraph()
        elif graph is None:
            continue
        elif kind == "node":
            graph.add_node(element.attrib["id"], **_facts(element, keys, OF_NODES))
        elif kind == "edge":
            ends = element.attrib["source"], element.attrib["target"]
            graph.add_edge(*ends, **_facts(element, keys, OF_EDGES))
        elif kind == "data" and within == "graph" and keys[element.attrib["key"]][0] == "crs":
            graph.graph["crs"] = element.text or ""
    if graph is None:
        raise ValueError("there is no graph in it")
    return graph


def _elements(text: bytes) -> Iterator[tuple[Element, str]]:
    """The graph when it begins, everything else when it is whole, each with the name of what it lies in.

    What was read is let go: a metropolis has millions of elements.
    """
    open_elements: list[Element] = []
    for event, element in iterparse(io.BytesIO(text), events=("start", "end")):
        if event == "start":
            open_elements.append(element)
            if _name(element) == "graph":
                yield element, ""
            continue
        open_elements.pop()
        within = open_elements[-1] if open_elements else None
        name = _name(element)
        if name != "graph":
            yield element, _name(within) if within is not None else ""
        if within is not None and name in ("node", "edge"):
            within.clear()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _key(element: Element) -> tuple[str, str, str | None]:
    """What a key stands for, of what (node, edge, graph or all), and what holds where it is absent."""
    default = next((child.text for child in element if _name(child) == "default"), None)
    return element.attrib.get("attr.name", element.attrib["id"]), element.attrib.get("for", "all"), default


def _facts(element: Element, keys: Keys, wanted: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for child in element:
        if _name(child) == "data":
            name = keys[child.attrib["key"]][0]
            if name in wanted and child.text:
                found[name] = child.text
    for name, owner, default in keys.values():
        if default is not None and name in wanted and owner in ("all", _name(element)):
            found.setdefault(name, default)
    return found
