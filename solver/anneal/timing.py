"""When a changed van-day makes its stops, and whether it then keeps windows, hours and the meal break."""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

from solver.plain import plain
from solver.problem import HOUR


@plain
def _drive(t, q, leave, a, b):  # type: ignore[no-untyped-def]
    hour = min(max(leave // HOUR, t.first_hour[q]), t.last_hour[q])
    return t.travel[t.hour_band[t.day[q], min(hour, t.hour_band.shape[1] - 1)], a, b]


@plain
def _leave_for(t, q, arrive, site):  # type: ignore[no-untyped-def]
    for hour in range(arrive // HOUR, t.first_hour[q] - 1, -1):
        leave = min(arrive - _drive(t, q, hour * HOUR, t.base[q], site), (hour + 1) * HOUR - 1)
        if leave >= hour * HOUR:
            return leave
    return arrive - _drive(t, q, 0, t.base[q], site)


@plain
def _soonest(t, q, place, slot, option):  # type: ignore[no-untyped-def]
    """The next slot, from a given one on, at which a stay may begin; beyond the last where there is none."""
    if slot >= t.slots[q]:
        return t.slots[q]
    return t.soonest[t.slots_at[place] + slot * t.options[q] + option]


@plain
def _latest(t, q, place, slot, option):  # type: ignore[no-untyped-def]
    """The last slot up to a given one at which a stay may begin; -1 where there is none."""
    return t.latest[t.slots_at[place] + slot * t.options[q] + option] if slot >= 0 else -1


@plain
def works(t, s, tour, new, r, n, pause, p):  # type: ignore[no-untyped-def]
    """Whether the tour in row r can be timed around its p-th stop so that it keeps every rule of its day."""
    for i in range(n):
        if i != p and new[r, i, 0] == new[r, p, 0]:
            return False
    if _too_much(t, s, tour, new, r, n, pause) or not _placed(t, s, tour, new, r, n, pause, p):
        return False
    for i in range(n):
        new[2, i, 1] = new[r, i, 1]
    for tight in range(2):
        if _timed(t, s, tour, new, r, n, pause, p, tight == 1):
            return True
        for i in range(n):
            new[r, i, 1] = new[2, i, 1]
    return False


@plain
def _too_much(t, s, tour, new, r, n, pause):  # type: ignore[no-untyped-def]
    """Whether the tour in row r is longer than its crew's hours even where traffic is lightest."""
    base = t.base[s.kind[tour]]
    at, total = base, t.rest if pause >= 0 else 0
    for i in range(n):
        site = t.site[new[r, i, 0]]
        total += t.soon[at, site] + t.hold[new[r, i, 0], new[r, i, 2]]
        at = site
    total += t.soon[at, base]
    return total > min(s.longest[tour], s.end[tour] - s.opens[tour])


@plain
def _placed(t, s, tour, new, r, n, pause, p):  # type: ignore[no-untyped-def]
    """Give the p-th stop a slot: as told, or as soon (-1) or as late (-2) as its neighbours let it."""
    q, place = s.kind[tour], new[r, p, 0]
    begin, step, slots = t.begin[q], t.step, t.slots[q]
    site, k = t.site[place], new[r, p, 1]
    long = t.length[place, new[r, p, 2]]
    if k == -1 and p == 0:
        k = 0 if n == 1 else -2
    if k == -2 and p == n - 1:
        k = -1 if n > 1 else 0
    if k == -1:
        a = new[r, p - 1, 0]
        leave = begin + (new[r, p - 1, 1] + t.length[a, new[r, p - 1, 2]]) * step + t.packdown[t.site[a]]
        leave += _drive(t, q, leave, t.site[a], site) + (t.rest if pause == p - 1 else 0)
        k = -(-(leave + t.setup[site] - begin) // step)
    elif k == -2:
        b = new[r, p + 1, 0]
        arrive = begin + new[r, p + 1, 1] * step - t.setup[t.site[b]] - (t.rest if pause == p else 0)
        arrive -= _drive(t, q, arrive, site, t.site[b]) + t.packdown[site]
        k = _latest(t, q, place, min((arrive - begin) // step - long, slots - 1), new[r, p, 2])
    k = _soonest(t, q, place, max(k, 0), new[r, p, 2])
    new[r, p, 1] = k
    return k < slots


@plain
def _timed(t, s, tour, new, r, n, pause, p, tight):  # type: ignore[no-untyped-def]
    """Move the stops before and after the p-th as little as must be (or, if `tight`, close to it). Whether
    windows, travel, hours and meal break then hold."""
    q = s.kind[tour]
    begin, step, slots = t.begin[q], t.step, t.slots[q]
    for i in range(p + 1, n):
        a, b = new[r, i - 1, 0], new[r, i, 0]
        leave = begin + (new[r, i - 1, 1] + t.length[a, new[r, i - 1, 2]]) * step + t.packdown[t.site[a]]
        arrive = leave + _drive(t, q, leave, t.site[a], t.site[b]) + (t.rest if pause == i - 1 else 0)
        k = -(-(arrive + t.setup[t.site[b]] - begin) // step)
        if not tight:
            k = max(k, new[r, i, 1])
        k = _soonest(t, q, b, k, new[r, i, 2])
        if k >= slots:
            return False
        new[r, i, 1] = k
    for i in range(p - 1, -1, -1):
        a, b = new[r, i, 0], new[r, i + 1, 0]
        extra = t.rest if pause == i else 0
        arrive = begin + new[r, i + 1, 1] * step - t.setup[t.site[b]] - extra
        hold = t.length[a, new[r, i, 2]] * step + t.packdown[t.site[a]]
        k = (arrive - hold - begin) // step
        if not tight:
            k = min(k, new[r, i, 1])
        k = _latest(t, q, a, min(k, slots - 1), new[r, i, 2])
        while k >= 0:
            leave = begin + k * step + hold
            late = leave + _drive(t, q, leave, t.site[a], t.site[b]) - arrive
            if late <= 0:
                break
            k = _latest(t, q, a, k + (-late) // step, new[r, i, 2])
        if k < 0:
            return False
        new[r, i, 1] = k
    return _on_duty(t, s, tour, new, r, n, pause)


@plain
def _on_duty(t, s, tour, new, r, n, pause):  # type: ignore[no-untyped-def]
    """Whether the van-day lies within its crew's hours, with the meal break in time."""
    q = s.kind[tour]
    begin, step = t.begin[q], t.step
    a = t.site[new[r, 0, 0]]
    depart = _leave_for(t, q, begin + new[r, 0, 1] * step - t.setup[a], a)
    if depart < s.opens[tour]:
        return False
    z = new[r, n - 1, 0]
    leave = begin + (new[r, n - 1, 1] + t.length[z, new[r, n - 1, 2]]) * step + t.packdown[t.site[z]]
    back = leave + _drive(t, q, leave, t.site[z], t.base[q]) + (t.rest if pause == n - 1 else 0)
    if back > s.end[tour] or back - depart > s.longest[tour]:
        return False
    if t.rest == 0:
        return True
    if pause < 0:
        return back - depart <= t.after
    x = new[r, pause, 0]
    rolls = begin + (new[r, pause, 1] + t.length[x, new[r, pause, 2]]) * step + t.packdown[t.site[x]]
    return rolls - depart <= t.after


@plain
def travelled(t, q, stops, r, n):  # type: ignore[no-untyped-def]
    """What the driving of a van-day costs."""
    if n == 0:
        return 0.0
    begin, step = t.begin[q], t.step
    a = t.site[stops[r, 0, 0]]
    depart = _leave_for(t, q, begin + stops[r, 0, 1] * step - t.setup[a], a)
    total = _drive(t, q, depart, t.base[q], a)
    for i in range(n):
        a = t.site[stops[r, i, 0]]
        leave = begin + (stops[r, i, 1] + t.length[stops[r, i, 0], stops[r, i, 2]]) * step + t.packdown[a]
        total += _drive(t, q, leave, a, t.base[q] if i == n - 1 else t.site[stops[r, i + 1, 0]])
    return total * t.hour_cost / HOUR
