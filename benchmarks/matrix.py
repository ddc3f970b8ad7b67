"""How long a table of drive times takes: our engines against networkx, on the same graph in the same run.

    python -m benchmarks.matrix GRAPH --sites 50,200,500,1000 --json OUT

GRAPH is a .graphml, .osm, .osm.pbf or Overpass .json file, gzipped or not, or `synthetic`. Every engine
answers for the same random crossings; their answers are compared, and a difference fails the run. networkx
is asked for a sample of the sources and reckoned up to all of them: it takes minutes where we take seconds.
The first table is that of the first traffic band; `next` counts a further one, `ten` all ten bands of a plan.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from outreach.place import cities
from outreach.place.arcs import Arcs, woven
from outreach.place.engines import Engine, Hierarchies, Scipy
from outreach.place.roads import Network
from outreach.place.snapping import Snapper
from outreach.place.streets import Streets
from outreach.place.traffic import PRIOR, Traffic

SAMPLE = 12
MIDDAY = 2
BANDS_OF_A_PLAN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when engines disagree."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("graph")
    parser.add_argument("--sites", default="50,200,500,1000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        opening = made(asked.graph, Path(folder) / "city")
        streets = Streets.opened(Path(folder) / "city" / "drive.npz")
    print(
        f"{streets.node_count:,} crossings, {streets.edge_count:,} edges, opened in {opening * 1000:.0f} ms"
    )
    rows = [row for size in map(int, asked.sites.split(",")) for row in measured(streets, size, asked.seed)]
    show(rows)
    if asked.json:
        facts = {"graph": Path(asked.graph).name, "nodes": streets.node_count, "edges": streets.edge_count}
        asked.json.write_text(json.dumps({**facts, "opening_seconds": opening, "rows": rows}, indent=1))
    worst = max(float(str(row["seconds_off"])) for row in rows)
    return 0 if worst <= 0.02 else 1


def made(graph: str, folder: Path) -> float:
    """Make the city, and answer how many seconds a warm opening of it takes."""
    path = Path(graph)
    if graph == "synthetic":
        cities.create(folder, "benchmark", synthetic=True)
    elif path.name.endswith(".pbf"):
        cities.create(folder, "benchmark", pbf=path)
    elif ".graphml" in path.name:
        cities.create(folder, "benchmark", graphml=path)
    else:
        cities.create(folder, "benchmark", osm=path)
    Network.open(folder)
    started = time.perf_counter()
    Network.open(folder)
    return time.perf_counter() - started


def measured(streets: Streets, size: int, seed: int) -> list[dict[str, object]]:
    """One row for each engine at this many places."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(streets.node_count, min(size, streets.node_count), replace=False)
    spots = [
        (float(lon), float(lat)) for lon, lat in streets.nodes[chosen] + rng.normal(0, 3e-4, (len(chosen), 2))
    ]
    cost = Traffic(PRIOR).milliseconds(streets, MIDDAY)
    arcs = woven(streets, cost, Snapper(streets).snap(spots))
    reference, truth = by_networkx(arcs)
    rows: list[dict[str, object]] = []
    for engine in engines():
        before = forget_peak()
        seconds, table = timed(engine, arcs)
        again, _ = timed(engine, arcs)
        grown = peak_megabytes() - before
        off = (
            float(np.nanmax(np.abs(np.where(np.isfinite(truth), table[: len(truth)] - truth, np.nan)))) / 1000
        )
        rows.append(
            {
                "sites": len(chosen),
                "engine": engine.name,
                "first_seconds": seconds,
                "next_band_seconds": again,
                "networkx_seconds": reference,
                "times_faster": reference / seconds,
                "times_faster_next_band": reference / again,
                "times_faster_ten_bands": BANDS_OF_A_PLAN
                * reference
                / (seconds + (BANDS_OF_A_PLAN - 1) * again),
                "megabytes_more": grown,
                "seconds_off": off,
            }
        )
    return rows


def engines() -> list[Engine]:
    """Those installed."""
    try:
        return [Scipy(), Hierarchies()]
    except ImportError:
        print("The extra [fast] is not installed: contraction hierarchies are left out.", file=sys.stderr)
        return [Scipy()]


def timed(engine: Engine, arcs: Arcs) -> tuple[float, NDArray[np.float32]]:
    """CPU seconds of one table, and the table."""
    started = time.process_time()
    table = engine.table(arcs, arcs.places, arcs.places)
    return time.process_time() - started, table


def by_networkx(arcs: Arcs) -> tuple[float, NDArray[np.float64]]:
    """CPU seconds networkx takes for all sources, from a sample, and its answers for that sample."""
    graph = nx.DiGraph()
    ends = zip(arcs.tails.tolist(), arcs.heads.tolist(), arcs.cost.tolist(), strict=True)
    graph.add_weighted_edges_from(ends)
    sample, places = arcs.places[:SAMPLE].tolist(), arcs.places.tolist()
    started = time.process_time()
    found = [nx.single_source_dijkstra_path_length(graph, source) for source in sample]
    taken = time.process_time() - started
    truth = np.array([[lengths.get(place, np.inf) for place in places] for lengths in found], float)
    return taken / len(sample) * len(places), truth


def forget_peak() -> float:
    """Start counting the peak of memory anew (Linux); answers with the megabytes held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_megabytes()


def peak_megabytes() -> float:
    """The most memory this process has held since `forget_peak`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def show(rows: Sequence[dict[str, object]]) -> None:
    """The table for people."""
    columns = ("sites", "engine", "first s", "next s", "networkx s", "times", "next", "ten", "MB")
    print("{:>6} {:<24} {:>8} {:>8} {:>11} {:>7} {:>7} {:>7} {:>5}".format(*columns))
    for row in rows:
        figures = "{:>6} {:<24} {:>8.2f} {:>8.2f} {:>11.1f} {:>7.1f} {:>7.1f} {:>7.1f} {:>5.0f}"
        print(figures.format(*row.values()))


if __name__ == "__main__":
    raise SystemExit(main())
