"""Why a site was not chosen: the rule that blocks it, or what it would have been worth beside what was chosen."""

from __future__ import annotations

from solver.goods import Goods
from solver.ground import Ground
from solver.plan import Plan, Reason
from solver.problem import Problem


def why_not(ground: Ground, goods: Goods, plan: Plan) -> tuple[Reason, ...]:
    """One reason for each site that the plan does not visit."""
    del goods
    chosen = {stop.site for d in plan.van_days for stop in d.stops}
    return tuple(_reason(ground, site) for site in range(len(ground.problem.sites)) if site not in chosen)


def _reason(ground: Ground, site: int) -> Reason:
    p = ground.problem
    name = p.sites[site].name
    possible = [k for k in ground.kinds if (k.sites == site).any() and k.allowed[k.sites == site].any()]
    if not any(w.day < p.days for w in p.sites[site].windows):
        return Reason(site, "closed", f"{name} is not open on any day of the plan.", {"site": name})
    if p.services and 0 not in p.sites[site].services:
        service = p.services[0].name
        return Reason(site, "host", f"{name} does not allow {service}.", {"site": name, "service": service})
    if not possible:
        return Reason(site, "no_duty", f"{name} is never open while a crewed van is out.", {"site": name})
    return _outbid(p, site)


def _outbid(p: Problem, site: int) -> Reason:
    name = p.sites[site].name
    return Reason(site, "outbid", f"Other stops reach more people than {name} would.", {"site": name})
