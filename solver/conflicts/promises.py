"""What keeping a promise asks of a site: a van that may stand there, open hours, the host, and a spot."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.check import clock
from solver.conflicts.week import Slot, Week
from solver.plan import Input


def kept(week: Week, i: int) -> None:
    """A promise is kept by one van-day, if one may stand there."""
    a, p = week.anchors[i], week.problem
    told = f"the session at {p.sites[a.site].name} on {p.told(a.day)} at {clock(a.start)}"
    number = p.anchors.index(a) if a in p.anchors else -1
    asked = week.inputs.given(
        "promise", told, site=p.sites[a.site].name, day=a.day, start=clock(a.start), anchor=number
    )
    week.promised[Input("promise", told)] = i
    week.asked.append(asked)
    fits = [_taken(week, i, (v, n)) for v, n in week.slots if p.vans[v].shifts[n].day == a.day]
    week.model.add_at_most_one(fits)
    if fits:
        week.model.add(sum(fits) >= 1).only_enforce_if(asked)
    else:
        none = week.inputs.given("no_van", f"no van has a shift on {p.told(a.day)}", day=a.day)
        week.model.add_bool_or([asked.negated(), none.negated()])


def window(week: Week, i: int) -> None:
    """The stay lies in a window of its site, set-up and pack-down included."""
    a, site = week.anchors[i], week.problem.sites[week.anchors[i].site]
    hours = [w for w in site.windows if w.day == a.day]
    told = ", ".join(f"{clock(w.opens)}-{clock(w.closes)}" for w in hours) or "closed"
    name = f"the hours of {site.name} on {week.problem.told(a.day)} ({told})"
    given = week.inputs.given("window", name, site=site.name, day=a.day, hours=told)
    inside = [week.model.new_bool_var("") for _ in hours]
    for w, here in zip(hours, inside, strict=True):
        week.model.add(week.arrive(i) >= w.opens).only_enforce_if(here)
        week.model.add(week.leave(i) <= w.closes).only_enforce_if(here)
    _needs(week, i, inside, given)


def host(week: Week, i: int) -> None:
    """The host allows what was promised."""
    a, site = week.anchors[i], week.problem.sites[week.anchors[i].site]
    for n in sorted(({0} | a.services if week.problem.services else set()) - site.services):
        service = week.problem.services[n].name
        told = f"the host of {site.name} does not allow {service.replace('_', ' ')}"
        _needs(week, i, [], week.inputs.given("host", told, site=site.name, service=service))


def crowd(week: Week, i: int, j: int) -> None:
    """Two promises at once at a site that fits one van."""
    a, b = week.anchors[i], week.anchors[j]
    site = week.problem.sites[a.site]
    if (a.site, a.day) != (b.site, b.day) or site.max_vans > 1:
        return
    given = week.inputs.given("one_spot", f"one van fits at {site.name}", site=site.name)
    first, both = week.model.new_bool_var(""), [given, week.asked[i], week.asked[j]]
    week.model.add(week.leave(i) <= week.arrive(j)).only_enforce_if([*both, first])
    week.model.add(week.leave(j) <= week.arrive(i)).only_enforce_if([*both, first.negated()])


def _taken(week: Week, i: int, slot: Slot) -> cp_model.IntVar:
    """Whether this van-day takes the promise, which it may only where its van may stand."""
    site = week.problem.sites[week.anchors[i].site]
    takes = week.takes[i, slot] = week.model.new_bool_var("")
    if site.vans is not None and slot[0] not in site.vans:
        only = week.inputs.given("vans", f"only some vans fit at {site.name}", site=site.name)
        week.model.add(takes == 0).only_enforce_if(only)
    return takes


def _needs(week: Week, i: int, any_of: Sequence[cp_model.IntVar], given: cp_model.IntVar) -> None:
    """Whoever serves promise i needs one of these, as long as the input is given."""
    for (n, _), takes in week.takes.items():
        if n == i:
            week.model.add_bool_or([takes.negated(), given.negated(), *any_of])
