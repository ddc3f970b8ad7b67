"""Sites: when a van may stand there, and what cannot be true about one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from outreach.errors import Conflict, Invalid, Missing
from outreach.place import sites
from outreach.place.areas import Area
from outreach.place.sites import NewSite, Opening
from outreach.store import Programme, Store

MONDAY = date(2026, 11, 23)


def founded(session: Session) -> int:
    """A programme with two areas."""
    programme = Programme(slug="p", name="P", city="Town", timezone="America/New_York")
    session.add(programme)
    session.flush()
    for name, lon in (("West", -71.10), ("East", -71.06)):
        session.add(Area(programme_id=programme.id, name=name, lon=lon, lat=42.33))
    session.flush()
    return programme.id


def described(**changes: object) -> NewSite:
    """A site open on Mondays, 08:00-12:00, with some of it changed."""
    facts: dict[str, object] = {
        "name": "Mill lot",
        "lon": -71.095,
        "lat": 42.33,
        "host": "Mill",
        "windows": (Opening(0, 480, 720),),
    }
    return NewSite(**(facts | changes))  # type: ignore[arg-type]


def test_a_site_is_stored_with_its_windows_and_the_area_it_lies_in(store: Store):
    with store.transaction() as session:
        pid = founded(session)
        sites.add(session, pid, described(languages=("es",), permit_until=date(2027, 1, 1)))
    with store.reading() as session:
        (site,) = sites.listed(session, pid)
        assert site.area is not None
        assert (site.code, site.area.name, site.status) == ("S001", "West", "active")
        assert sites.windows_on(site, MONDAY) == [(480, 720)]
        assert sites.windows_on(site, date(2026, 11, 24)) == []
        assert site.languages == ["es"]


def test_a_closure_and_the_permits_dates_keep_vans_away(sqlite_store: Store):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        site = sites.add(
            session, pid, described(permit_from=date(2026, 11, 1), permit_until=date(2026, 12, 31))
        )
        sites.close(session, site, MONDAY, MONDAY, "Street fair")
    with sqlite_store.reading() as session:
        site = sites.one(session, pid, site.id)
        assert sites.windows_on(site, MONDAY) == []
        assert sites.windows_on(site, date(2026, 11, 30)) == [(480, 720)]
        assert sites.windows_on(site, date(2026, 10, 26)) == []
        assert sites.windows_on(site, date(2027, 1, 4)) == []


def test_a_site_without_a_host_is_proposed_and_waits(sqlite_store: Store):
    with sqlite_store.transaction() as session:
        site = sites.add(session, founded(session), described(host=None))
        assert site.status == "proposed"
        assert not sites.may_be_planned(site)


def test_sites_are_numbered_on_from_the_highest(sqlite_store: Store):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        for code in ("S009", "Sx", None):
            last = sites.add(session, pid, described(code=code))
        assert last.code == "S010"


def test_a_code_that_is_taken_is_a_conflict(sqlite_store: Store):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        sites.add(session, pid, described(code="A"))
        with pytest.raises(Conflict, match="code A exists"):
            sites.add(session, pid, described(code="A"))


def test_a_site_nobody_knows_is_missing(sqlite_store: Store):
    with sqlite_store.transaction() as session, pytest.raises(Missing, match="no site number 7"):
        sites.one(session, founded(session), 7)


def test_an_unknown_area_is_missing(sqlite_store: Store):
    with sqlite_store.transaction() as session, pytest.raises(Missing, match="no area named 'Atlantis'"):
        sites.add(session, founded(session), described(area="Atlantis"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "a\x00b"}, "needs a name"),
        ({"lon": 42.33, "lat": -71.1}, "look swapped"),
        ({"lon": 42.33, "lat": -171.1}, "look swapped"),
        ({"lon": 420.0}, "no position on the globe"),
        ({"lon": float("nan")}, "no position on the globe"),
        ({"status": "maybe"}, "status 'maybe'"),
        ({"status": "active", "host": None}, "needs a host"),
        ({"setup_minutes": 900}, "0 to 240 minutes"),
        ({"spots": 0}, "1 to 20 vans"),
        ({"dwell_minutes": ()}, "length of stay"),
        ({"dwell_minutes": (127,)}, "in steps of 5"),
        ({"permit_from": date(2027, 1, 1), "permit_until": date(2026, 1, 1)}, "before it begins"),
        ({"windows": (Opening(0, 480, 720), Opening(0, 700, 800))}, "two windows on Mon overlap"),
    ],
)
def test_what_cannot_be_true_is_said_in_a_sentence(changes: dict[str, object], told: str):
    with pytest.raises(Invalid, match=told):
        described(**changes)


@pytest.mark.parametrize("window", [(7, 0, 60), (0, 600, 600), (0, 0, 1801), (0, -5, 60)])
def test_an_impossible_window_is_refused(window: tuple[int, int, int]):
    with pytest.raises(Invalid):
        Opening(*window)
