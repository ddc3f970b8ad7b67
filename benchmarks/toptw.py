"""Team orienteering with time windows, beside the peers in the same run.

`python -m benchmarks.toptw FOLDER --budget-seconds 10 [--instances c101-4,…] [--peers ortools,pyvrp,vroom]`

FOLDER holds `instances/*.txt` (KU Leuven) and `bks.csv` (instance, m, bks). CPU-seconds of one thread; every
solution, ours and theirs, is put through one checker. Peers that are not installed are left out, by name.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.check import check
from solver.files import read_toptw
from solver.limits import Until
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.solve import solve

SIXTEEN = [
    "c101-4",
    "c104-3",
    "c109-2",
    "r104-2",
    "r108-3",
    "r112-4",
    "rc101-2",
    "rc103-3",
    "rc108-4",
    "c203-1",
    "c201-2",
    "pr02-2",
    "pr04-3",
    "pr06-1",
    "pr08-4",
    "pr15-2",
]
ASKED = 1.2
"""Of the work that the pace promises: a search stopped near its end lost little, one that ends early more."""
Routes = list[list[int]]


def ours(problem: Problem, budget: float, pace: Pace) -> tuple[Routes, float]:
    """Our plan as routes, and the bound rounded down to a multiple of the profits' common divisor.

    The search is told its budget as work, as every user tells it, and is stopped by CPU-seconds if the
    machine turned out slower.
    """
    began = time.process_time()
    until = Until(work=round(ASKED * (budget - pace.beside) * pace.work_per_second))
    result = solve(problem, until, stop=lambda: time.process_time() - began >= budget - pace.beside)
    step = math.gcd(*(round(100 * s.profit) for s in problem.sites)) / 100
    bound = math.floor(result.bound / step + 1e-6) * step if step else result.bound
    return [[s.site for s in d.stops] for d in result.plan.van_days], bound


def warmed_up(instance: Path) -> float:
    """Compile, or load what was compiled before, and say how many seconds that took: all that a search
    reaches, else the first instance's pace would be that of the compiler."""
    began = time.process_time()
    for vans in (1, 4):
        solve(read_toptw(instance, vans), Until(work=3_000))
    return time.process_time() - began


@dataclass(frozen=True)
class Pace:
    """Work per CPU-second while searching, and the CPU-seconds beside it: reading in and giving reasons."""

    work_per_second: float
    beside: float


def pace(problem: Problem) -> Pace:
    """The pace of this machine now, from a second of it on this problem."""
    began, seen = time.process_time(), []
    solve(problem, Until(work=1_500), on_progress=lambda p: seen.append((p.work, time.process_time())))
    (work, start), (more, end) = seen[0], seen[-1]
    whole = time.process_time() - began
    if more <= work or end <= start:
        return Pace(1_000.0, whole)
    return Pace((more - work) / (end - start), whole - (end - start))


def pyvrp(problem: Problem, budget: float, scale: int) -> Routes:
    """PyVRP: clients that are not required, with prizes; stopped by CPU-seconds, as we are.

    Driving costs what it lasts: without a cost its neighbourhoods are blind, and it is six times worse.
    """
    from pyvrp import Model

    base, model = problem.vans[0].base, Model()
    shift = problem.vans[0].shifts[0]
    began = time.process_time()
    spots = [model.add_location(n, 0) for n in range(len(problem.sites) + 1)]
    depot = model.add_depot(spots[-1])
    model.add_vehicle_type(len(problem.vans), start_depot=depot, end_depot=depot, tw_late=shift.ends)
    for n, s in enumerate(problem.sites):
        model.add_client(
            spots[n], service_duration=s.dwell_options[0], tw_early=s.windows[0].opens,
            tw_late=s.windows[0].closes - s.dwell_options[0], prize=round(s.profit * scale), required=False,
        )  # fmt: skip
    places = [*enumerate(spots[:-1]), (base, spots[-1])]
    for a, start in places:
        for b, end in places:
            drive = int(problem.travel[0, a, b])
            model.add_edge(start, end, distance=drive, duration=drive)
    found = model.solve(lambda _: time.process_time() - began >= budget, seed=0, display=False)
    return [[visit.idx for visit in route if visit.is_client()] for route in found.best.routes()]


def vroom(problem: Problem, budget: float, scale: int) -> Routes:
    """VROOM: priority is the profit; it stops itself."""
    import vroom

    del budget, scale
    base, ends = problem.vans[0].base, problem.vans[0].shifts[0].ends
    ask = vroom.Input()
    ask.set_durations_matrix(profile="car", matrix_input=problem.travel[0].astype(np.uint32))
    day = vroom.TimeWindow(0, ends)
    vans = range(len(problem.vans))
    ask.add_vehicle([vroom.Vehicle(n, start=base, end=base, profile="car", time_window=day) for n in vans])
    highest = max(100.0, *(s.profit for s in problem.sites))
    ask.add_job(
        [
            vroom.Job(
                n, location=n, default_service=s.dwell_options[0],
                priority=round(100 * s.profit / highest),
                time_windows=[vroom.TimeWindow(s.windows[0].opens, s.windows[0].closes - s.dwell_options[0])],
            )
            for n, s in enumerate(problem.sites)
        ]
    )  # fmt: skip
    rows = ask.solve(exploration_level=5, nb_threads=1).routes
    jobs = rows[rows["type"] == "job"]
    return [[int(j) for j in group["id"]] for _, group in jobs.groupby("vehicle_id")]


def ortools(problem: Problem, budget: float, scale: int) -> Routes:
    """OR-Tools routing: disjunctions with the profit as penalty, guided local search over driving times."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    began = time.process_time()
    base, n = problem.vans[0].base, len(problem.sites)
    manager = pywrapcp.RoutingIndexManager(n + 1, len(problem.vans), 0)
    model = pywrapcp.RoutingModel(manager)
    nodes = [base, *range(n)]
    drive = problem.travel[0][np.ix_(nodes, nodes)].astype(int)
    stay = np.array([0, *(s.dwell_options[0] for s in problem.sites)])
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(drive.tolist()))
    ends = problem.vans[0].shifts[0].ends
    transit = model.RegisterTransitMatrix((drive + stay[:, None]).tolist())
    model.AddDimension(transit, ends, ends, False, "time")
    clock = model.GetDimensionOrDie("time")
    for k, s in enumerate(problem.sites):
        at = manager.NodeToIndex(k + 1)
        latest = s.windows[0].closes - s.dwell_options[0]
        clock.CumulVar(at).SetRange(min(s.windows[0].opens, ends), min(latest, ends))
        model.AddDisjunction([at], round(s.profit * scale))
    ask = pywrapcp.DefaultRoutingSearchParameters()
    ask.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    ask.time_limit.FromSeconds(round(20 * budget))
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() - began >= budget))
    found = model.SolveWithParameters(ask)
    routes = []
    for v in range(len(problem.vans) if found else 0):
        at, route = model.Start(v), []
        while not model.IsEnd(at):
            if manager.IndexToNode(at):
                route.append(manager.IndexToNode(at) - 1)
            at = found.Value(model.NextVar(at))
        routes.append(route)
    return routes


PEERS: dict[str, Callable[[Problem, float, int], Routes]] = {
    "pyvrp": pyvrp,
    "vroom": vroom,
    "ortools": ortools,
}


def judged(problem: Problem, routes: Routes) -> float:
    """The profit of routes, timed as early as can be and put through the judge; 0 if it refuses them."""
    days = []
    for van, route in enumerate(r for r in routes if r):
        at, now, stops = problem.vans[0].base, 0, []
        for s in route:
            site = problem.sites[s]
            arrive = max(now + int(problem.travel[0, at, s]), site.windows[0].opens)
            stops.append(Stop(s, arrive, arrive, site.dwell_options[0], arrive + site.dwell_options[0]))
            at, now = s, stops[-1].leave
        base = problem.vans[0].base
        days.append(VanDay(van, 0, 0, now + int(problem.travel[0, at, base]), tuple(stops)))
    verdict = check(problem, Plan(tuple(days)))
    return verdict.value if verdict.accepted else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget-seconds", type=float, default=10.0)
    parser.add_argument("--instances", default=",".join(SIXTEEN))
    parser.add_argument("--peers", default="")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    best = {
        f"{r['instance']}-{r['m']}": float(r["bks"])
        for r in csv.DictReader((asked.folder / "bks.csv").open())
    }
    names, peers = asked.instances.split(","), [name for name in asked.peers.split(",") if name]
    compiled = warmed_up(_file(asked, names[0]))
    print(f"compiling, or loading what was compiled: {compiled:.1f} CPU-seconds")
    heads = ("best", "ours", "gap %", "bound gap %", "seconds", *peers)
    print(f"{'instance':10} " + " ".join(f"{head:>11}" for head in heads))
    rows = {}
    for name in names:
        rows[name] = _row(asked, name, best[name], peers)
        _show(name, rows[name])
    kinds = next(iter(rows.values()))
    means = {kind: sum(row[kind] for row in rows.values()) / len(rows) for kind in kinds}
    _show("mean", means)
    print("bound = best known:", sum(r["bound gap %"] <= 1e-9 for r in rows.values()), "of", len(rows))
    if asked.json:
        told = {"budget_seconds": asked.budget_seconds, "compile_seconds": compiled}
        asked.json.write_text(json.dumps(told | {"instances": rows, "means": means}, indent=1))


def _problem(asked: argparse.Namespace, name: str) -> Problem:
    return read_toptw(_file(asked, name), int(name.rsplit("-", 1)[1]))


def _file(asked: argparse.Namespace, name: str) -> Path:
    folder: Path = asked.folder
    return folder / "instances" / f"{name.rsplit('-', 1)[0]}.txt"


def _row(asked: argparse.Namespace, name: str, best: float, peers: list[str]) -> dict[str, float]:
    problem = _problem(asked, name)
    scale = 1000 if name.startswith("pr") else 100
    measured = pace(problem)
    began = time.process_time()
    routes, bound = ours(problem, asked.budget_seconds, measured)
    seconds = time.process_time() - began
    value = judged(problem, routes)
    row = {"best": best, "ours": value, "gap %": 100 * (best - value) / best}
    row |= {"bound gap %": 100 * (bound - best) / best, "seconds": seconds}
    for peer in peers:
        try:
            theirs = judged(problem, PEERS[peer](problem, asked.budget_seconds, scale))
        except ImportError as error:
            print(f"{peer} is not installed: {error}")
            theirs = math.nan
        row[peer] = 100 * (best - theirs) / best
    return row


def _show(name: str, row: dict[str, float]) -> None:
    print(f"{name:10} " + " ".join(f"{number:11.2f}" for number in row.values()), flush=True)


if __name__ == "__main__":
    main()
