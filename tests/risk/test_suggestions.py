"""Suggestions: questions to participants and hosts, with figures that can be checked, and never a site."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h3
import numpy as np
import pytest
from sqlalchemy import func, select

from outreach.errors import Invalid
from outreach.place import sites
from outreach.place.ground import metres_between
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.risk import suggestions
from outreach.risk.forecast import Believed, Forecast
from outreach.risk.nearness import near, weekly
from outreach.risk.suggestions import QUESTION, Service, Suggestion
from tests.commands import run
from tests.planned import with_risk
from tests.streets import long_street
from tests.town import LAT, MONDAY, Town

NOWHERE = Network.open(Path("nowhere"))
"""Straight lines and no roads: distances can be reckoned by hand."""


def forecast(risks: dict[tuple[float, float], float]) -> Forecast:
    """So many overdoses a week at these positions, for a week."""
    cells = tuple(h3.latlng_to_cell(lat, lon, 9) for lon, lat in risks)
    risk = np.array(list(risks.values()))
    believed = Believed(cells, risk, np.ones(len(risk)), np.full(6, 1 / 6), 100.0, 0.1)
    return Forecast(believed, tuple(MONDAY + timedelta(n) for n in range(7)), np.ones((len(risk), 7)))


WEST, MIDDLE, SOUTH, FAR = (-71.10, LAT), (-71.085, LAT + 0.012), (-71.08, LAT - 0.02), (-71.02, LAT + 0.03)
RISKS = {WEST: 3.0, MIDDLE: 1.0, SOUTH: 2.0, FAR: 1.5}


def asked(town: Town, **more: object) -> list[Suggestion]:
    """The suggestions for the tiny town with RISKS."""
    with town.store.reading() as session:
        return suggestions.suggest(session, town.programme_id, NOWHERE, forecast(RISKS), **more)  # type: ignore[arg-type]


def test_where_a_site_already_is_nobody_is_asked_again(town: Town):
    """The west has the most risk and a site in the middle of it."""
    found = asked(town)
    spots = [(one.lon, one.lat) for one in found]
    assert all(metres_between(spot, WEST) > suggestions.LEAST_APART_METRES for spot in spots)
    assert metres_between(spots[0], SOUTH) < 200
    assert {one.rank for one in found} == set(range(1, len(found) + 1))


def test_people_who_reach_a_site_already_are_not_counted_twice(town: Town):
    """600 m north of the mill: some of them walk to the mill now."""
    north_of_mill = (-71.09, LAT + 0.0054)
    with town.store.reading() as session:
        ahead = forecast({north_of_mill: 2.0})
        (one,) = suggestions.suggest(session, town.programme_id, NOWHERE, ahead)
    assert one.not_reached_yet < 0.9 * one.would_walk


def test_a_site_without_a_host_covers_nobody(town: Town):
    with town.store.transaction() as session:
        site = session.get(Site, town.sites["west"])
        assert site is not None
        site.status = "proposed"
    first = asked(town)[0]
    assert metres_between((first.lon, first.lat), WEST) < 200
    assert first.nearest_site == "Mill"


def test_the_scorecards_figures_add_up(town: Town):
    first = asked(town, known=[Service("Corner pharmacy", (-71.08, LAT - 0.014))])[0]
    alone = near(
        NOWHERE, [(first.lon, first.lat)], forecast(RISKS).cells, weekly(forecast(RISKS)), 15, "usual"
    )
    assert first.in_15_minutes == pytest.approx(alone.together, abs=0.01)
    assert 0 < first.in_10_minutes <= first.in_15_minutes <= 2.0 + 1e-9
    assert first.slow_would_walk < first.would_walk <= first.in_15_minutes
    assert first.not_reached_yet <= first.would_walk
    assert first.nearest_service == "Corner pharmacy"
    away = metres_between((first.lon, first.lat), (-71.08, LAT - 0.014))
    assert first.nearest_service_metres == pytest.approx(away, abs=2)
    assert first.services_part == pytest.approx(min(away / 1_200, 1), abs=0.002)
    assert first.score == pytest.approx(
        0.6 * first.risk_part + 0.2 * first.spread_part + 0.2 * first.services_part, abs=0.002
    )


def test_next_to_a_pharmacy_an_area_ranks_lower(town: Town):
    plain = {one.cell: one.score for one in asked(town)}
    there = asked(town, known=[Service("Pharmacy", FAR)])
    beside = next(one for one in there if metres_between((one.lon, one.lat), FAR) < 250)
    others = [one for one in there if one is not beside]
    assert beside.score == pytest.approx(plain[beside.cell], abs=0.05)  # nothing for its distance
    assert all(one.score == pytest.approx(plain[one.cell] + 0.2, abs=0.05) for one in others)


def test_a_suggestion_is_a_question_and_changes_nothing(town: Town):
    with town.store.reading() as session:
        before = session.scalar(select(func.count()).select_from(Site))
    found = asked(town)
    assert all(one.question == QUESTION and "never a plan" in one.question for one in found)
    with town.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == before
        assert {site.status for site in sites.listed(session, town.programme_id)} == {"active"}


def test_two_suggestions_do_not_ask_about_the_same_people(town: Town):
    spots = [(one.lon, one.lat) for one in asked(town, count=20)]
    for number, one in enumerate(spots):
        assert all(metres_between(one, other) >= 399 for other in spots[:number])


@pytest.mark.parametrize("count", [0, 51])
def test_how_many_is_bounded(town: Town, count: int):
    with pytest.raises(Invalid, match="1 to 50"):
        asked(town, count=count)


def test_a_city_elsewhere_is_told(town: Town):
    roads, far = long_street(town.city), forecast({(2.35, 48.85): 1.0})
    with town.store.reading() as session, pytest.raises(Invalid, match="No road leads anywhere near"):
        suggestions.suggest(session, town.programme_id, roads, far)


def test_mistakes_in_the_file_of_services_are_told(tmp_path: Path):
    sheet = tmp_path / "services.csv"
    sheet.write_text("name,lon,lat\nA,-71.08,42.33\nB,42.33,-71.08\n,x,42\n")
    with pytest.raises(Invalid) as refused:
        suggestions.services(sheet)
    assert {problem.row for problem in refused.value.problems} == {4}
    sheet.write_text("name,lon,lat\nA,-71.08,42.33\n")
    assert suggestions.services(sheet) == [Service("A", (-71.08, 42.33))]


def test_of_all_places_together_nobody_counts_twice():
    ahead = forecast(RISKS)
    one = near(NOWHERE, [WEST], ahead.cells, weekly(ahead), 15, "usual")
    twice = near(NOWHERE, [WEST, WEST], ahead.cells, weekly(ahead), 15, "usual")
    assert twice.together == pytest.approx(one.together)
    assert twice.by_place == pytest.approx(one.by_place * 2)
    assert 0 < one.share < 1
    nobody = near(NOWHERE, [], ahead.cells, weekly(ahead), 15, "usual")
    assert (nobody.together, nobody.share, nobody.total) == (0.0, 0.0, pytest.approx(7.5))


def test_the_commands_write_scorecards_and_tell_who_is_near(town: Town, tmp_path: Path):
    with_risk(town, tmp_path, datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    told = run("sites", "suggest", tmp_path / "out.csv", "--count", 3, data_dir=tmp_path)
    assert told.code == 0, told.err
    assert "this is a question, never a plan" in told.out
    assert told.out.startswith(f"3 areas written to {tmp_path / 'out.csv'}:\n1. ")
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert all(f"score {float(row['score']):.2f}: " in told.out for row in rows)
    again = run("sites", "suggest", tmp_path / "out.csv", "--count", 3, data_dir=tmp_path)
    assert (again.code, "never overwrite" in again.err) == (1, True)
    assert {row["question"] for row in rows} == {QUESTION}
    usual, slow = (run("sites", "reach", "--walker", who, data_dir=tmp_path) for who in ("usual", "slow"))
    assert (usual.code, slow.code) == (0, 0)
    assert "within 15 minutes of any site" in usual.out
    assert usual.out != slow.out


def test_without_risk_the_commands_say_what_to_do(tmp_path: Path):
    refused = run("sites", "suggest", tmp_path / "out.csv", data_dir=tmp_path / "none")
    assert refused.code == 1
    assert not (tmp_path / "out.csv").exists()
    assert run("sites", "reach", "--walker", "flying", data_dir=tmp_path / "none").code == 1
