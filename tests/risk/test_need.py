"""Need and explanations: what vans leave unmet, where to look, and why a cell is high."""

from __future__ import annotations

import numpy as np
import pytest

from outreach.risk import need
from outreach.risk.grid import Grid
from outreach.risk.need import Visit

GRID = Grid.around(["892a3066a27ffff"])
WEEKLY = np.full(len(GRID), 0.5)
TENTH = 0.10
LON, LAT = (float(x) for x in GRID.lonlat[10])


def test_four_hours_a_week_on_the_spot_serve_a_cell_by_63_percent():
    served = need.presence(GRID, [Visit(LON, LAT, 8.0)], weeks=2)
    assert served[10] == pytest.approx(1 - np.exp(-1), abs=0.01)
    assert served.argmax() == 10


def test_nobody_walks_further_than_1200_metres():
    served = need.presence(GRID, [Visit(LON, LAT, 40.0)], weeks=1)
    far = 1.3 * GRID.metres_to(LON, LAT) > 1200
    assert far.any()
    assert (served[far] == 0).all()
    assert (served[~far] > 0).all()


def test_presence_lowers_what_is_unmet_and_people_turned_away_raise_it():
    plain = need.unmet(GRID, WEEKLY, [], weeks=4)
    visited = need.unmet(GRID, WEEKLY, [Visit(LON, LAT, 16.0)], weeks=4)
    short = need.unmet(GRID, WEEKLY, [Visit(LON, LAT, 16.0, could_not_provide=8)], weeks=4)
    assert plain == pytest.approx(WEEKLY)
    assert visited[10] < plain[10]
    assert short.sum() - visited.sum() == pytest.approx(2.0)


def test_exploration_gives_a_tenth_to_cells_that_were_little_served():
    random = np.random.default_rng(1)
    draws = random.gamma(5, 0.2, (64, len(GRID)))
    served = np.zeros(len(GRID))
    served[:25] = 0.9
    chosen = [need.explored(WEEKLY, draws, served, seed, TENTH).weekly for seed in range(200)]
    mean = np.mean(chosen, axis=0)
    assert mean.sum() == pytest.approx(WEEKLY.sum())
    assert mean[25:].mean() > mean[:25].mean() * 1.05


def test_without_a_share_to_explore_the_risk_stays_as_it_is_believed():
    draws = np.random.default_rng(1).gamma(5, 0.2, (64, len(GRID)))
    plain = need.explored(WEEKLY, draws, np.zeros(len(GRID)), 1, share=0.0)
    assert plain.weekly == pytest.approx(WEEKLY)
    learning = need.explored(WEEKLY, draws, np.zeros(len(GRID)), 1, share=0.3)
    assert np.abs(learning.weekly - WEEKLY).sum() == pytest.approx(
        0.3 * np.abs(draws[learning.drawn] / draws[learning.drawn].sum() * WEEKLY.sum() - WEEKLY).sum()
    )


def test_nothing_is_given_where_nothing_is_expected_or_everything_is_served():
    weekly = WEEKLY.copy()
    weekly[:10] = 0.0
    draws = np.ones((4, len(GRID)))
    assert (need.explored(weekly, draws, np.zeros(len(GRID)), 1, TENTH).weekly[:10] == 0).all()
    assert need.explored(weekly, draws, np.ones(len(GRID)), 1, TENTH).weekly == pytest.approx(weekly)


def test_a_propensity_is_the_share_of_the_surfaces_that_put_a_site_among_the_best():
    reach = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    assert need.propensities(reach, 1).tolist() == [0.75, 0.0, 0.25]
    assert need.propensities(reach, 2).tolist() == [0.75, 0.75, 0.5]
    assert need.propensities(reach, 9).tolist() == [1.0, 1.0, 1.0]
    assert need.propensities(reach, 0).tolist() == [0.0, 0.0, 0.0]
