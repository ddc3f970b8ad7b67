"""What it would be worth to let outreach on foot widen whom a stop reaches: `python -m benchmarks.walking`.

A pair walks around the van for the stop's whole stay. Who meets it is not known, so two cases stand at the
ends: people come to the pair from as far as they come to the van, or only whoever sees it. `the pair` is
what counting it at every stop adds to the plans of today, more than any crew allows. `planning for it` is
what a plan made with the wider access everywhere wins over one made as today and counted afterwards. `where`
is what a pair on the half of the van-days where it reaches most wins over one on any half: what choosing the
crews by it could bring.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.plans import CELL_METRES, generate
from solver.limits import Until
from solver.plan import Plan
from solver.problem import Problem
from solver.score import exposure, score, week_risk
from solver.solve import solve

RADIUS_METRES = 800.0
FALLS = {"as to the van": 450.0, "only who sees them": 150.0}
"""How soon, in metres, people no longer come to a walking pair."""
RINGS = 2400.0


def widened(problem: Problem, sites: int, cells: int, fall: float) -> Problem:
    """The problem with a walking pair at every stop: whoever comes to the van, or meets the pair, which is
    anywhere within its radius alike."""
    at = np.stack(np.divmod(np.arange(cells), int(np.ceil(np.sqrt(cells)))), axis=1) * CELL_METRES
    spots = _spots(problem, at)
    rows, columns, shares = [], [], []
    for site in range(sites):
        away = np.hypot(*(spots[site] - at).T)
        van = np.where(away <= 1200.0, np.exp(-away / 450.0), 0.0)
        met = 1 - (1 - van) * (1 - _met(away, fall))
        near = np.flatnonzero((away <= RINGS) & (met > 1e-3))
        rows += [site] * len(near)
        columns += near.tolist()
        shares += met[near].tolist()
    starts = np.searchsorted(rows, np.arange(sites + 1)).astype(np.int64)
    return replace(
        problem,
        access_starts=starts,
        access_cells=np.array(columns, np.int32),
        access_share=np.array(shares),
    )


def _spots(problem: Problem, at: np.ndarray) -> list[np.ndarray]:
    """Where each site is: the point whose distances to its cells are those its access shares tell."""
    found = []
    for site in range(len(problem.sites)):
        part = slice(int(problem.access_starts[site]), int(problem.access_starts[site + 1]))
        cells, away = problem.access_cells[part], -450.0 * np.log(problem.access_share[part])
        a = 2 * (at[cells[1:]] - at[cells[0]])
        b = away[0] ** 2 - away[1:] ** 2 + (at[cells[1:]] ** 2).sum(axis=1) - (at[cells[0]] ** 2).sum()
        found.append(np.linalg.lstsq(a, b, rcond=None)[0])
    return found


def _met(away: np.ndarray, fall: float) -> np.ndarray:
    """Mean of exp(−distance / fall) from someone `away` metres off to a pair anywhere in its circle."""
    r, turn = np.meshgrid(
        np.sqrt(np.linspace(0.02, 0.98, 25)) * RADIUS_METRES, np.linspace(0, 2 * np.pi, 24)[:-1]
    )
    x, y = (r * np.cos(turn)).ravel(), (r * np.sin(turn)).ravel()
    return np.asarray(np.exp(-np.hypot(away[:, None] - x, y) / fall).mean(axis=1))


def walked(plain: Problem, wide: Problem, plan: Plan, on: set[int]) -> float:
    """Risk-weighted reach when a pair walks on these van-days alone."""
    parts = [
        exposure(wide if n in on else plain, Plan((van_day,))) for n, van_day in enumerate(plan.van_days)
    ]
    return float((week_risk(plain) * (1 - np.exp(-plain.saturation * sum(parts)))).sum())


def where(plain: Problem, wide: Problem, plan: Plan, seed: int) -> float:
    """How much more a pair reaches on the half of the van-days where it reaches most than on any half."""
    all_days, rng = set(range(len(plan.van_days))), np.random.default_rng(seed)
    half, none = len(all_days) // 2, walked(plain, wide, plan, set())
    chosen: set[int] = set()
    while len(chosen) < half:
        chosen.add(max(sorted(all_days - chosen), key=lambda n: walked(plain, wide, plan, chosen | {n})))
    any_half = [
        walked(plain, wide, plan, set(rng.choice(len(all_days), half, replace=False).tolist())) - none
        for _ in range(20)
    ]
    return (walked(plain, wide, plan, chosen) - none - float(np.mean(any_half))) / none


def measured(vans: int, sites: int, days: int, work: int, seeds: list[int]) -> Iterator[dict[str, object]]:
    """A line for each seed and case."""
    for seed in seeds:
        plain = generate(vans, sites, days, seed)
        began = time.process_time()
        as_today = solve(plain, Until(work=work))
        for case, fall in FALLS.items():
            wide = widened(plain, sites, plain.risk.shape[0], fall)
            counted = sum(score(wide, as_today.plan).values())
            planned = solve(wide, Until(work=work))
            yield {
                "seed": seed,
                "case": case,
                "today": as_today.value,
                "counted": counted,
                "planned": planned.value,
                "pair": counted / as_today.value - 1,
                "planning": planned.value / counted - 1,
                "where": where(plain, wide, as_today.plan, seed),
                "cells": len(wide.access_cells) / len(plain.access_cells),
                "cpu_seconds": time.process_time() - began,
            }


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--vans", type=int, default=3)
    ask.add_argument("--sites", type=int, default=120)
    ask.add_argument("--days", type=int, default=7)
    ask.add_argument("--work", type=int, default=10_000)
    ask.add_argument("--seeds", default="0,1,2")
    ask.add_argument("--json", type=Path)
    given = ask.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    rows = []
    print("seed  case                  today  counted  planned   the pair  planning for it   where  cells")
    for row in measured(given.vans, given.sites, given.days, given.work, seeds):
        rows.append(row)
        shares = f"{row['pair']:>10.1%} {row['planning']:>16.2%} {row['where']:>7.2%} {row['cells']:>6.1f}×"
        values = f"{row['today']:>8.3f} {row['counted']:>8.3f} {row['planned']:>8.3f}"
        print(f"{row['seed']:>4}  {row['case']:<18} {values} {shares}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2), "utf-8")


if __name__ == "__main__":
    main()
