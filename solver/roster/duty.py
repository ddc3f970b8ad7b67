"""Van-days that want a crew, and which of them cannot both go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.problem import HOUR, Member, Shift


@dataclass(frozen=True)
class Duty:
    """A van-day that wants a crew able to offer the services of `level`; `worth` is what it is good for
    beside the anchors in `pledges`, which it would keep; an anchor counts once, however many keep it.
    `hint` is a crew that is known to do.
    Of duties with one `slot` (van, shift), and of overlapping ones of one van, at most one goes out."""

    day: int
    depart: int
    back: int
    level: frozenset[int]
    worth: float = 1.0
    pledges: frozenset[int] = frozenset()
    slot: tuple[int, int] | None = None
    hint: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Seconds on duty."""
        return self.back - self.depart

    @property
    def begins(self) -> int:
        """Seconds from the first day's midnight to leaving."""
        return self.day * 24 * HOUR + self.depart

    @property
    def ends(self) -> int:
        """Seconds from the first day's midnight to being back."""
        return self.day * 24 * HOUR + self.back

    def shift_of(self, person: Member) -> Shift | None:
        """The shift of somebody's in which it lies."""
        mine = (s for s in person.shifts if s.day == self.day)
        return next((s for s in mine if s.starts <= self.depart and self.back <= s.ends), None)


def clash(a: Duty, b: Duty) -> bool:
    """Whether both are one shift of a van, or would have one van out twice at a time."""
    return same_van(a, b) and (a.slot == b.slot or (a.begins < b.ends and b.begins < a.ends))


def same_van(a: Duty, b: Duty) -> bool:
    """Whether one van is to drive both."""
    return a.slot is not None and b.slot is not None and a.slot[0] == b.slot[0]


def driven_once(duties: Sequence[Duty]) -> set[int]:
    """Duties that need no crew, worth most first, without those that their van cannot drive as well."""
    out: set[int] = set()
    for n in sorted(range(len(duties)), key=lambda n: (-duties[n].worth, n)):
        if not any(clash(duties[n], duties[other]) for other in out):
            out.add(n)
    return out
