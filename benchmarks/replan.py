"""Re-planning at noon: seconds with input and output, the share of stops nobody has to be told about again,
and whether fewer changes are proven impossible, by kind of trouble.

`python -m benchmarks.replan [--vans 3 --sites 120 --days 7 --seeds 0,1,2] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.plans import generate
from solver.files import plan_from_json, plan_to_json, problem_from_bytes, problem_to_bytes
from solver.limits import Until
from solver.plan import Plan, VanDay
from solver.problem import HOUR, Anchor, Member, Problem, Service, Shift
from solver.replan import Repair, replan
from solver.score import keeps
from solver.solve import solve

DAY, NOON = 1, 12 * HOUR
REPEATS = 3


@dataclass(frozen=True)
class Trouble:
    """The problem as it holds after the trouble, which vans are late, and how many changes it may buy."""

    problem: Problem
    late: Mapping[int, int] = field(default_factory=dict)
    budget: int = 0


def with_clinics(problem: Problem) -> Problem:
    """The instance with two prescribers and a promised afternoon of medication every second day, the second
    with refills due."""
    moud = Service("moud", (("driver", 1), ("harm_reduction", 1), ("prescriber", 1)), people=3)
    every = frozenset(range(problem.days))
    shifts = tuple(Shift(d, 7 * HOUR, 23 * HOUR) for d in range(problem.days))
    prescribers = tuple(Member(f"prescriber {n}", (("prescriber", every),), shifts) for n in (1, 2))
    sites = [replace(s, services=frozenset({0, 1})) for s in problem.sites]
    promised = []
    for day in range(1, problem.days, 2):
        open_then = [
            n for n, s in enumerate(sites)
            if any(w.day == day and w.opens <= 15 * HOUR and w.closes >= 19 * HOUR for w in s.windows)
        ]  # fmt: skip
        site = open_then[day % len(open_then)]
        promised.append(Anchor(site, day, 16 * HOUR, 2 * HOUR, 900, frozenset({0, 1}), 4 * (day == 1)))
    return replace(
        problem,
        services=(*problem.services, moud),
        sites=tuple(sites),
        staff=(*problem.staff, *prescribers),
        anchors=tuple(promised),
    )


def troubles(problem: Problem, plan: Plan) -> dict[str, Trouble]:
    """The problem as it is after each kind of trouble at noon of the second day."""
    today = [d for d in plan.van_days if d.day == DAY]
    under_way = [d for d in today if d.depart <= NOON < d.back]
    evening = [d for d in today if d.depart > NOON]
    clinic = next(
        d for d in today if any(keeps(a, s) for a in problem.anchors if a.day == DAY for s in d.stops)
    )
    spike = problem.risk.copy()
    visited = {s.site for d in plan.van_days for s in d.stops if d.day in (DAY, DAY + 1)}
    quiet = next(n for n in range(len(problem.sites)) if n not in visited and _open_late(problem, n))
    near = problem.access_cells[problem.access_starts[quiet] : problem.access_starts[quiet + 1]]
    spike[near, DAY:, :] *= 8
    stuck = under_way[0]
    held = max(s.leave for s in stuck.stops if s.arrive <= NOON) + 45 * 60
    late_shift = _shifts_from(problem, evening[0], evening[0].depart + 2 * HOUR)
    return {
        "nothing happened": Trouble(problem),
        "van lost under way": Trouble(_without_van(problem, under_way[0].van)),
        "van lost for a week": Trouble(_without_van(problem, under_way[0].van, days=7)),
        "van of the clinic lost": Trouble(_without_van(problem, clinic.van)),
        "held up for 45 min": Trouble(problem, late={stuck.van: held}),
        "late start": Trouble(late_shift),
        "sick member": Trouble(_without_member(problem, evening[-1].crew[0])),
        "sick prescriber": Trouble(_without_member(problem, _prescriber(problem, clinic))),
        "both prescribers sick": Trouble(_without_roles(problem, "prescriber")),
        "closed site": Trouble(_without_site(problem, evening[0].stops[-1].site)),
        "closed clinic": Trouble(
            _without_site(problem, next(a.site for a in problem.anchors if a.day == DAY))
        ),
        "spike of risk": Trouble(replace(problem, risk=spike), budget=3),
    }


def _open_late(problem: Problem, site: int) -> bool:
    return any(w.day == DAY and w.closes >= 22 * HOUR for w in problem.sites[site].windows)


def _without_van(problem: Problem, van: int, days: int = 1) -> Problem:
    vans = list(problem.vans)
    gone = range(DAY, DAY + days)
    vans[van] = replace(vans[van], shifts=tuple(s for s in vans[van].shifts if s.day not in gone))
    return replace(problem, vans=tuple(vans))


def _shifts_from(problem: Problem, late: VanDay, starts: int) -> Problem:
    vans = list(problem.vans)
    vans[late.van] = replace(
        vans[late.van],
        shifts=tuple(
            replace(s, starts=starts)
            if s.day == DAY and s.starts <= late.depart and late.back <= s.ends
            else s
            for s in vans[late.van].shifts
        ),
    )
    return replace(problem, vans=tuple(vans))


def _without_member(problem: Problem, *members: int) -> Problem:
    staff = list(problem.staff)
    for m in members:
        staff[m] = replace(staff[m], shifts=tuple(s for s in staff[m].shifts if s.day != DAY))
    return replace(problem, staff=tuple(staff))


def _without_roles(problem: Problem, role: str) -> Problem:
    return _without_member(problem, *(m for m in range(len(problem.staff)) if _has(problem, m, role)))


def _prescriber(problem: Problem, d: VanDay) -> int:
    return next(m for m in d.crew if _has(problem, m, "prescriber"))


def _has(problem: Problem, m: int, role: str) -> bool:
    return any(name == role for name, _ in problem.staff[m].roles)


def _without_site(problem: Problem, site: int) -> Problem:
    sites = list(problem.sites)
    sites[site] = replace(sites[site], windows=tuple(w for w in sites[site].windows if w.day != DAY))
    return replace(problem, sites=tuple(sites))


def measured(trouble: Trouble, plan: Plan) -> tuple[float, Repair]:
    """The least CPU-seconds of a few runs from bytes to text, and the repair."""
    content, text = problem_to_bytes(trouble.problem), plan_to_json(plan)
    seconds = []
    for _ in range(REPEATS):
        began = time.process_time()
        repair = replan(
            problem_from_bytes(content),
            plan_from_json(text),
            DAY,
            NOON,
            late=trouble.late,
            budget=trouble.budget,
        )
        plan_to_json(repair.plan)
        seconds.append(time.process_time() - began)
    return min(seconds), repair


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("vans", 3), ("sites", 120), ("days", 7)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows: list[dict[str, str | float]] = []
    print("seed trouble                 cpu s  kept %  changes  fewest  proven  not mended  value")
    for seed in map(int, asked.seeds.split(",")):
        problem = with_clinics(generate(asked.vans, asked.sites, asked.days, seed))
        plan = solve(problem, Until(work=3_000)).plan
        for name, trouble in troubles(problem, plan).items():
            seconds, repair = measured(trouble, plan)
            forced = len(repair.changes) - repair.spent
            print(
                f"{seed:4d} {name:22} {seconds:6.3f} {100 * repair.kept:7.1f} {forced:5d}+{repair.spent:d} "
                f"{repair.fewest:8d}  {'yes' if repair.proven else 'no':>6} {len(repair.unmended):11d} "
                f"{repair.value:6.2f}"
            )
            rows.append({
                "seed": seed, "trouble": name, "cpu_seconds": seconds, "kept": repair.kept, "changes": forced,
                "spent": repair.spent, "fewest": repair.fewest, "unmended": len(repair.unmended),
            })  # fmt: skip
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
