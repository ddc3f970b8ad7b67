"""GraphML: a road graph as osmnx or others save it, plain or gzipped."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree.ElementTree import ParseError

import networkx as nx

from outreach.errors import Invalid
from outreach.place.cities.files import content, refuse_entities


def read(path: Path) -> nx.MultiDiGraph:
    """The graph in a .graphml or .graphml.gz file.

    Raises:
        Invalid: it is absent, too large, no GraphML, projected, or declares entities.
    """
    text = content(path)
    refuse_entities(text, path.name)
    try:
        graph = nx.read_graphml(io.BytesIO(text), force_multigraph=True)
    except (ParseError, nx.NetworkXException, KeyError, ValueError, TypeError, AttributeError) as error:
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
