"""The surface: it finds what is true, sees nothing of the future, and says how sure it is."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely
from scipy.stats import spearmanr
from sqlalchemy import func, select

from outreach.errors import Missing
from outreach.place.areas import Area
from outreach.risk import alerts, explain, feeds, presence, surface, unmet
from outreach.risk.feeds import Changes
from outreach.risk.forecast import Forecast
from outreach.risk.grid import Grid
from outreach.risk.incidents import Incident
from outreach.risk.intensity import Intensities
from outreach.risk.past import Events
from outreach.risk.presence import Stay
from outreach.risk.synthetic import Truth
from tests.risk.conftest import BOSTON, CENTRES
from tests.risk.invented import bring, calls
from tests.town import Town

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
SEED = 5
FORTNIGHT = [date(2026, 11, 21) + timedelta(days=ahead) for ahead in range(14)]


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two years of invented incidents, ending the day before now."""
    path = tmp_path_factory.mktemp("invented") / "incidents.csv"
    return calls(path, date(2024, 11, 20), date(2026, 11, 21), seed=SEED)


@pytest.fixture
def fitted(town: Town, invented: Path) -> Town:
    """The tiny town with a surface fitted to the invented incidents."""
    bring(town, invented, NOW)
    with town.store.transaction() as session:
        surface.fit(session, town.programme_id, NOW)
    return town


def ahead(town: Town, dates: list[date] = FORTNIGHT) -> Forecast:
    with town.store.reading() as session:
        return surface.forecast(session, town.programme_id, dates)


def test_the_fitted_surface_recovers_the_true_ranking(fitted: Town):
    forecast = ahead(fitted)
    truth = Truth.grown(BOSTON, CENTRES, SEED).density(Grid.of(forecast.cells).lonlat)
    risk = forecast.mean.sum(axis=(1, 2))
    twentieth = len(risk) // 20
    ours, best = np.argsort(-risk)[:twentieth], np.argsort(-truth)[:twentieth]
    assert spearmanr(risk, truth).statistic > 0.85
    assert truth[ours].sum() > 0.95 * truth[best].sum()


def test_the_fitted_hours_peak_in_the_evening_as_the_truth_does(fitted: Town):
    bands = ahead(fitted).mean.sum(axis=(0, 1))
    assert int(np.argmax(bands)) == 4  # 18:00-22:00
    assert int(np.argmin(bands)) == 0  # 02:00-06:00
    assert bands[4] / bands.sum() == pytest.approx(0.279, abs=0.02)


def test_the_level_is_that_of_the_last_weeks(fitted: Town):
    weekly = ahead(fitted).mean.sum() / 2
    with fitted.store.reading() as session:
        recent = session.scalar(select(func.count()).where(Incident.local_date >= date(2026, 10, 10)))
    assert weekly == pytest.approx((recent or 0) / 6, rel=0.2)


def test_draws_agree_with_the_mean_and_lie_about_it(fitted: Town):
    forecast = ahead(fitted)
    assert forecast.draws.shape == (64, *forecast.mean.shape)
    assert np.allclose(forecast.draws.mean(axis=0), forecast.mean, rtol=0.08, atol=1e-7)
    assert forecast.draws.mean(axis=0).sum() == pytest.approx(forecast.mean.sum(), rel=0.005)
    assert (forecast.lower <= forecast.mean * 1.001).all()
    assert (forecast.upper >= forecast.mean * 0.999).all()


def test_a_draw_is_one_whole_city_the_same_on_every_day(fitted: Town):
    draws = ahead(fitted).draws
    assert np.allclose(draws[:, :, 0, :], draws[:, :, 9, :])
    assert draws[:, :, 0, 0].std(axis=0).max() > 0


def test_what_is_shown_on_the_map_adds_up_to_the_forecast(fitted: Town):
    forecast = ahead(fitted)
    shown = forecast.shown(8)
    total = sum(
        cell.per_week_km2
        * sum(h3.cell_area(c, unit="km^2") for c in forecast.cells if h3.cell_to_parent(c, 8) == cell.cell)
        for cell in shown
    )
    assert total == pytest.approx(forecast.mean.sum() / 2, rel=1e-6)
    assert all(cell.lower <= cell.per_week_km2 <= cell.upper for cell in shown)


def test_the_same_fit_gives_the_same_forecast(fitted: Town):
    assert np.array_equal(ahead(fitted).draws, ahead(fitted).draws)


def test_a_fortnight_with_draws_takes_under_two_seconds(fitted: Town):
    started = time.perf_counter()
    forecast = ahead(fitted)
    assert forecast.draws.shape[0] == 64
    assert forecast.upper.shape == forecast.mean.shape
    assert time.perf_counter() - started < 2.0


def test_an_alert_raises_risk_around_it_and_fades(fitted: Town):
    plain = ahead(fitted)
    hot = int(np.argmax(plain.mean.sum(axis=(1, 2))))
    lat, lon = h3.cell_to_latlng(plain.cells[hot])
    first = FORTNIGHT[2]
    with fitted.store.transaction() as session:
        alert = alerts.enter(
            session,
            fitted.programme_id,
            kind="spike",
            lon=lon,
            lat=lat,
            radius_m=800,
            factor=3.0,
            starts=first,
            ends=first + timedelta(days=8),
            now=NOW,
        )
    rise = ahead(fitted).mean[hot].sum(axis=1) / plain.mean[hot].sum(axis=1)
    assert rise[:3] == pytest.approx([1.0, 1.0, 3.0])
    assert rise[6] == pytest.approx(2.0)
    assert rise[10] == pytest.approx(1.5)
    assert rise[11] == pytest.approx(1.0)
    far = int(np.argmax(np.hypot(*(Grid.of(plain.cells).metres - Grid.of(plain.cells).metres[hot]).T)))
    assert ahead(fitted).mean[far] == pytest.approx(plain.mean[far])
    with fitted.store.transaction() as session:
        alerts.end(session, fitted.programme_id, alert.id, NOW)
    assert ahead(fitted).mean == pytest.approx(plain.mean)


def test_the_surface_is_kept_alike_on_both_databases(town_on_both: Town, invented: Path, tmp_path: Path):
    short = tmp_path / "short.csv"
    short.write_text("\n".join(invented.read_text().splitlines()[:600]))
    bring(town_on_both, short, NOW)
    with town_on_both.store.transaction() as session:
        surface.fit(session, town_on_both.programme_id, NOW)
    forecast = ahead(town_on_both)
    assert forecast.mean.sum() > 0
    assert forecast.draws.shape[0] == 64


def test_before_any_incident_there_is_a_sentence(town: Town):
    with town.store.transaction() as session, pytest.raises(Missing, match="no incidents yet"):
        surface.fit(session, town.programme_id, NOW)
    with town.store.reading() as session, pytest.raises(Missing, match="risk surface was not fitted"):
        surface.forecast(session, town.programme_id, FORTNIGHT)


def test_a_suspect_clock_shapes_no_hours(fitted: Town):
    with fitted.store.transaction() as session:
        feeds.change(session, fitted.programme_id, "ems", Changes(clock="suspect"))
        surface.fit(session, fitted.programme_id, NOW)
    bands = ahead(fitted).mean.sum(axis=(0, 1))
    assert bands / bands.sum() == pytest.approx(np.full(6, 1 / 6))


def test_outlined_areas_decide_which_cells_there_are(fitted: Town):
    box = json.dumps(shapely.geometry.mapping(shapely.box(-71.09, 42.32, -71.06, 42.35)))
    with fitted.store.transaction() as session:
        session.add(Area(programme_id=fitted.programme_id, name="Box", lon=-71.075, lat=42.335, geometry=box))
        surface.fit(session, fitted.programme_id, NOW)
    lonlat = Grid.of(ahead(fitted).cells).lonlat
    assert (lonlat.min(axis=0) > (-71.09, 42.32)).all()
    assert (lonlat.max(axis=0) < (-71.06, 42.35)).all()


def test_a_cell_is_explained_by_figures_that_can_be_counted(fitted: Town):
    forecast = ahead(fitted)
    hot = forecast.cells[int(np.argmax(forecast.mean.sum(axis=(1, 2))))]
    with fitted.store.reading() as session:
        told = explain.of_cell(session, fitted.programme_id, hot, NOW)
        since = NOW.date() - timedelta(days=364)
        own = select(func.count()).where(Incident.cell == hot, Incident.local_date >= since)
        counted = session.scalar(own) or 0
    assert told.rank == 1
    assert told.own_last_year == pytest.approx(counted, abs=2)
    assert told.near_last_year > 0
    assert "Busiest from 18:00 to 22:00" in told.sentence


def test_where_a_van_has_stood_less_is_left_unmet(fitted: Town):
    with fitted.store.transaction() as session:
        before = {row.cell: row for row in unmet.by_cell(session, fitted.programme_id, NOW)}
        ends = NOW - timedelta(days=3)
        stay = Stay(1, fitted.sites["yard"], ends.date(), ends - timedelta(hours=8), ends, 9)
        presence.record(session, fitted.programme_id, [stay])
        after = unmet.by_cell(session, fitted.programme_id, NOW)
    near = h3.latlng_to_cell(42.33, -71.07, 9)
    now_near = next(row for row in after if row.cell == near)
    assert before[near].served == 0
    assert 0 < now_near.served < 1
    assert now_near.unmet < before[near].unmet
    assert now_near.weekly == before[near].weekly
    assert [row.unmet for row in after] == sorted((row.unmet for row in after), reverse=True)


def test_people_who_could_not_be_provided_for_are_left_unmet(fitted: Town):
    ends = NOW - timedelta(days=3)
    left = {}
    with fitted.store.transaction() as session:
        for asked in (0, 8):
            stay = Stay(1, fitted.sites["yard"], ends.date(), ends - timedelta(hours=4), ends, 9, asked)
            presence.record(session, fitted.programme_id, [stay])
            left[asked] = sum(row.unmet for row in unmet.by_cell(session, fitted.programme_id, NOW))
    assert left[8] - left[0] == pytest.approx(8 / unmet.RECENT_WEEKS)


def test_a_cell_outside_the_city_is_not_explained(fitted: Town):
    with fitted.store.reading() as session:
        for cell in ("891f1d48177ffff", "nonsense"):
            with pytest.raises(Missing, match="not in the city"):
                explain.of_cell(session, fitted.programme_id, cell, NOW)


def _events(seed: int, days: int) -> tuple[Grid, Events]:
    truth = Truth.grown(BOSTON, CENTRES, seed)
    random = np.random.default_rng(seed)
    lonlat = truth.places(random, days * 3)
    cells = [h3.latlng_to_cell(lat, lon, 9) for lon, lat in lonlat]
    grid = Grid.around(cells)
    day = np.sort(random.integers(730_000, 730_000 + days, len(cells)))
    return grid, Events.of(grid.where(cells), day, random.integers(0, 1440, len(cells)))


def test_a_forecast_sees_nothing_of_the_future():
    grid, events = _events(3, 280)
    origin, week = 730_280, 30
    honest = Intensities(grid, events, origin).at(week)
    cut = honest.origin
    later = events.day >= cut
    moved = Events(np.where(later, events.cell[::-1], events.cell), events.day, events.minute, events.weight)
    other = Intensities(grid, moved, origin).at(week)
    assert other.share.mean == pytest.approx(honest.share.mean, rel=1e-9)
    assert other.level == honest.level
    assert other.dispersion == honest.dispersion


def test_shares_sum_to_one_and_no_cell_is_impossible():
    grid, events = _events(4, 200)
    share = Intensities(grid, events, 730_200).at().share.mean
    assert share.sum() == pytest.approx(1.0)
    assert share.min() > 0


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_handful_of_events_is_enough_for_a_cautious_surface(count: int):
    grid, events = _events(4, 60)
    few = Events(events.cell[:count], events.day[:count], events.minute[:count], events.weight[:count])
    fitted = Intensities(grid, few, int(few.day[-1]) + 1).at()
    assert np.isfinite(fitted.weekly).all()
    assert fitted.weekly.min() >= 0


def test_events_after_midnight_belong_to_the_night_before():
    events = Events.of(np.array([0, 0]), np.array([730_010, 730_010]), np.array([60, 130]))
    assert events.day.tolist() == [730_009, 730_010]
