"""GraphML: a road graph as osmnx or others save it, plain or gzipped, from hands we need not trust."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import networkx as nx

from outreach.errors import Invalid

LARGEST_BYTES = 800 * 1024 * 1024
CHUNK = 1 << 20


def read(path: Path) -> nx.MultiDiGraph:
    """The graph in a .graphml or .graphml.gz file.

    Raises:
        Invalid: it is absent, too large, no GraphML, or declares entities (the means of XML bombs).
    """
    content = _content(path)
    if b"<!DOCTYPE" in content[:65536].upper() or b"<!ENTITY" in content.upper():
        raise Invalid(
            f"{path.name} declares a document type or entities. That is refused: it can make a small file "
            "grow without end. Save the graph again with osmnx.save_graphml.",
            code="xml-bomb",
        )
    try:
        graph = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    except (ParseError, nx.NetworkXException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(
            f"{path.name} cannot be read as GraphML ({str(error)[:120]}). Save it with osmnx.save_graphml.",
            code="not-graphml",
        ) from None
    if "crs" in graph.graph and "4326" not in str(graph.graph["crs"]):
        raise Invalid(
            f"{path.name} is projected ({str(graph.graph['crs'])[:40]}). Save it in WGS84 (epsg:4326).",
            code="projected",
        )
    return graph


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            return _bounded(gzip.GzipFile(fileobj=raw) if zipped else raw, path.name)
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path.name} cannot be read ({error}). Copy it again.", code="unreadable") from None


def _bounded(file: BinaryIO | gzip.GzipFile, name: str) -> bytes:
    found, size = [], 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise Invalid(
                f"{name} unpacks to more than {LARGEST_BYTES >> 20} MB. Choose a smaller area or use --pbf.",
                code="too-large",
            )
        found.append(chunk)
    return b"".join(found)
