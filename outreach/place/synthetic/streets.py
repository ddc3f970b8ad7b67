"""Streets: the grown city's road network, from the weave to stretches with a kind, a name and a direction."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from outreach.place.assembly import FREE_KPH, Edge
from outreach.place.ground import metres_apart
from outreach.place.streets import KINDS, TUNNEL
from outreach.place.synthetic import names
from outreach.place.synthetic.arterials import arterial_kinds
from outreach.place.synthetic.facts import Facts, boston
from outreach.place.synthetic.links import Stretch, connections
from outreach.place.synthetic.weave import Metres, Pairs, Weave, woven_city

STRAIGHT_ON = math.radians(38)
ONE_WAY = {"residential": 0.68, "tertiary": 0.40, "secondary": 0.15}
STEP_METRES = 22.0


@dataclass(frozen=True, slots=True)
class Grown:
    """The grown city, ready to be assembled: all its nodes as lon-lat and what leads between them."""

    facts: Facts
    nodes: NDArray[np.float64]
    signals: NDArray[np.bool_]
    drive: list[Edge]
    walk: list[Edge]


@lru_cache(maxsize=2)
def grown(seed: int) -> Grown:
    """The synthetic city of this seed: the same seed, the same city."""
    facts, rng = boston(), np.random.default_rng(seed)
    weave = woven_city(facts, rng)
    crossings = weave.bent
    stretches = _stretches(weave)
    stretches = _trapped(facts, crossings, stretches)
    streets = _streets(stretches)
    stretches = _with_kinds(facts, crossings, stretches, streets, rng)
    stretches = _with_names(stretches, streets, rng)
    stretches = _with_one_ways(stretches, streets, rng)
    crossings, extra = connections(facts, crossings, stretches)
    stretches = _mended(len(crossings), [*stretches, *extra])
    return Grown(
        facts,
        facts.flat.positions(crossings),
        _signals(len(crossings), stretches, rng),
        [edge for stretch in stretches for edge in _edges(facts, stretch)],
        _walks(facts, weave, crossings, extra),
    )


def _stretches(weave: Weave) -> list[Stretch]:
    """Streets from crossing to crossing: bends where only two pieces meet are part of the line."""
    arms: dict[int, list[int]] = defaultdict(list)
    for one, other in weave.streets.tolist():
        arms[one].append(other)
        arms[other].append(one)
    found, used = [], set[tuple[int, int]]()
    for start in [node for node, ways in arms.items() if len(ways) != 2]:
        for step in arms[start]:
            if (start, step) in used:
                continue
            run = [start, step]
            while len(arms[run[-1]]) == 2:
                one, other = arms[run[-1]]
                run.append(other if one == run[-2] else one)
            used |= {(run[0], run[1]), (run[-1], run[-2])}
            found.append(Stretch(run[0], run[-1], _bent_line(weave, run)))
    return found


def _bent_line(weave: Weave, run: Sequence[int]) -> Metres:
    pieces = []
    for one, other in pairwise(run):
        a, b = weave.points[one], weave.points[other]
        count = max(1, int(np.hypot(*(b - a)) / STEP_METRES))
        pieces.append(a + (b - a) * (np.arange(count) / count)[:, None])
    pieces.append(weave.points[run[-1]][None, :])
    return weave.warp.bent(np.concatenate(pieces))


def _trapped(facts: Facts, crossings: Metres, stretches: list[Stretch]) -> list[Stretch]:
    """Round the trap every street is cut but one, and that one leads in only: who enters cannot leave."""
    middle, count = facts.trap
    alive = np.unique([(stretch.a, stretch.b) for stretch in stretches])
    near = cKDTree(crossings[alive]).query(facts.flat.metres([middle])[0], k=count)[1]
    inside = set(alive[near].tolist())
    borders = [s for s in stretches if (s.a in inside) != (s.b in inside)]
    entry = min(borders, key=lambda s: s.metres)
    kept = [stretch for stretch in stretches if stretch not in borders]
    return [*kept, replace(entry, way=1 if entry.b in inside else -1, kind="unclassified")]


def _streets(stretches: list[Stretch]) -> list[list[tuple[int, int]]]:
    """Stretches strung together where they go straight on: lists of (stretch, +1 forward or −1 backward)."""
    ends: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for number, stretch in enumerate(stretches):
        ends[stretch.a].append((number, 0, _bearing(stretch.line[0], stretch.line[1])))
        ends[stretch.b].append((number, 1, _bearing(stretch.line[-1], stretch.line[-2])))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for meeting in ends.values():
        options = [
            (abs(math.remainder(p[2] - q[2] - math.pi, 2 * math.pi)), p[:2], q[:2])
            for i, p in enumerate(meeting)
            for q in meeting[i + 1 :]
            if p[0] != q[0]
        ]
        for turn, p, q in sorted(options):
            if turn < STRAIGHT_ON and p not in partner and q not in partner:
                partner[p], partner[q] = q, p
    return _strung(len(stretches), partner)


def _strung(count: int, partner: dict[tuple[int, int], tuple[int, int]]) -> list[list[tuple[int, int]]]:
    found, used = [], set[int]()
    starts = [(n, side) for n in range(count) for side in (0, 1) if (n, side) not in partner]
    for number, side in [*starts, *((n, 0) for n in range(count))]:
        street = []
        while number not in used:
            used.add(number)
            street.append((number, 1 if side == 0 else -1))
            number, side = partner.get((number, 1 - side), (number, side))
        if street:
            found.append(street)
    return found


def _bearing(start: Metres, end: Metres) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])


def _with_kinds(
    facts: Facts,
    crossings: Metres,
    stretches: list[Stretch],
    streets: list[list[tuple[int, int]]],
    rng: np.random.Generator,
) -> list[Stretch]:
    """Main streets between the quarters' middles, then some of the longest others, then homes."""
    street = np.empty(len(stretches), np.int64)
    for number, members in enumerate(streets):
        street[[stretch for stretch, _ in members]] = number
    metres = np.array([stretch.metres for stretch in stretches])
    ends = np.array([(stretch.a, stretch.b) for stretch in stretches], np.int64)
    kinds = arterial_kinds(facts, crossings, ends, metres, street)
    for members in streets:
        if sum(metres[number] for number, _ in members) > 700 and rng.random() < 0.4:
            for number, _ in members:
                kinds.setdefault(number, "tertiary")
    return [replace(s, kind=kinds.get(number, s.kind)) for number, s in enumerate(stretches)]


def _with_names(
    stretches: list[Stretch], streets: list[list[tuple[int, int]]], rng: np.random.Generator
) -> list[Stretch]:
    arms = np.bincount(np.array([(s.a, s.b) for s in stretches]).ravel())
    found = list(stretches)
    for name, street in zip(names.streets(len(streets), rng), streets, strict=True):
        numbers = [number for number, _ in street]
        main = min((stretches[n].kind for n in numbers), key=KINDS.index)
        dead = any(min(arms[stretches[n].a], arms[stretches[n].b]) == 1 for n in numbers)
        metres = sum(stretches[n].metres for n in numbers)
        called = names.called(name, main, dead_end=dead, metres=metres)
        for number in numbers:
            found[number] = replace(found[number], name=called)
    return found


def _with_one_ways(
    stretches: list[Stretch], streets: list[list[tuple[int, int]]], rng: np.random.Generator
) -> list[Stretch]:
    arms = np.bincount(np.array([(s.a, s.b) for s in stretches]).ravel())
    found = list(stretches)
    for street in streets:
        way, draw = int(rng.choice([-1, 1])), rng.random()
        for number, direction in street:
            stretch = stretches[number]
            open_end = min(arms[stretch.a], arms[stretch.b]) > 1
            if stretch.way == 0 and open_end and draw < ONE_WAY.get(stretch.kind, 0):
                found[number] = replace(stretch, way=way * direction)
    return found


def _mended(count: int, stretches: list[Stretch]) -> list[Stretch]:
    """One-ways that cut somebody off are opened both ways, except into the trap and on carriageways."""
    for _ in range(30):
        arcs = [(s.a, s.b) for s in stretches if s.way >= 0] + [(s.b, s.a) for s in stretches if s.way <= 0]
        tails, heads = np.array(arcs).T
        graph = csr_array((np.ones(len(arcs)), (tails, heads)), shape=(count, count))
        part = connected_components(graph, connection="strong")[1]
        main = np.asarray(part == np.bincount(part).argmax())
        cut = [
            i
            for i, s in enumerate(stretches)
            if s.way and s.kind in ONE_WAY and not (main[s.a] and main[s.b])
        ]
        if not cut:
            break
        for i in cut:
            stretches[i] = replace(stretches[i], way=0)
    return stretches


def _signals(count: int, stretches: list[Stretch], rng: np.random.Generator) -> NDArray[np.bool_]:
    main = [end for s in stretches if s.kind in ("primary", "secondary", "tertiary") for end in (s.a, s.b)]
    busy = np.bincount(np.array(main, np.int64), minlength=count) >= 3
    return np.asarray(busy & (rng.random(count) < 0.7))


def _edges(facts: Facts, stretch: Stretch) -> list[Edge]:
    line = facts.flat.positions(stretch.line)
    metres = float(metres_apart(line[:-1], line[1:]).sum())
    kind = KINDS.index(stretch.kind)
    edge = Edge(stretch.a, stretch.b, line, metres, FREE_KPH[stretch.kind], kind, stretch.flags, stretch.name)
    if stretch.way == 0:
        return [edge, edge.backwards()]
    return [edge if stretch.way > 0 else edge.backwards()]


def _walks(facts: Facts, weave: Weave, crossings: Metres, extra: list[Stretch]) -> list[Edge]:
    """Every street but expressways and tunnels, the lanes closed to cars, and the paths in parks."""
    found = [Stretch(a, b, _bent_line(weave, [a, b])) for a, b in weave.streets.tolist()]
    for pairs in (weave.paths, _park_paths(facts, crossings)):
        found += [Stretch(a, b, crossings[[a, b]], "path") for a, b in pairs.tolist()]
    found += [s for s in extra if not s.kind.startswith("motorway") and not s.flags & TUNNEL]
    return [_edges(facts, stretch)[0] for stretch in found]


def _park_paths(facts: Facts, crossings: Metres) -> Pairs:
    """Across each park between the crossings round it."""
    pairs = []
    for park in facts.parks:
        middle = facts.flat.metres([(park.lon, park.lat)])[0]
        turns = np.arange(10) * math.pi / 5
        rim = middle + (park.reach + 30) * np.column_stack([np.cos(turns), np.sin(turns)])
        away, near = cKDTree(crossings).query(rim)
        gates = list(dict.fromkeys(np.asarray(near)[np.asarray(away) < 220].tolist()))
        pairs += [(a, b) for i, a in enumerate(gates) for b in gates[i + 1 :] if (i + b) % 2 == 0]
    return np.array(pairs, np.int64).reshape(-1, 2)
