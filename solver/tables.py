"""The problem laid flat for compiled search: kinds of duty, the places where they may stand, and the goods.

A *place* is a site as one kind of duty may serve it; places of a kind lie together. Nothing here changes
while plans are searched.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.goods import Goods, Yield
from solver.ground import Ground, Kind
from solver.problem import HOUR
from solver.vanday import Floats, Ints

NEAR = 24
GONE = 32_000
Bools = NDArray[np.bool_]


class Tables(NamedTuple):
    """Arrays by site, by kind of duty, by place (cuts `first[kind]`), and by good. `soonest` and `latest`
    give for each slot and option of a place the next slot, and the last, at which that stay may begin. `fade`
    has for each place, band and cell the share of what is left that a second leaves, as a logarithm; a
    place's bands lie from six times its `cells_at` on."""

    travel: NDArray[np.int32]
    hour_band: NDArray[np.int8]
    setup: Ints
    packdown: Ints
    spacing: Ints
    most_vans: Ints
    promised: Bools
    day: Ints
    base: Ints
    begin: Ints
    slots: Ints
    options: Ints
    first_hour: Ints
    last_hour: Ints
    first: Ints
    site: Ints
    near: NDArray[np.int32]
    length: Ints
    hold: Ints
    soon: NDArray[np.int32]
    slots_at: Ints
    soonest: NDArray[np.int16]
    latest: NDArray[np.int16]
    cells_at: Ints
    cells: Ints
    fade: Floats
    service: Floats
    once_at: Ints
    once: Ints
    hourly_at: Ints
    hourly: Ints
    marks_at: Ints
    marks: Ints
    fits: Bools
    weight: Floats
    cap: Floats
    step: int
    after: int
    rest: int
    hour_cost: float


def lay(ground: Ground, goods: Goods) -> Tables:
    """The tables of a problem. `marks` rows are [good, where its slots and options lie in `fits`, 1 for an
    anchor or 0 for a stop that was told]."""
    p, kinds, yields = ground.problem, ground.kinds, goods.yields
    options = max([k.lattice.length.shape[1] for k in kinds], default=1)
    meal = p.meal_break
    promised = np.zeros((len(p.sites), p.days), np.bool_)
    for site, day in goods.promised:
        promised[site, day] = True
    marks_at, marks, fits = _marks(goods)
    slots_at, soonest, latest = _steps([allowed for k in kinds for allowed in k.allowed])
    once_at, once = _ragged([goods_of for y in yields for goods_of in y.once])
    hourly_at, hourly = _ragged([goods_of for y in yields for goods_of in y.hourly])
    return Tables(
        travel=p.travel,
        hour_band=p.travel_band,
        setup=np.array([s.setup_seconds for s in p.sites], np.int64),
        packdown=np.array([s.packdown_seconds for s in p.sites], np.int64),
        spacing=np.array([s.spacing_days for s in p.sites], np.int64),
        most_vans=np.array([s.max_vans for s in p.sites], np.int64),
        promised=promised,
        day=np.array([k.day for k in kinds], np.int64),
        base=np.array([k.base for k in kinds], np.int64),
        begin=np.array([k.lattice.begin for k in kinds], np.int64),
        slots=np.array([k.lattice.slots for k in kinds], np.int64),
        options=np.array([k.allowed.shape[2] for k in kinds], np.int64),
        first_hour=np.array([k.lattice.first_hour for k in kinds], np.int64),
        last_hour=np.array([k.lattice.last_hour for k in kinds], np.int64),
        first=np.concatenate([[0], np.cumsum([len(k.sites) for k in kinds])]).astype(np.int64),
        site=np.concatenate([*(k.sites for k in kinds), np.zeros(0, np.int64)]),
        near=_near(ground),
        length=np.concatenate([*(_wide(k.lattice.length, options) for k in kinds), _wide(None, options)]),
        hold=_held(ground, options),
        soon=np.ascontiguousarray(p.travel.min(axis=0)),
        slots_at=slots_at,
        soonest=soonest,
        latest=latest,
        cells_at=_cuts(yields),
        cells=np.concatenate([*(y.cells for y in yields), np.zeros(0, np.int64)]),
        fade=_fade(yields, p.saturation),
        service=np.concatenate([*(y.service for y in yields), np.zeros(0)]),
        once_at=once_at, once=once, hourly_at=hourly_at, hourly=hourly,
        marks_at=marks_at, marks=marks, fits=fits,
        weight=goods.weight, cap=goods.cap,
        step=p.start_step,
        after=meal.after_seconds if meal else 0,
        rest=meal.seconds if meal else 0,
        hour_cost=float(p.weights.travel_hour),
    )  # fmt: skip


def _steps(places: list[Bools]) -> tuple[Ints, NDArray[np.int16], NDArray[np.int16]]:
    """Where each place's table [slot, option] begins, the next slot allowed (`GONE`: none) and the last (-1:
    none). Places with the same hours share a table, so that all lie near the processor."""
    begins: dict[tuple[int, bytes], int] = {}
    at, soonest, latest, size = [], [np.zeros(0, np.int16)], [np.zeros(0, np.int16)], 0
    for allowed in places:
        key = (allowed.shape[1], np.packbits(allowed).tobytes())
        if key not in begins:
            begins[key], size = size, size + allowed.size
            slot = np.arange(len(allowed), dtype=np.int16)[:, None]
            after, before = np.where(allowed, slot, np.int16(GONE)), np.where(allowed, slot, np.int16(-1))
            soonest.append(np.minimum.accumulate(after[::-1], axis=0)[::-1].ravel())
            latest.append(np.maximum.accumulate(before, axis=0).ravel())
        at.append(begins[key])
    return np.array(at, np.int64), np.concatenate(soonest), np.concatenate(latest)


def _cuts(yields: list[Yield]) -> Ints:
    sizes = [np.diff(y.cells_at) for y in yields]
    return np.concatenate([[0], np.cumsum(np.concatenate([*sizes, np.zeros(0, np.int64)]))]).astype(np.int64)


def _fade(yields: list[Yield], saturation: float) -> Floats:
    found = [np.zeros(0)]
    for y in yields:
        each = (-saturation / HOUR) * y.walk[:, None] * y.share
        found += [each[a:b].T.ravel() for a, b in pairwise(y.cells_at.tolist())]
    return np.concatenate(found)


def _ragged(rows: list[list[int]]) -> tuple[Ints, Ints]:
    at = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    return at, np.array([n for r in rows for n in r], np.int64)


def _wide(length: Ints | None, options: int) -> Ints:
    if length is None:
        return np.zeros((0, options), np.int64)
    out = np.full((len(length), options), 1 << 30, np.int64)
    out[:, : length.shape[1]] = length
    return out


def _held(ground: Ground, options: int) -> Ints:
    """Seconds at a place for each length of stay there, set-up and pack-down included."""
    sites, step = ground.problem.sites, ground.problem.start_step
    found = [np.zeros((0, options), np.int64)]
    for kind in ground.kinds:
        around = [sites[int(s)].setup_seconds + sites[int(s)].packdown_seconds for s in kind.sites]
        found.append(_wide(kind.lattice.length, options) * step + np.array(around, np.int64)[:, None])
    return np.concatenate(found)


def _near(ground: Ground) -> NDArray[np.int32]:
    """The places of the same kind nearest to each place, itself left out; rows are filled by repetition."""
    known: dict[bytes, NDArray[np.int32]] = {}
    for kind in ground.kinds:
        key = kind.sites.tobytes()
        if key not in known:
            known[key] = _nearest(ground, kind)
    return np.concatenate([*(known[k.sites.tobytes()] for k in ground.kinds), np.zeros((0, NEAR), np.int32)])


def _nearest(ground: Ground, kind: Kind) -> NDArray[np.int32]:
    away = ground.problem.travel[0][np.ix_(kind.sites, kind.sites)].astype(np.int64)
    np.fill_diagonal(away, 1 << 40)
    order = np.argsort(away, axis=1, kind="stable")[:, : max(1, min(NEAR, len(kind.sites) - 1))]
    return np.asarray(np.resize(order.T, (NEAR, len(kind.sites))).T, np.int32)


def _marks(goods: Goods) -> tuple[Ints, Ints, Bools]:
    rows: list[list[list[int]]] = []
    fits: list[Bools] = []
    used = 0
    for kind, y in zip(goods.ground.kinds, goods.yields, strict=True):
        mine: list[list[list[int]]] = [[] for _ in kind.sites]
        pledged = [(goods.anchor + m.anchor, m, 1) for m in y.pledges]
        for good, mark, is_anchor in [*pledged, *((goods.told + m.anchor, m, 0) for m in y.told)]:
            mine[mark.at].append([good, used, is_anchor])
            fits.append(mark.fits.ravel())
            used += mark.fits.size
        rows += mine
    at = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    flat = np.array([m for r in rows for m in r], np.int64).reshape(-1, 3)
    return at, flat, np.concatenate([*fits, np.zeros(0, np.bool_)])
