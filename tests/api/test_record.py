"""The audit through its doors: read on, and read again to see whether anybody touched it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach import audit
from tests.api.conftest import House

AUDIT = "/api/v1/manage/audit"


def _fill(house: House, count: int) -> None:
    with house.town.store.transaction() as session:
        for number in range(count):
            audit.record(session, house.town.programme_id, "dora", "site.added", f"site/{number}", {})


def test_the_record_is_read_on_from_where_it_ended(house: House) -> None:
    _fill(house, 230)
    auditor = house.browser("auditor")
    first = auditor.get(AUDIT).json()
    assert len(first) == 200
    rest = auditor.get(f"{AUDIT}?before={first[-1]['number']}").json()
    numbers = [entry["number"] for entry in (*first, *rest)]
    assert numbers == list(range(numbers[0], 0, -1))


def test_verifying_says_what_it_read_and_is_in_the_record_itself(house_on_both: House) -> None:
    _fill(house_on_both, 3)
    auditor = house_on_both.browser("auditor")
    before = auditor.get(f"{AUDIT}/state").json()
    assert before["last"] is None
    found = auditor.post(f"{AUDIT}/verify").json()
    assert (found["count"], found["head"], found["broken_at"]) == (before["count"], before["head"], None)
    after = auditor.get(f"{AUDIT}/state").json()
    assert (after["count"], after["last"]) == (before["count"] + 1, found)
    assert auditor.get(AUDIT).json()[0]["act"] == "audit.verified"


@pytest.mark.parametrize("fault", ["UPDATE audit_entries SET actor = 'nobody' WHERE number = 2"])
def test_what_was_changed_behind_its_back_is_found(house: House, fault: str) -> None:
    _fill(house, 3)
    with house.town.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(text(fault))
    assert house.browser("auditor").post(f"{AUDIT}/verify").json()["broken_at"] == 2


def test_one_reads_it_again_at_a_time(house: House) -> None:
    auditor = house.browser("auditor")
    verifiers = house.app.state.desk.verifiers
    assert auditor.portal is not None
    auditor.portal.call(verifiers._limit.acquire)
    busy = auditor.post(f"{AUDIT}/verify")
    assert (busy.status_code, "Retry-After" in busy.headers) == (503, True)
    auditor.portal.call(verifiers._limit.release)
    assert auditor.post(f"{AUDIT}/verify").status_code == 200
