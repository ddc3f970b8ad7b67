"""Places: a city fetched by name from OpenStreetMap through osmnx, politely and once only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import shapely

from outreach.errors import Invalid
from outreach.place.ground import Flat

TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fetched:
    """The drive and the walk graph of a place."""

    drive: nx.MultiDiGraph
    walk: nx.MultiDiGraph


def fetch(place: str, buffer_metres: float, cache: Path) -> Fetched:
    """The streets of `place` and `buffer_metres` around it. Answers are kept in `cache`, so that the same
    question is asked of the public servers once only.

    Raises:
        Invalid: nobody knows the place, it holds no streets, or the servers cannot be reached.
    """
    # osmnx takes seconds to load and only this command needs it.
    import osmnx
    import requests

    osmnx.settings.use_cache, osmnx.settings.cache_folder = True, cache
    osmnx.settings.requests_timeout, osmnx.settings.overpass_rate_limit = TIMEOUT_SECONDS, True
    osmnx.settings.useful_tags_node = ["highway"]
    try:
        outline = _grown(osmnx.geocode_to_gdf(place).geometry.union_all(), buffer_metres)
        drive = osmnx.graph_from_polygon(outline, network_type="drive", retain_all=True)
        walk = osmnx.graph_from_polygon(outline, network_type="walk", retain_all=True)
    except requests.RequestException as error:
        raise Invalid(
            f"OpenStreetMap cannot be reached ({type(error).__name__}). Try later, or use --pbf.",
            code="offline",
        ) from None
    except (osmnx._errors.InsufficientResponseError, TypeError, ValueError) as error:
        raise Invalid(
            f"OpenStreetMap knows no streets of “{place}” ({str(error)[:100]}). Write the place as "
            "“City, State, Country”.",
            code="no-place",
        ) from None
    return Fetched(drive, walk)


def _grown(outline: shapely.Geometry, metres: float) -> shapely.Geometry:
    middle = shapely.centroid(outline)
    flat = Flat(middle.x, middle.y)
    wide = shapely.buffer(shapely.transform(outline, flat.metres), metres)
    return shapely.transform(wide, flat.positions)
