"""Van-days that could be crewed, and those that CP-SAT finds crews for."""

from __future__ import annotations

from dataclasses import dataclass

from solver.draft import Draft, Tour
from solver.ground import Ground, van_day
from solver.roster import Duty, assign, envelope
from solver.vanday import Route


@dataclass(frozen=True)
class Option:
    """A van shift worked as one kind of duty along one route; its worth beside the anchors it would keep.
    `crew` is one that is known to do."""

    slot: tuple[int, int]
    kind: int
    route: Route
    worth: float
    pledges: frozenset[int] = frozenset()
    crew: tuple[int, ...] = ()


def undominated(ground: Ground, options: list[Option]) -> list[Option]:
    """Without the options that another of the same shift beats: within its hours, with no more services."""
    best: dict[tuple[object, ...], Option] = {}
    for o in options:
        day = van_day(ground.problem, ground.kinds[o.kind], o.route, o.slot[0])
        key = (o.slot, ground.kinds[o.kind].level, o.pledges, day.depart // 1800, -(-day.back // 1800))
        if key not in best or o.worth > best[key].worth:
            best[key] = o
    return list(best.values())


def alone(draft: Draft) -> list[Option]:
    """What each van shift could win by itself on top of the draft, as each kind of duty; second vans less."""
    found = []
    for number, kind in enumerate(draft.ground.kinds):
        best = draft.best(number, kind.lattice, count=1)
        if best is not None and best[0] > 0:
            shifts = draft.ground.groups[kind.group][3]
            pledges = draft.pledges(draft.share(number, best[1]))
            worth = best[0] - sum(draft.goods.weight[draft.goods.anchor + a] for a in pledges)
            found += [Option(slot, number, best[1], worth * 0.9**n, pledges) for n, slot in enumerate(shifts)]
    return found


def staffed(draft: Draft, options: list[Option], effort: float) -> list[Tour]:
    """The options that CP-SAT finds crews for, worth most in all, each with its crew's envelope."""
    problem, kinds = draft.ground.problem, draft.ground.kinds
    duties = []
    for option in options:
        kind = kinds[option.kind]
        day = van_day(problem, kind, option.route, option.slot[0])
        duties.append(
            Duty(
                kind.day,
                day.depart,
                day.back,
                kind.level,
                option.worth,
                option.pledges,
                option.slot,
                option.crew,
            )
        )
    crews, _ = assign(problem, duties, effort=effort)
    chosen = [(o, d, c) for o, d, c in zip(options, duties, crews, strict=True) if c is not None]
    whole = envelope(problem, [d for _, d, _ in chosen], [c for _, _, c in chosen])
    return [
        Tour(o.kind, o.route, o.slot, span, crew) for (o, _, crew), span in zip(chosen, whole, strict=True)
    ]
