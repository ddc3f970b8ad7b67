"""Who may call what: the whole table spelled out by hand, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from api import permissions
from api.access import POLICY, PREFIX, UnguardedRouteError, router
from outreach import devices
from outreach.accounts import Account
from outreach.plan import absences, due
from outreach.policies import Policy
from outreach.report import exports
from outreach.report.releases import Release
from outreach.risk.alerts import Alert
from tests.api.conftest import ROLES, House

NOBODY_HOME = 2_000_000_000
STRANGE_UID = UUID(int=7)
ACTORS = (None, *ROLES)

# One line a route: anonymous, dispatch, crew, clinician, manager, admin, auditor, operator, device.
# y: let in, 401: who are you, 403: not you. Nobody in this table is asked what is in code.
TABLE = """
GET    /health                            y   y   y   y   y   y   y   y   y
GET    /public/notice                     y   y   y   y   y   y   y   y   y
GET    /notice                            y   y   y   y   y   y   y   y   y
GET    /notice.css                        y   y   y   y   y   y   y   y   y
GET    /session                           401 y   y   y   y   y   y   y   y
POST   /session                           y   y   y   y   y   y   y   y   y
DELETE /session                           401 y   y   y   y   y   y   y   y
GET    /session/ways                      y   y   y   y   y   y   y   y   y
GET    /session/oidc                      y   y   y   y   y   y   y   y   y
GET    /session/oidc/back                 y   y   y   y   y   y   y   y   y
POST   /session/factor                    401 y   y   y   y   y   y   y   403
PUT    /session/factor                    401 y   y   y   y   y   y   y   403
PUT    /session/password                  401 y   y   y   y   y   y   y   403
GET    /accounts                          401 403 403 403 403 y   y   y   403
POST   /accounts                          401 403 403 403 403 y   403 403 403
PUT    /accounts/{account_id}/role        401 403 403 403 403 y   403 403 403
POST   /accounts/{account_id}/password    401 403 403 403 403 y   403 403 403
POST   /accounts/{account_id}/reopen      401 403 403 403 403 y   403 403 403
DELETE /accounts/{account_id}/factor      401 403 403 403 403 y   403 403 403
DELETE /accounts/{account_id}/sessions    401 403 403 403 403 y   403 y   403
DELETE /accounts/{account_id}             401 403 403 403 403 y   403 403 403
POST   /device                            y   y   y   y   y   y   y   y   y
POST   /device/token                      y   y   y   y   y   y   y   y   y
GET    /devices                           401 y   403 403 403 y   403 y   403
POST   /devices/codes                     401 y   403 403 403 y   403 403 403
DELETE /devices/{device_id}               401 y   403 403 403 y   403 y   403
GET    /dispatch/city                     401 y   403 403 y   y   403 403 403
GET    /dispatch/basemap                  401 y   403 403 y   y   403 403 403
GET    /dispatch/areas                    401 y   403 403 y   y   403 403 403
GET    /dispatch/risk                     401 y   403 403 y   y   403 403 403
GET    /dispatch/risk/why                 401 y   403 403 y   y   403 403 403
GET    /dispatch/sites                    401 y   403 403 y   y   403 403 403
POST   /dispatch/sites                    401 y   403 403 403 y   403 403 403
GET    /dispatch/sites/{site_id}/walk     401 y   403 403 y   y   403 403 403
GET    /dispatch/staff                    401 y   403 403 y   y   403 403 403
GET    /dispatch/vans                     401 y   403 403 y   y   403 403 403
POST   /dispatch/absences                 401 y   403 403 403 y   403 403 403
DELETE /dispatch/absences/{absence_id}    401 y   403 403 403 y   403 403 403
GET    /dispatch/due                      401 y   403 403 403 y   403 403 403
POST   /dispatch/due                      401 y   403 403 403 y   403 403 403
DELETE /dispatch/due/{due_id}             401 y   403 403 403 y   403 403 403
GET    /dispatch/alerts                   401 y   403 403 y   y   403 403 403
POST   /dispatch/alerts                   401 y   403 403 403 y   403 403 403
DELETE /dispatch/alerts/{alert_id}        401 y   403 403 403 y   403 403 403
POST   /dispatch/runs                     401 y   403 403 403 y   403 403 403
GET    /dispatch/runs                     401 y   403 403 y   y   403 403 403
GET    /dispatch/runs/{run_id}            401 y   403 403 y   y   403 403 403
GET    /dispatch/runs/{run_id}/progress   401 y   403 403 y   y   403 403 403
POST   /dispatch/runs/{run_id}/cancel     401 y   403 403 403 y   403 403 403
GET    /dispatch/runs/{run_id}/plan       401 y   403 403 y   y   403 403 403
POST   /dispatch/runs/{run_id}/publish    401 y   403 403 403 y   403 403 403
POST   /dispatch/runs/{run_id}/check      401 y   403 403 403 y   403 403 403
POST   /dispatch/schedule/check           401 y   403 403 403 y   403 403 403
GET    /dispatch/schedule                 401 y   403 403 y   y   403 403 403
POST   /dispatch/schedule/replan          401 y   403 403 403 y   403 403 403
POST   /dispatch/schedule/publish         401 y   403 403 403 y   403 403 403
DELETE /dispatch/schedule/draft           401 y   403 403 403 y   403 403 403
POST   /dispatch/stops/{uid}/cancel       401 y   403 403 403 y   403 403 403
POST   /dispatch/stops/{uid}/shorten      401 y   403 403 403 y   403 403 403
POST   /dispatch/stops/{uid}/move         401 y   403 403 403 y   403 403 403
GET    /dispatch/versions                 401 y   403 403 y   y   403 403 403
GET    /crew/bundle                       401 y   y   y   403 y   403 403 y
POST   /crew/events                       401 y   y   y   403 y   403 403 y
GET    /crew/summary                      401 y   y   y   403 y   403 403 y
POST   /crew/participants/code            401 403 y   y   403 403 403 403 403
POST   /crew/participants/look            401 403 y   y   403 403 403 403 403
POST   /crew/participants/consents        401 403 y   y   403 403 403 403 403
POST   /crew/participants/note            401 403 y   y   403 403 403 403 403
POST   /crew/participants/erase           401 403 y   y   403 403 403 403 403
GET    /manage/exports                    401 403 403 403 y   y   y   403 403
POST   /manage/exports                    401 403 403 403 y   y   403 403 403
POST   /manage/exports/{export_id}/approve     401 403 403 403 y   y   403 403 403
POST   /manage/exports/{export_id}/decline     401 403 403 403 y   y   403 403 403
POST   /manage/exports/{export_id}/hand-over   401 403 403 403 y   y   403 403 403
GET    /manage/terms                      401 403 403 403 y   y   y   403 403
GET    /manage/releases                   401 403 403 403 y   y   y   403 403
GET    /manage/releases/{release_id}      401 403 403 403 y   y   y   403 403
POST   /manage/releases                   401 403 403 403 y   y   403 403 403
GET    /manage/coverage                   401 403 403 403 y   y   403 403 403
GET    /manage/audit                      401 403 403 403 y   y   y   403 403
GET    /manage/audit/state                401 403 403 403 y   y   y   403 403
POST   /manage/audit/verify               401 403 403 403 y   y   y   403 403
"""


WITH_A_SECRET = {
    ("POST", "/session"),
    ("POST", "/device"),
    ("POST", "/device/token"),
    ("GET", "/session/oidc/back"),
}
"""Open to anybody who knows a password, a code or a tablet's secret: without it 401 is their answer."""


def _cells() -> Iterator[tuple[str, str, str | None, str]]:
    for line in TABLE.strip().splitlines():
        method, path, *verdicts = line.split()
        for actor, verdict in zip(ACTORS, verdicts, strict=True):
            yield method, path, actor, verdict


@pytest.mark.parametrize(("method", "path", "actor", "verdict"), list(_cells()))
def test_every_cell_of_the_table(
    shared_house: House, method: str, path: str, actor: str | None, verdict: str
) -> None:
    answer = _knock(shared_house, method, path, actor)
    if verdict == "y":
        assert answer.status_code not in (401, 403, 405, 500) or (method, path) in WITH_A_SECRET
    else:
        assert answer.status_code == int(verdict), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_table_names_every_route_and_no_other() -> None:
    named = {" ".join(line.split()[:2]) for line in TABLE.strip().splitlines()}
    assert named == set(POLICY)


def test_the_page_in_the_docs_is_written_from_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "access.md"
    assert page.read_text() == permissions.text(), "run: python -m api.permissions > docs/access.md"


def test_a_route_without_a_policy_fails_the_start() -> None:
    careless = router("/dispatch", tags=[])
    with pytest.raises(UnguardedRouteError, match="GET /dispatch/secrets has no line"):
        careless.get("/secrets")(lambda: "everything")


def test_every_route_of_the_application_is_guarded(shared_house: House) -> None:
    told = {
        f"{method.upper()} {path.removeprefix(PREFIX)}"
        for path, methods in shared_house.app.openapi()["paths"].items()
        for method in methods
    }
    outside = ("/notice.css", " /notice", "/session/oidc", "/oidc/back")
    assert told == {key for key in POLICY if not key.endswith(outside)}


def test_who_is_asked_before_the_body_is_read(shared_house: House) -> None:
    answer = shared_house.browser(None).post("/api/v1/dispatch/sites", content=b"{broken")
    assert answer.status_code == 401


def test_a_closed_account_is_out_at_once(house: House) -> None:
    from outreach import accounts

    browser = house.browser("dispatch")
    assert browser.get("/api/v1/session").status_code == 200
    with house.town.store.transaction() as session:
        account = accounts.named(session, house.town.programme_id, "dispatch")
        accounts.close(session, account, actor="admin", now=house.app.state.desk.now())
    assert browser.get("/api/v1/session").status_code == 401


def test_the_last_administrator_stays(house: House) -> None:
    admin = house.browser("admin")
    known = admin.get("/api/v1/accounts").json()
    number = next(one["id"] for one in known if one["login"] == "admin")
    answer = admin.delete(f"/api/v1/accounts/{number}")
    assert (answer.status_code, "last administrator" in answer.json()["detail"]) == (409, True)
    lesser = admin.put(f"/api/v1/accounts/{number}/role", json={"role": "crew"})
    assert (lesser.status_code, lesser.json()["code"]) == (409, "last-admin")
    assert admin.get("/api/v1/session").status_code == 200


def _knock(house: House, method: str, path: str, actor: str | None) -> object:
    """Ask for it in a way that changes nothing: rows that are not there, bodies that are not valid."""
    browser: TestClient = house.browser(actor)
    if (method, path) == ("DELETE", "/session"):
        browser = house.browser(None) if actor is None else _another(house, actor)
    address = path.replace("{uid}", str(STRANGE_UID))
    address = re.sub(r"\{[a-z]+_id\}", str(NOBODY_HOME), address)
    prefix = "" if path.startswith("/notice") else PREFIX
    bad = {"content": b"[]", "headers": {"Content-Type": "application/json"}}
    body = bad if method in ("POST", "PUT") and path != "/session/factor" else {}
    return browser.request(method, prefix + address, **body)


def _another(house: House, role: str) -> TestClient:
    kept = house.browsers.pop(role, None)
    fresh = house.browser(role)
    if kept is not None:
        house.browsers[role] = kept
    return fresh


# What the first programme has, and the other must not find. One line a route that names something.
NUMBERED = """
PUT    /accounts/{account_id}/role        {"role": "crew"}
POST   /accounts/{account_id}/password
POST   /accounts/{account_id}/reopen
DELETE /accounts/{account_id}/factor
DELETE /accounts/{account_id}/sessions
DELETE /accounts/{account_id}
DELETE /devices/{device_id}
GET    /dispatch/sites/{site_id}/walk
DELETE /dispatch/absences/{absence_id}
DELETE /dispatch/due/{due_id}
DELETE /dispatch/alerts/{alert_id}
GET    /dispatch/runs/{run_id}
GET    /dispatch/runs/{run_id}/progress
POST   /dispatch/runs/{run_id}/cancel
GET    /dispatch/runs/{run_id}/plan
POST   /dispatch/runs/{run_id}/publish    {}
POST   /dispatch/runs/{run_id}/check      {"edits": [{"uid": "0d8a4f0e6c0a4f7e9a6e0b8a5d1f2c3d"}]}
GET    /manage/releases/{release_id}
POST   /manage/exports/{export_id}/approve
POST   /manage/exports/{export_id}/decline
POST   /manage/exports/{export_id}/hand-over
POST   /dispatch/stops/{uid}/cancel       {"reason": "closed"}
POST   /dispatch/stops/{uid}/shorten      {"ends": "12:00", "reason": "closed"}
POST   /dispatch/stops/{uid}/move         {"starts": "12:00"}
"""


def _numbered() -> Iterator[tuple[str, str, str, str]]:
    verdicts = {tuple(line.split()[:2]): line.split()[2:] for line in TABLE.strip().splitlines()}
    for line in NUMBERED.strip().splitlines():
        method, path, *body = line.split(maxsplit=2)
        for actor, verdict in zip(ACTORS[1:], verdicts[method, path][1:], strict=True):
            yield method, path, "".join(body), f"{actor} {'404' if verdict == 'y' else '403'}"


@pytest.mark.parametrize(("method", "path", "body", "cell"), list(_numbered()))
def test_what_belongs_to_another_programme_is_not_there(
    two_houses: House, method: str, path: str, body: str, cell: str
) -> None:
    actor, verdict = cell.split()
    address = PREFIX + path
    for name, key in theirs(two_houses).items():
        address = address.replace(f"{{{name}}}", str(key))
    told = {"content": body, "headers": {"Content-Type": "application/json"}} if body else {}
    answer = two_houses.browser(f"other-{actor}").request(method, address, **told)
    assert answer.status_code == int(verdict), answer.text
    assert "THEIRS" not in answer.text


def test_every_route_that_names_something_is_asked_for_it_by_another_programme() -> None:
    asked = {tuple(line.split()[:2]) for line in NUMBERED.strip().splitlines()}
    assert asked == {tuple(key.split()) for key in POLICY if "{" in key}


LISTS = [key for key in POLICY if key.startswith("GET ") and "{" not in key and key != "GET /notice.css"]


@pytest.mark.parametrize("key", LISTS)
@pytest.mark.parametrize("actor", ACTORS[1:])
def test_no_list_of_one_programme_shows_anything_of_another(two_houses: House, key: str, actor: str) -> None:
    assert "THEIRS" not in _asked(two_houses, key, f"other-{actor}").text


@pytest.mark.parametrize("key", ["sites", "staff", "vans", "areas", "schedule", "versions"])
def test_whoever_it_belongs_to_sees_it(two_houses: House, key: str) -> None:
    """The test above could not fail otherwise."""
    assert "THEIRS" in _asked(two_houses, f"GET /dispatch/{key}", "admin").text


def test_a_body_that_names_anothers_van_or_person_finds_none(two_houses: House) -> None:
    town = two_houses.town
    for kind, number in (("van", town.vans["one"]), ("staff", town.staff["ana"])):
        days = {"from_date": "2026-11-24", "until_date": "2026-11-24"}
        body = {"kind": kind, "subject_id": number, "reason": "", **days}
        answer = two_houses.browser("other-dispatch").post(f"{PREFIX}/dispatch/absences", json=body)
        assert answer.status_code == 404, answer.text


def test_a_tablets_records_of_anothers_stop_count_for_nobody(two_houses: House) -> None:
    tap = {
        "id": "01932c6e-5b7a-7c3e-8f10-00000000000a",
        "kind": "stop.arrived",
        "subject": two_houses.promised,
        "replaces": None,
        "occurred_at": "2026-11-24T15:00:00.000Z",
        "payload": {},
    }
    batch = {"device": "tablet-1", "events": [tap]}
    answer = two_houses.browser("other-crew").post(f"{PREFIX}/crew/events", json=batch).json()
    assert [(one["state"], one["code"]) for one in answer["receipts"]] == [("held", "unknown-stop")]
    mine = two_houses.browser("crew").get(f"{PREFIX}/crew/summary?date=2026-11-24").json()
    assert mine["stops"] == []


def test_the_public_notice_asks_whose_when_there_are_several(two_houses: House) -> None:
    stranger = two_houses.browser()
    assert stranger.get(f"{PREFIX}/public/notice").status_code == 422
    assert "THEIRS" in stranger.get(f"{PREFIX}/public/notice?programme=tiny").text
    assert stranger.get(f"{PREFIX}/public/notice?programme=other").json() == []
    assert stranger.get(f"{PREFIX}/public/notice?programme=nowhere").status_code == 404


@pytest.mark.parametrize(("address", "status"), [("/notice", 422), ("/notice?programme=nowhere", 404)])
def test_whoever_opens_the_notice_of_nobody_in_particular_reads_what_to_do(
    two_houses: House, address: str, status: int
) -> None:
    page = two_houses.browser().get(address, headers={"Accept": "text/html", "Accept-Language": "es"})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (status, "text/html")
    assert "Varios programas comparten esta dirección" in page.text
    assert "tiny" not in page.text
    program = two_houses.browser().get(address, headers={"Accept": "application/json"})
    assert program.json()["code"] in {"which-programme", "no-programme"}


def theirs(house: House) -> dict[str, object]:
    """What the first programme has, by the name that addresses give it; made on first asking."""
    pid, now = house.town.programme_id, house.app.state.desk.now()
    with house.town.store.transaction(pid) as session:
        code = devices.offer(session, pid, "THEIRS tablet", actor="dispatch", now=now)
        tablet, _ = devices.enrol(session, code, now)
        days = (date(2026, 11, 24), date(2026, 11, 24))
        away = absences.mark(
            session, pid, "van", house.town.vans["one"], *days, "THEIRS",
            actor="dispatch", now=now,
        )  # fmt: skip
        back = due.add(session, pid, house.town.sites["mill"], "moud", *days, 4, actor="dispatch", now=now)
        alert = session.scalars(select(Alert)).first()
        if alert is None:
            alert = Alert(
                programme_id=pid, kind="other", lon=-71.08, lat=42.33, radius_m=500.0, factor=2.0,
                starts=days[0], ends=days[1], note="THEIRS", entered_at=now,
            )  # fmt: skip
            session.add(alert)
            session.flush()
        device = session.scalars(select(devices.Device).where(devices.Device.account_id == tablet.id)).one()
        asker = session.scalars(select(Account).where(Account.login == "manager")).one()
        wish = exports.Wish("visits", None, "funder", "THEIRS", "THEIRS", *days)
        export = exports.ask(session, pid, wish, asker, policy=Policy.load(), now=now)
        given = session.scalars(select(Release)).first()
        if given is None:
            given = Release(
                programme_id=pid, from_date=days[0], until_date=days[1], threshold=10, released_by="THEIRS",
                released_at=now, page="{}", digest="THEIRS",
            )  # fmt: skip
            session.add(given)
            session.flush()
        keys = {
            "export_id": export.id,
            "release_id": given.id,
            "account_id": tablet.id,
            "device_id": device.id,
            "absence_id": away.id,
            "due_id": back.id,
            "site_id": house.town.sites["mill"],
        }
        return keys | {"alert_id": alert.id, "run_id": 1, "uid": house.promised}


def _asked(house: House, key: str, login: str) -> Response:
    path = key.removeprefix("GET ")
    query = "?from=2026-11-23&until=2026-11-29" if path.endswith("coverage") else ""
    if path.endswith("notice"):
        query = "?programme=other"
    return house.browser(login).get(("" if path == "/notice" else PREFIX) + path + query)
