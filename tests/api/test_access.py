"""Who may call what: the whole table spelled out by hand, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from api.access import POLICY, PREFIX, UnguardedRouteError, router
from tests.api.conftest import ROLES, House

NOBODY_HOME = 2_000_000_000
STRANGE_UID = UUID(int=7)
ACTORS = (None, *ROLES)

# One line a route: anonymous, dispatch, crew, manager, admin. y: let in, 401: who are you, 403: not you.
TABLE = """
GET    /health                            y   y   y   y   y
GET    /public/notice                     y   y   y   y   y
GET    /notice                            y   y   y   y   y
GET    /notice.css                        y   y   y   y   y
GET    /session                           401 y   y   y   y
GET    /dispatch/city                     401 y   403 y   y
GET    /dispatch/basemap                  401 y   403 y   y
GET    /dispatch/areas                    401 y   403 y   y
GET    /dispatch/risk                     401 y   403 y   y
GET    /dispatch/sites                    401 y   403 y   y
POST   /dispatch/sites                    401 y   403 403 y
GET    /dispatch/staff                    401 y   403 y   y
GET    /dispatch/vans                     401 y   403 y   y
POST   /dispatch/absences                 401 y   403 403 y
DELETE /dispatch/absences/{absence_id}    401 y   403 403 y
GET    /dispatch/alerts                   401 y   403 y   y
POST   /dispatch/alerts                   401 y   403 403 y
DELETE /dispatch/alerts/{alert_id}        401 y   403 403 y
POST   /dispatch/runs                     401 y   403 403 y
GET    /dispatch/runs                     401 y   403 y   y
GET    /dispatch/runs/{run_id}            401 y   403 y   y
GET    /dispatch/runs/{run_id}/progress   401 y   403 y   y
POST   /dispatch/runs/{run_id}/cancel     401 y   403 403 y
GET    /dispatch/runs/{run_id}/plan       401 y   403 y   y
POST   /dispatch/runs/{run_id}/publish    401 y   403 403 y
GET    /dispatch/schedule                 401 y   403 y   y
POST   /dispatch/schedule/publish         401 y   403 403 y
DELETE /dispatch/schedule/draft           401 y   403 403 y
POST   /dispatch/stops/{uid}/cancel       401 y   403 403 y
POST   /dispatch/stops/{uid}/shorten      401 y   403 403 y
GET    /dispatch/versions                 401 y   403 y   y
GET    /crew/bundle                       401 y   y   403 y
POST   /crew/events                       401 y   y   403 y
GET    /crew/summary                      401 y   y   403 y
GET    /manage/coverage                   401 403 403 y   y
GET    /manage/audit                      401 403 403 y   y
POST   /session                           y   y   y   y   y
DELETE /session                           401 y   y   y   y
"""


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
        assert answer.status_code not in (401, 403, 405, 500) or (method, path) == ("POST", "/session")
    else:
        assert answer.status_code == int(verdict), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_table_names_every_route_and_no_other() -> None:
    named = {" ".join(line.split()[:2]) for line in TABLE.strip().splitlines()}
    assert named == set(POLICY)


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
    assert told == {key for key in POLICY if not key.endswith(("/notice.css", " /notice"))}


def test_who_is_asked_before_the_body_is_read(shared_house: House) -> None:
    answer = shared_house.browser(None).post("/api/v1/dispatch/sites", content=b"{broken")
    assert answer.status_code == 401


def test_a_closed_account_is_out_at_once(house: House) -> None:
    from outreach import accounts

    browser = house.browser("dispatch")
    assert browser.get("/api/v1/session").status_code == 200
    with house.town.store.transaction() as session:
        accounts.close(
            session, house.town.programme_id, "dispatch", actor="admin", now=house.app.state.desk.now()
        )
    assert browser.get("/api/v1/session").status_code == 401


def _knock(house: House, method: str, path: str, actor: str | None) -> object:
    """Ask for it in a way that changes nothing: rows that are not there, bodies that are not valid."""
    browser: TestClient = house.browser(actor)
    if (method, path) == ("DELETE", "/session"):
        browser = house.browser(None) if actor is None else _another(house, actor)
    address = path.replace("{uid}", str(STRANGE_UID))
    for name in ("absence_id", "alert_id", "run_id"):
        address = address.replace(f"{{{name}}}", str(NOBODY_HOME))
    prefix = "" if path.startswith("/notice") else PREFIX
    body = {"content": b"[]", "headers": {"Content-Type": "application/json"}} if method == "POST" else {}
    return browser.request(method, prefix + address, **body)


def _another(house: House, role: str) -> TestClient:
    kept = house.browsers.pop(role, None)
    fresh = house.browser(role)
    if kept is not None:
        house.browsers[role] = kept
    return fresh
