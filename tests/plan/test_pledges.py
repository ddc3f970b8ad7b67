"""A promised session that no van can be at is said by name before anything is searched."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from outreach.plan import anchors, planning
from outreach.plan.planning.pledges import unreachable
from solver.problem import HOUR, Anchor, Problem, Shift
from tests.solver.towns import clinic
from tests.town import Town

FAR = 24 * HOUR


def far(p: Problem, seconds: int) -> Problem:
    """Site 1, where the session is promised, so far from everything."""
    travel = p.travel.copy()
    travel[:, 1, :] = travel[:, :, 1] = seconds
    return replace(p, travel=travel, dates=("Mon 23 Nov", "Tue 24 Nov"))


def test_a_session_that_a_van_can_keep_is_not_mentioned():
    assert list(unreachable(clinic(2))) == []


def test_a_site_no_road_leads_to_is_named_with_its_session():
    [told] = unreachable(far(clinic(2), FAR))
    assert told == (
        "The session promised at site 1 on Mon 23 Nov at 10:00 cannot be kept: no road leads a van there and "
        "back."
    )


def test_a_road_there_and_none_back_is_no_road():
    p = clinic(2)
    one_way = p.travel.copy()
    one_way[:, 1, :] = FAR
    assert "no road leads" in next(iter(unreachable(replace(p, travel=one_way))))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        # Out at 8, two hours there, ten minutes of set-up; promised at 10:00, give or take 15: none short.
        (2 * HOUR, ""),
        # Three hours there: at 11:10 at the earliest, 55 minutes after 10:15.
        (3 * HOUR, "55 minutes more"),
    ],
)
def test_a_drive_longer_than_the_shift_leaves_says_by_how_much(change: int, why: str):
    told = list(unreachable(far(clinic(2), change)))
    assert [why in one for one in told] == ([True] if why else [])


def test_a_day_without_any_van_is_named():
    p = clinic(2)
    off = replace(p.vans[0], shifts=(Shift(1, 8 * HOUR, 16 * HOUR),))
    assert "is out that day" in next(iter(unreachable(replace(p, vans=(off,)))))


def test_a_van_the_site_does_not_allow_does_not_count():
    p = clinic(2)
    sites = list(p.sites)
    sites[1] = replace(sites[1], vans=frozenset())
    assert "may stand there" in next(iter(unreachable(replace(p, sites=tuple(sites)))))


def test_the_end_of_the_shift_counts_too():
    late = (Anchor(1, 0, 14 * HOUR, 2 * HOUR, 0),)
    # Served until 16:00, packed at 16:10, home at 16:20 (two gaps of ten minutes by day, 15 after 16:00).
    [told] = unreachable(replace(clinic(2), anchors=late))
    assert "minutes more than any van's shift has" in told


def test_the_plan_says_it_before_it_is_made(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        session.add(
            anchors.Anchor(
                programme_id=risky_town.programme_id,
                site_id=risky_town.sites["mill"],
                weekday=2,
                starts=5 * 60,
                dwell_minutes=120,
                services=["harm_reduction"],
            )
        )
    with risky_town.store.reading() as session:
        _, roster = planning.problem(
            session, risky_town.programme_id, risky_town.monday, 5, risky_town.city, now
        )
    [told] = [note for note in roster.notes if "promised at Mill" in note]
    assert "on Wed 25 Nov at 05:00 cannot be kept" in told
