"""An installation with a policy of its own publishes within its hours, not within those of Massachusetts."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create
from outreach.settings import Settings
from tests.api.conftest import STILL, House
from tests.planned import solved

SHORT_WEEKS = 'name = "Short weeks"\nmax_week_minutes = 60\n'


def test_a_plan_is_published_within_the_hours_of_the_installations_own_policy(
    published_house: House, tmp_path: Path
) -> None:
    """Half a planned week meets the other half that is published: nobody may work an hour in all."""
    town = published_house.town
    run_id = solved(town, STILL, days=3)
    policy = tmp_path / "short.toml"
    policy.write_text(SHORT_WEEKS, "utf-8")
    settings = Settings(tmp_path, town.store.url, policy=str(policy))
    app = create(settings, planning=False, clock=lambda: STILL)
    with TestClient(app, base_url="http://localhost:8000", headers={"X-Outreach": "1"}) as browser:
        browser.cookies.update(published_house.browser("dispatch").cookies)
        told = browser.post(f"/api/v1/dispatch/runs/{run_id}/publish", json={"note": ""})
    assert told.status_code == 422, told.text
    assert "h of 1 h in the week" in told.text
