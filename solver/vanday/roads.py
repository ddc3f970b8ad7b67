"""Compiled: when to leave, which hour's drives hold, and what duty costs."""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

from numba import njit

from solver.plain import plain


@njit(cache=True, nogil=True)
def leave_for(arrive, first_hour, drive, base, site):  # type: ignore[no-untyped-def]
    """The latest second at which wheels may roll at the base to be at the site by `arrive`."""
    for hour in range(arrive // 3600, first_hour - 1, -1):
        h = min(hour - first_hour, drive.shape[0] - 1)
        leave = min(arrive - drive[h, base, site], (hour + 1) * 3600 - 1)
        if leave >= hour * 3600:
            return leave
    return arrive - drive[0, base, site]


@plain
def hour_of(day, leave):  # type: ignore[no-untyped-def]
    """The row of `drive` for wheels that roll at a second."""
    return min(max(leave // 3600 - day.first_hour, 0), day.drive.shape[0] - 1)


@plain
def told(day, second):  # type: ignore[no-untyped-def]
    """The clock's price of duty from its first slot to a second."""
    k = min(max((second - day.begin) // day.step, 0), len(day.clock) - 2)
    return day.clock[k] + (day.clock[k + 1] - day.clock[k]) * (second - day.begin - k * day.step) / day.step
