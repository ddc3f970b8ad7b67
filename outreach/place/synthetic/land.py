"""Land: the grown city's water, parks and areas as GeoJSON."""

from __future__ import annotations

import json

import shapely

from outreach.place.synthetic.facts import Facts, boston

Feature = dict[str, object]
MARK = "SYNTHETIC"


def features(facts: Facts) -> list[Feature]:
    """Water, parks and areas as the basemap draws them, below the streets."""
    west, south, east, north = facts.bounds
    frame = shapely.box(west - 0.3, south - 0.15, east + 0.3, north + 0.12)
    sea = shapely.intersection(_degrees(facts, facts.sea), frame)
    found = [_feature({"kind": "water", "name": "Water"}, sea)]
    for park in facts.parks:
        found.append(_feature({"kind": "park", "name": park.name}, _degrees(facts, facts.outline(park))))
    return found + [_feature({"kind": "area", "name": name}, shape) for name, shape in _areas(facts)]


def demo_areas() -> str:
    """The demonstration's areas as a GeoJSON text for `outreach areas import`: what lies nearest to each
    neighbourhood's middle. Not the city's official boundaries."""
    facts = boston()
    found = [
        _feature({"name": name, "lon": quarter.lon, "lat": quarter.lat, "source": MARK}, shape)
        for quarter, (name, shape) in zip(facts.quarters, _areas(facts), strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "source": MARK, "features": found}, separators=(",", ":"))


def _areas(facts: Facts) -> list[tuple[str, shapely.Geometry]]:
    """What of the land lies nearest to each middle."""
    middles = shapely.points(facts.flat.metres([(quarter.lon, quarter.lat) for quarter in facts.quarters]))
    frame = shapely.buffer(facts.built_up, 5_000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=frame))
    land = shapely.difference(shapely.buffer(facts.built_up, 350), facts.sea)
    tree = shapely.STRtree(cells)
    found = []
    for quarter, middle in zip(facts.quarters, middles, strict=True):
        cell = cells[tree.query(middle, predicate="intersects")[0]]
        found.append((quarter.name, _degrees(facts, shapely.intersection(cell, land))))
    return found


def _degrees(facts: Facts, shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.set_precision(shapely.transform(shapely.simplify(shape, 4), facts.flat.positions), 1e-5)


def _feature(properties: dict[str, object], shape: shapely.Geometry) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}
