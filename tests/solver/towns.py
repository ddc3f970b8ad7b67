"""Towns small enough to know by heart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.problem import (
    HOUR,
    Anchor,
    MealBreak,
    Member,
    Problem,
    Service,
    Shift,
    Site,
    Van,
    Window,
)

BASE = ("driver", "harm_reduction")
SERVICES = (
    Service("harm reduction", (("driver", 1), ("harm_reduction", 1)), people=2),
    Service(
        "moud",
        (("driver", 1), ("harm_reduction", 1), ("prescriber", 1)),
        people=2,
        telehealth=frozenset({"prescriber"}),
    ),
)


def site(
    name: str, days: int, *, opens: int = 8, closes: int = 20, services: int = 1, **more: object
) -> Site:
    """A site open every day, with ten minutes each of set-up and pack-down."""
    plain = Site(
        name,
        windows=tuple(Window(d, opens * HOUR, closes * HOUR) for d in range(days)),
        services=frozenset(range(services)),
        dwell_options=(HOUR, 2 * HOUR),
        setup_seconds=600,
        packdown_seconds=600,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def member(name: str, days: int, *roles: str, starts: int = 8, ends: int = 18, **more: object) -> Member:
    """Somebody on shift every day, certified throughout."""
    every = frozenset(range(days))
    shifts = tuple(Shift(d, starts * HOUR, ends * HOUR) for d in range(days))
    return replace(Member(name, tuple((r, every) for r in roles), shifts), **more)  # type: ignore[arg-type]


def town(sites: int = 4, days: int = 1, vans: int = 1, seed: int = 0) -> Problem:
    """Sites on a line ten minutes apart, a cell at each and one between each two, a crew for each van."""
    rng = np.random.default_rng(seed)
    rows = sites + 1
    gap = np.abs(np.arange(rows)[:, None] - np.arange(rows)[None, :])
    cells = 2 * sites
    shares = [
        (s, c, np.exp(-abs(2 * s - c))) for s in range(sites) for c in range(cells) if abs(2 * s - c) <= 1
    ]
    starts = np.searchsorted([s for s, _, _ in shares], np.arange(sites + 1)).astype(np.int64)
    staff = [
        m
        for v in range(vans)
        for m in (member(f"driver {v}", days, "driver"), member(f"worker {v}", days, "harm_reduction"))
    ]
    return Problem(
        sites=tuple(site(f"site {n}", days) for n in range(sites)),
        vans=tuple(
            Van(f"van {v}", sites, tuple(Shift(d, 8 * HOUR, 16 * HOUR) for d in range(days)))
            for v in range(vans)
        ),
        days=days,
        travel=np.stack([600 * gap, 900 * gap]).astype(np.int32),
        travel_band=np.tile(np.array([0] * 16 + [1] * 8, np.int8), (days, 1)),
        services=SERVICES[:1],
        staff=tuple(staff),
        risk=rng.uniform(0.01, 0.2, (cells, days, 6)),
        access_starts=starts,
        access_cells=np.array([c for _, c, _ in shares], np.int32),
        access_share=np.array([a for _, _, a in shares]),
        meal_break=MealBreak(),
    )


def clinic(days: int = 2) -> Problem:
    """A town with a prescriber and a promised session with three refills due on the first day at site 1."""
    plain = town(4, days, 1)
    sites = tuple(replace(s, services=frozenset({0, 1})) for s in plain.sites)
    return replace(
        plain,
        sites=sites,
        services=SERVICES,
        staff=(*plain.staff, member("prescriber", days, "prescriber")),
        anchors=(Anchor(1, 0, 10 * HOUR, 2 * HOUR, 900, frozenset({0, 1}), refills_due=3),),
    )
