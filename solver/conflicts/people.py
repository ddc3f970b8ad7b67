"""What keeping promises asks of people: roles, shifts, rest and hours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ortools.sat.python import cp_model

from solver.check import clock
from solver.conflicts.week import Slot, Week
from solver.problem import DAY, HOUR, Service, Shift


def staffed(week: Week, slot: Slot) -> None:
    """Every role of every service promised is filled by somebody on shift, with people enough aboard."""
    p, shift = week.problem, week.problem.vans[slot[0]].shifts[slot[1]]
    mine = week.taken_by(slot)
    for m, person in enumerate(p.staff):
        aboard = week.aboard[m, slot] = week.model.new_bool_var("")
        hours = [s for s in person.shifts if s.day == shift.day]
        told = ", ".join(f"{clock(s.starts)}-{clock(s.ends)}" for s in hours) or "off"
        name = f"the hours of {person.name} on {p.told(shift.day)} ({told})"
        for i in mine:
            _present(week, i, aboard, slot, hours, name)
    for i in mine:
        for n in sorted({0} | week.anchors[i].services if p.services else ()):
            _offered(week, i, p.services[n], slot)


def rest(week: Week, m: int) -> None:
    """Between two van-days a member rests; nobody is on two at once."""
    for (i, one), (j, two) in combinations(week.takes, 2):
        near = abs(week.anchors[i].day - week.anchors[j].day) <= 1
        if one != two and i != j and near and (m, one) in week.aboard:
            _rested(week, m, (i, one), (j, two))


def hours(week: Week, m: int) -> None:
    """Nobody works more in a week than they may; the drive is not counted."""
    person, work = week.problem.staff[m], []
    for (i, slot), takes in week.takes.items():
        with_them = week.model.new_bool_var("")
        week.model.add_bool_or([with_them, takes.negated(), week.aboard[m, slot].negated()])
        work.append(week.anchors[i].dwell * with_them)
    if work and sum(a.dwell for a in week.anchors) > person.max_week_seconds:
        told = f"{person.name} works {person.max_week_seconds / HOUR:g} h a week at most"
        given = week.inputs.given("week_hours", told, member=person.name)
        week.model.add(sum(work) <= person.max_week_seconds).only_enforce_if(given)


def _present(
    week: Week, i: int, aboard: cp_model.IntVar, slot: Slot, hours: Sequence[Shift], name: str
) -> None:
    """Whoever is aboard is on shift from leaving the base for promise i to being back."""
    base = week.problem.vans[slot[0]].base
    given = week.inputs.given("staff_shift", name)
    there = [week.model.new_bool_var("") for _ in hours]
    for s, on in zip(hours, there, strict=True):
        week.model.add(week.out(i, base) >= s.starts).only_enforce_if(on)
        week.model.add(week.home(i, base) <= s.ends).only_enforce_if(on)
    week.model.add_bool_or([aboard.negated(), week.takes[i, slot].negated(), given.negated(), *there])


def _offered(week: Week, i: int, wanted: Service, slot: Slot) -> None:
    """Members fill one role each of a service promised, and there are people enough."""
    name, takes = wanted.name.replace("_", " "), week.takes[i, slot]
    seats: dict[int, list[cp_model.IntVar]] = {}
    for role, count in wanted.crew:
        told = f"{name} needs {count} {role.replace('_', ' ')}"
        need = week.inputs.given("crew", told, service=wanted.name, role=role)
        able = _able(week, wanted, role, slot)
        for m, as_role in able.items():
            seats.setdefault(m, []).append(as_role)
        week.model.add(sum(able.values()) >= count).only_enforce_if([takes, need])
    for roles in seats.values():
        week.model.add_at_most_one(roles)
    aboard = [week.aboard[m, slot] for m, person in enumerate(week.problem.staff) if not person.remote]
    many = week.inputs.given("people", f"{name} needs {wanted.people} people aboard", service=wanted.name)
    week.model.add(sum(aboard) >= wanted.people).only_enforce_if([takes, many])


def _able(week: Week, wanted: Service, role: str, slot: Slot) -> dict[int, cp_model.IntVar]:
    """Who could fill the role, each while their certificate is good."""
    p, day, able = week.problem, week.problem.vans[slot[0]].shifts[slot[1]].day, {}
    for m, person in enumerate(p.staff):
        days = [on for r, on in person.roles if r == role]
        if not days or (person.remote and role not in wanted.telehealth):
            continue
        able[m] = week.model.new_bool_var("")
        week.model.add_implication(able[m], week.aboard[m, slot])
        if not any(day in on for on in days):
            lapsed = f"{person.name} may not work as {role.replace('_', ' ')} on {p.told(day)}"
            given = week.inputs.given("certificate", lapsed, member=person.name, role=role, day=day)
            week.model.add_bool_or([able[m].negated(), given.negated()])
    return able


def _rested(week: Week, m: int, early: tuple[int, Slot], late: tuple[int, Slot]) -> None:
    """The member rests between the van-days of two promises, whichever comes first."""
    person, p = week.problem.staff[m], week.problem
    (i, one), (j, two) = early, late
    rest = person.min_rest_seconds
    told = f"{person.name} rests {rest / HOUR:g} h between two van-days"
    given = week.inputs.given("rest", told, member=person.name)
    both = [week.takes[i, one], week.takes[j, two], week.aboard[m, one], week.aboard[m, two], given]
    first = week.model.new_bool_var("")
    away = (week.anchors[j].day - week.anchors[i].day) * DAY
    bases = p.vans[one[0]].base, p.vans[two[0]].base
    forth = week.home(i, bases[0]) + rest <= week.out(j, bases[1]) + away
    back = week.home(j, bases[1]) + away + rest <= week.out(i, bases[0])
    week.model.add(forth).only_enforce_if([*both, first])
    week.model.add(back).only_enforce_if([*both, first.negated()])
