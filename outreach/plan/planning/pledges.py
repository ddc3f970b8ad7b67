"""Pledges: promised sessions that no van can be at, said by name before anything is searched."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.plan.planning.travel import NEVER
from solver.problem import Anchor, Problem, Shift

MINUTE = 60


def unreachable(asked: Problem) -> Iterator[str]:
    """A sentence for each session that no van's shift has the drive and the hours for, people aside."""
    for anchor in asked.anchors:
        why = _why(asked, anchor)
        if why:
            when = f"{anchor.start // 3600:02d}:{anchor.start % 3600 // 60:02d}"
            told = f"The session promised at {asked.sites[anchor.site].name} on {asked.told(anchor.day)}"
            yield f"{told} at {when} cannot be kept: {why}."


def _why(asked: Problem, anchor: Anchor) -> str:
    """Empty when some van can be there."""
    allowed = asked.sites[anchor.site].vans
    out = [
        (van.base, shift)
        for n, van in enumerate(asked.vans)
        for shift in van.shifts
        if shift.day == anchor.day and (allowed is None or n in allowed)
    ]
    if not out:
        return "no van that may stand there is out that day"
    short = [_short(asked, anchor, base, shift) for base, shift in out]
    least = min(short)
    if least >= NEVER:
        return "no road leads a van there and back"
    if least > 0:
        return f"with the drive it needs {-(-least // MINUTE)} minutes more than any van's shift has"
    return ""


def _short(asked: Problem, anchor: Anchor, base: int, shift: Shift) -> int:
    """Seconds that a shift lacks for being there in time and back; nothing or less: none."""
    site = asked.sites[anchor.site]
    there = int(asked.travel[:, base, anchor.site].min())
    back = int(asked.travel[:, anchor.site, base].min())
    if max(there, back) >= NEVER:
        return NEVER
    late = shift.starts + there + site.setup_seconds - (anchor.start + anchor.tolerance)
    starts = max(anchor.start - anchor.tolerance, shift.starts + there + site.setup_seconds)
    over = starts + anchor.dwell + site.packdown_seconds + back - shift.ends
    return max(late, over)
