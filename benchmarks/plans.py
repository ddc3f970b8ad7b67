"""Application instances from a seeded generator, and how good, fast and proven our plans of them are.

`python -m benchmarks.plans --vans 3 --sites 120 --days 1,7,14,28 --budget-seconds 60 --seeds 0,1,2`

How it grows, one size at a time around the first of each list:
`python -m benchmarks.plans --vans 3,1,10,50 --sites 120,20,1000 --days 7,1,28 --seeds 0 --growth growth.svg`

Seconds in which a thread stood in line for a processor, because others work on the machine, are not counted
in the budget (Linux tells them). The table says how long it took, the processor seconds and the load.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.growth import growth
from solver.check import check
from solver.draft import Draft
from solver.goods import Goods
from solver.grid import likely_days, narrowed, shifted, within
from solver.ground import Ground
from solver.limits import Until
from solver.options import alone, staffed
from solver.plan import Plan, Progress
from solver.problem import (
    HOUR,
    Floor,
    FollowUp,
    MealBreak,
    Member,
    Problem,
    Service,
    Shift,
    Site,
    Van,
    Window,
)
from solver.score import score
from solver.solve import solve
from solver.vanday import NEVER

CELL_METRES = 490.0
NEIGHBOURHOODS = 12
THREADS = 2
BAND_SHAPE = np.array([0.10, 0.11, 0.17, 0.21, 0.23, 0.18])


Span = TypeVar("Span", Window, Shift)


def generate(vans: int, sites: int, days: int, seed: int, cells: int = 600) -> Problem:
    """A city like the programme's: cells with lognormal risk and hotspots, sites near the risk, two shifts
    of eight hours a day for each van, six members of staff a van, follow-ups, floors per neighbourhood."""
    rng = np.random.default_rng([seed, vans, sites])
    side = math.ceil(math.sqrt(cells))
    at = np.stack(np.divmod(np.arange(cells), side), axis=1) * CELL_METRES
    risk = _risk(rng, at, days)
    mass = risk.sum(axis=(1, 2))
    near = rng.choice(cells, size=sites, p=mass**0.5 / (mass**0.5).sum())
    xy = at[near] + rng.uniform(-CELL_METRES, CELL_METRES, (sites, 2))
    centres = at[rng.choice(cells, NEIGHBOURHOODS, replace=False)]
    hood = ((xy[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    base = at.mean(axis=0)[None] + rng.uniform(-2000, 2000, (1, 2))
    starts, reach_cells, share = _access(xy, at)
    return Problem(
        sites=tuple(_site(rng, n, int(hood[n]), days) for n in range(sites)),
        vans=tuple(Van(f"van {v + 1}", sites, _two_shifts(days)) for v in range(vans)),
        days=days,
        travel=_travel(np.concatenate([xy, base])),
        travel_band=np.tile(_rush_hours(), (days, 1)),
        services=(Service("harm reduction", (("driver", 1), ("harm_reduction", 1))),),
        staff=tuple(_member(rng, n, days) for n in range(6 * vans)),
        neighbourhoods=tuple(f"hood {n + 1}" for n in range(NEIGHBOURHOODS)),
        risk=risk,
        access_starts=starts,
        access_cells=reach_cells,
        access_share=share,
        follow_ups=tuple(_follow_up(rng, sites, days) for _ in range(max(1, sites * days // 140))),
        floors=tuple(Floor(n, w, 3 * HOUR) for n in sorted(set(hood.tolist())) for w in range(days // 7)),
        meal_break=MealBreak(),
        seed=seed,
    )


def _risk(rng: np.random.Generator, at: np.ndarray, days: int) -> np.ndarray:
    raw = rng.lognormal(0, 1, len(at))
    for spot in rng.choice(len(at), 8, replace=False):
        raw += rng.uniform(5, 25) * np.exp(-((at - at[spot]) ** 2).sum(axis=1) / (2 * 700.0**2))
    daily = 12.0 * raw / raw.sum()
    weekday = rng.uniform(0.9, 1.1, days)
    return np.asarray(daily[:, None, None] * weekday[None, :, None] * BAND_SHAPE[None, None, :])


def _access(xy: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    away = np.sqrt(((xy[:, None] - at[None]) ** 2).sum(axis=2))
    rows, cols = np.nonzero(away <= 1200.0)
    starts = np.searchsorted(rows, np.arange(len(xy) + 1)).astype(np.int64)
    return starts, cols.astype(np.int32), np.exp(-away[rows, cols] / 450.0)


def _travel(xy: np.ndarray) -> np.ndarray:
    metres = 1.3 * np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    free = metres / (30 / 3.6) + 60 * (metres > 0)
    return np.stack([np.ceil(free * slow) for slow in (1.0, 1.4)]).astype(np.int32)


def _rush_hours() -> np.ndarray:
    band = np.zeros(24, np.int8)
    band[[7, 8, 9, 16, 17, 18]] = 1
    return band


def _site(rng: np.random.Generator, n: int, hood: int, days: int) -> Site:
    opens = int(rng.choice([7, 8, 9, 10, 12])) * HOUR
    closes = int(rng.choice([16, 18, 20, 22, 23])) * HOUR
    closed = set(np.flatnonzero(rng.random(7) < 0.12).tolist())
    windows = tuple(Window(d, opens, closes) for d in range(days) if d % 7 not in closed)
    return Site(
        name=f"site {n + 1}",
        neighbourhood=hood,
        windows=windows,
        services=frozenset({0}),
        dwell_options=(3600, 5400, 7200, 14400),
        setup_seconds=600,
        packdown_seconds=600,
        spacing_days=2,
    )


def _two_shifts(days: int) -> tuple[Shift, ...]:
    return tuple(Shift(d, h * HOUR, (h + 8) * HOUR) for d in range(days) for h in (7, 15))


def _member(rng: np.random.Generator, n: int, days: int) -> Member:
    roles = [("driver", "harm_reduction")[n % 2]] + (["driver"] if rng.random() < 0.2 else [])
    off = int(rng.integers(7))
    whole = tuple(Shift(d, 7 * HOUR, 23 * HOUR) for d in range(days) if d % 7 != off)
    every = frozenset(range(days))
    return Member(f"member {n + 1}", tuple((r, every) for r in dict.fromkeys(roles)), whole)


def _follow_up(rng: np.random.Generator, sites: int, days: int) -> FollowUp:
    first = int(rng.integers(days))
    return FollowUp(
        int(rng.integers(sites)), frozenset(range(first, min(days, first + 3))), 0, int(rng.integers(1, 4))
    )


def by_hotspot(problem: Problem) -> float:
    """What a coordinator does by hand: each shift one after another, the stay with the most risk around it
    first, then the nearest that still fits; nothing is planned twice in the spacing of its site."""
    ground = Ground(problem)
    goods = Goods(ground)
    draft = Draft(ground, goods)
    for option in staffed(draft, alone(draft), effort=0.5):
        kind = ground.kinds[option.kind]
        routes = likely_days(
            narrowed(kind.lattice, *option.span),
            within(_one_stay(draft.prizes(option.kind)), kind.lattice, narrowed(kind.lattice, *option.span)),
            problem.weights.travel_hour / HOUR,
        )
        if routes:
            first = (narrowed(kind.lattice, *option.span).begin - kind.lattice.begin) // kind.lattice.step
            draft.put(replace(option, route=shifted(routes[0], first)))
    return sum(score(problem, draft.plan()).values())


def _one_stay(prizes: np.ndarray) -> np.ndarray:
    """Prizes as a hand reads a hotspot map: a site's total, whatever the hour, the longer the better."""
    open_at = prizes > NEVER
    best = np.where(open_at, prizes, 0.0).max(axis=(1, 2), keepdims=True)
    length = np.arange(1, prizes.shape[2] + 1)[None, None, :] / prizes.shape[2]
    return np.where(open_at, best * length, NEVER)


def fixed_schedule(problem: Problem, work: int) -> float:
    """The same week over and over: the best plan of the first seven days, repeated."""
    if problem.days <= 7:
        return math.nan
    days = solve(first_week(problem), Until(work=work)).plan.van_days
    repeated = Plan(tuple(replace(d, day=d.day + 7 * w) for w in range(problem.days // 7) for d in days))
    return sum(score(problem, repeated).values())


def first_week(problem: Problem) -> Problem:
    """The same city for seven days."""

    def early(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(span for span in spans if span.day < 7)

    due = (replace(f, days=frozenset(d for d in f.days if d < 7)) for f in problem.follow_ups)
    return replace(
        problem,
        days=7,
        sites=tuple(replace(site, windows=early(site.windows)) for site in problem.sites),
        vans=tuple(replace(van, shifts=early(van.shifts)) for van in problem.vans),
        staff=tuple(replace(m, shifts=early(m.shifts)) for m in problem.staff),
        travel_band=problem.travel_band[:7],
        risk=problem.risk[:, :7],
        follow_ups=tuple(f for f in due if f.days),
        floors=tuple(f for f in problem.floors if f.week == 0),
    )


def in_line() -> float:
    """Seconds that the threads of this process have waited for a processor so far; 0 where nobody tells."""
    waits = (task / "schedstat" for task in Path("/proc/self/task").glob("*"))
    return sum(int(wait.read_text().split()[1]) for wait in waits if wait.exists()) / 1e9


def measure(problem: Problem, seconds: float, work: int) -> dict[str, float]:
    """One row of the table."""
    began, spent = time.perf_counter(), time.process_time()
    first: list[float] = []

    def note(progress: Progress) -> None:
        if not first:
            first.append(time.perf_counter() - began)
            first.append(time.process_time() - spent)

    stood = in_line()

    def over() -> bool:
        wall = time.perf_counter() - began
        return wall >= seconds and wall - (in_line() - stood) / THREADS >= seconds

    result = solve(problem, Until(work=work), note, over)
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    verdict = check(problem, result.plan)
    return {
        "first_plan_seconds": first[0] if first else math.nan,
        "first_plan_cpu_seconds": first[1] if first else math.nan,
        "wall_seconds": wall,
        "load": os.getloadavg()[0],
        "work": float(result.trace[-1].work if result.trace else 0),
        "van_days": float(len(result.plan.van_days)),
        "value": result.value,
        "bound": result.bound,
        "gap_percent": 100 * result.gap,
        "accepted": float(verdict.accepted),
        "by_hotspot": by_hotspot(problem),
        "fixed_schedule": fixed_schedule(problem, 3_000),
        "cpu_seconds": cpu,
    }


def sizes(lists: Sequence[Sequence[int]], one_at_a_time: bool) -> list[tuple[int, ...]]:
    """Every combination of the lists, or those that differ from the first of each in one place at most."""
    first = tuple(values[0] for values in lists)
    every = product(*lists)
    return [
        size for size in every
        if not one_at_a_time or sum(a != b for a, b in zip(size, first, strict=True)) <= 1
    ]  # fmt: skip


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between."""
    return [int(number) for number in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("vans", [3]), ("sites", [120]), ("days", [1, 7, 14, 28]), ("seeds", [0, 1, 2])):
        parser.add_argument(f"--{name}", type=numbers, default=value)
    parser.add_argument("--budget-seconds", type=float, default=60.0)
    parser.add_argument(
        "--budget-work", type=int, default=10**9, help="on a busy machine: thousands are seconds of one core"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--growth", type=Path,
        help="vary one size at a time around the first of each list, and draw how gap and speed grow, as SVG",
    )  # fmt: skip
    asked = parser.parse_args()
    solve(generate(1, 20, 1, 0), Until(work=50))  # first use loads what was compiled
    rows = []
    print("vans sites days seed | first s  value    bound    gap %  by hotspot  fixed | wall s  CPU s  load")
    for vans, sites, days in sizes((asked.vans, asked.sites, asked.days), asked.growth is not None):
        for seed in asked.seeds:
            row = measure(generate(vans, sites, days, seed), asked.budget_seconds, asked.budget_work)
            rows.append({"vans": vans, "sites": sites, "days": days, "seed": seed, **row})
            print(
                f"{vans:4d} {sites:5d} {days:4d} {seed:4d} | {row['first_plan_seconds']:7.2f} "
                f"{row['value']:8.3f} {row['bound']:8.3f} {row['gap_percent']:6.2f} "
                f"{row['by_hotspot']:10.3f} {row['fixed_schedule']:7.3f} | "
                f"{row['wall_seconds']:6.1f} {row['cpu_seconds']:6.1f} {row['load']:5.1f}",
                flush=True,
            )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))
    if asked.growth:
        asked.growth.write_text(growth(rows))


if __name__ == "__main__":
    main()
