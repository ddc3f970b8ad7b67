"""Reach in a report is presence, and the sum of what a plan's stops say of themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from outreach.plan import planning
from outreach.plan.schedules.drafting import risk_within_a_walk
from outreach.report import reach
from outreach.report.reach import Stay, hours_by_band, reached
from solver.plan import Plan, Stop, VanDay
from solver.problem import BAND_SECONDS, FIRST_BAND_STARTS, RISK_BANDS, Problem, Site, Van
from solver.score import stops_of
from tests.report.conftest import LATER
from tests.shift import Shift


def test_a_report_reaches_what_the_stops_of_a_plan_say_they_do():
    random = np.random.default_rng(7)
    risk = random.gamma(0.5, 0.1, (12, 10, 6))
    dense = random.uniform(0, 1, (3, 12)) * (random.uniform(0, 1, (3, 12)) < 0.4)
    access = csr_array(dense)
    stays = [Stay(0, 0, 540, 780), Stay(1, 3, 1200, 1500), Stay(0, 8, 30, 200), Stay(2, 9, 600, 615)]
    problem = Problem(
        sites=tuple(Site(f"s{i}") for i in range(3)),
        vans=(Van("v", 3),),
        days=10,
        travel=np.zeros((1, 4, 4), np.int32),
        travel_band=np.zeros((10, 48), np.int8),
        risk=risk,
        access_starts=access.indptr.astype(np.int64),
        access_cells=access.indices.astype(np.int32),
        access_share=access.data,
    )
    plan = Plan(tuple(_van_day(stay) for stay in stays))
    weeks = [problem.week_of(day) for day in range(10)]
    told = sum(risk_within_a_walk(problem, day, stop) for day, stop in stops_of(plan))
    assert reached(risk, weeks, access, stays).sum() == pytest.approx(told)


def test_reach_is_the_part_of_the_hours_a_van_was_there_for():
    """Two overdoses a week in 09:00's band (06:00 to 10:00), one in the next; half of the people would walk.
    A van from 09:00 to 11:00 is there for an hour of each: (2 + 1) × 1/4 × 1/2."""
    risk = np.zeros((1, 7, 6))
    risk[0, 2, 1], risk[0, 2, 2], risk[0, 5, 2] = 2.0, 1.0, 40.0
    found = reached(risk, [0] * 7, csr_array(np.array([[0.5]])), [Stay(0, 2, 540, 660)])
    assert found.sum() == pytest.approx(0.375)


def test_two_vans_at_once_reach_nobody_twice():
    risk = np.full((1, 1, 6), 1.0)
    both = [Stay(0, 0, 600, 840), Stay(1, 0, 600, 840)]
    assert reached(risk, [0], csr_array(np.array([[0.8], [0.8]])), both).sum() == pytest.approx(1.0)


def test_plans_are_asked_for_in_the_bands_of_the_report(risky: Shift):
    town = risky.town
    with town.store.reading() as session:
        asked, _ = planning.problem(session, town.programme_id, town.monday, 1, town.city, LATER)
    assert asked.risk.shape[2] == reach.BANDS
    assert (RISK_BANDS, FIRST_BAND_STARTS, BAND_SECONDS) == (
        reach.BANDS,
        60 * reach.FIRST_BAND_STARTS,
        60 * reach.BAND_MINUTES,
    )


def test_a_van_there_all_week_misses_next_to_nobody_and_never_reaches_more_than_there_are():
    risk = np.full((1, 7, 6), 0.5)
    always = [Stay(0, day, 120, 120 + 24 * 60) for day in range(7)]
    found = reached(risk, [0] * 7, csr_array(np.ones((1, 1))), always)
    assert found.sum() == pytest.approx(21.0)
    assert found.sum() <= 21.0


def test_nobody_is_reached_where_nobody_walks():
    risk = np.full((2, 1, 6), 1.0)
    found = reached(risk, [0], csr_array(np.array([[1.0, 0.0]])), [Stay(0, 0, 600, 840)])
    assert found[0, 0] > 0 == found[1, 0]


@pytest.mark.parametrize(
    ("starts", "ends", "bands"),
    [
        (540, 660, [0, 1 / 60 * 60, 1, 0, 0, 0]),
        (1260, 1380, [0, 0, 0, 0, 1, 1]),
        (0, 120, [0, 0, 0, 0, 0, 2]),
        (1500, 1620, [1, 0, 0, 0, 0, 1]),
    ],
)
def test_hours_fall_into_bands_of_four_from_two_in_the_morning(starts: int, ends: int, bands: list[float]):
    assert hours_by_band(starts, ends).tolist() == bands


def _van_day(stay: Stay) -> VanDay:
    stop = Stop(stay.site, stay.starts * 60, stay.starts * 60, (stay.ends - stay.starts) * 60, stay.ends * 60)
    return VanDay(0, stay.day, stop.arrive, stop.leave, (stop,))
