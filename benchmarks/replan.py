"""Re-planning at noon: seconds, and the share of stops nobody has to be told about again, by kind of trouble.

`python -m benchmarks.replan [--vans 3 --sites 120 --days 7 --seed 0] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.plans import generate
from solver.files import plan_from_json, plan_to_json, problem_from_bytes, problem_to_bytes
from solver.limits import Until
from solver.plan import Plan
from solver.problem import HOUR, Problem
from solver.replan import replan
from solver.solve import solve

DAY, NOON = 1, 12 * HOUR


def troubles(problem: Problem, plan: Plan) -> dict[str, Problem]:
    """The problem as it is after each kind of trouble at noon of the second day."""
    today = [d for d in plan.van_days if d.day == DAY]
    late = next(s for d in today for s in d.stops if s.arrive > NOON)
    sick = max((d for d in today), key=lambda d: d.back).crew[0]
    out = today[0].van
    vans, staff, sites = list(problem.vans), list(problem.staff), list(problem.sites)
    vans[out] = replace(vans[out], shifts=tuple(s for s in vans[out].shifts if s.day != DAY))
    staff[sick] = replace(staff[sick], shifts=tuple(s for s in staff[sick].shifts if s.day != DAY))
    closed = sites[late.site]
    sites[late.site] = replace(closed, windows=tuple(w for w in closed.windows if w.day != DAY))
    risk = problem.risk.copy()
    risk[:20, DAY:, :] *= 5
    return {
        "nothing happened": problem,
        "lost van": replace(problem, vans=tuple(vans)),
        "sick member": replace(problem, staff=tuple(staff)),
        "closed site": replace(problem, sites=tuple(sites)),
        "spike of risk": replace(problem, risk=risk),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("vans", 3), ("sites", 120), ("days", 7), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    problem = generate(asked.vans, asked.sites, asked.days, asked.seed)
    plan = solve(problem, Until(work=3_000)).plan
    rows: list[dict[str, str | float]] = []
    print("trouble             seconds  kept %  changes  could not be mended")
    for name, now in troubles(problem, plan).items():
        content, text = problem_to_bytes(now), plan_to_json(plan)
        began = time.perf_counter()
        repair = replan(problem_from_bytes(content), plan_from_json(text), DAY, NOON)
        plan_to_json(repair.plan)
        seconds = time.perf_counter() - began
        rows.append(
            {"trouble": name, "seconds": seconds, "kept": repair.kept, "changes": len(repair.changes)}
        )
        print(
            f"{name:18} {seconds:8.3f} {100 * repair.kept:7.1f} "
            f"{len(repair.changes):8d}  {len(repair.unmended)}"
        )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
