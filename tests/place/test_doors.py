"""Doors: the graph libraries take seconds to load, so only the making of cities knows them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import outreach

ROOT = Path(outreach.__file__).parent
GRAPHS = {"networkx", "osmnx", "osmium"}


def imported(path: Path) -> set[str]:
    """The top-level packages a file imports, wherever in it."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_only_the_making_of_cities_knows_the_graph_libraries():
    knowing = {path.relative_to(ROOT).parts[:2] for path in ROOT.rglob("*.py") if imported(path) & GRAPHS}
    assert knowing == {("place", "cities")}


def test_opening_the_roads_loads_none_of_them():
    asked = (
        "import sys, outreach.place.roads, outreach.place.sites, outreach.place.areas; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert not (GRAPHS | {"pandas", "geopandas", "numba", "ortools"}) & set(loaded.split())
