"""Solves a tiny problem, so that whatever has to be compiled or loaded for a search is there afterwards."""

from __future__ import annotations

from functools import cache

import numpy as np

from solver.limits import Until
from solver.problem import HOUR, Member, Problem, Service, Shift, Site, Van, Window
from solver.solve import solve

SITES = 3
WORK = 20


@cache
def warm() -> None:
    """Half a second of processor time, once a process; up to a minute where nothing was compiled before.
    Leaves no thread."""
    solve(_town(), Until(work=WORK))


def _town() -> Problem:
    """Three sites ten minutes apart with a cell each, a van, and two people for two days."""
    days = (0, 1)
    every = frozenset(days)
    shifts = tuple(Shift(day, 8 * HOUR, 16 * HOUR) for day in days)
    windows = tuple(Window(day, 8 * HOUR, 20 * HOUR) for day in days)
    rows = np.arange(SITES + 1)
    travel = (600 * np.abs(rows[:, None] - rows[None, :])).astype(np.int32)
    return Problem(
        sites=tuple(Site(f"site {n}", windows=windows, services=frozenset({0})) for n in range(SITES)),
        vans=(Van("van", SITES, shifts),),
        days=len(days),
        travel=travel[None],
        travel_band=np.zeros((len(days), 24), np.int8),
        services=(Service("harm reduction", (("driver", 1), ("worker", 1))),),
        staff=tuple(Member(role, ((role, every),), shifts) for role in ("driver", "worker")),
        risk=np.linspace(0.01, 0.2, SITES * len(days) * 6).reshape(SITES, len(days), 6),
        access_starts=rows.astype(np.int64),
        access_cells=np.arange(SITES, dtype=np.int32),
        access_share=np.ones(SITES),
    )
