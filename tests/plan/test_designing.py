"""Sessions designed for the programme's own sites come back through the importer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.plan import anchors
from outreach.plan.designing import Sessions, designed, write
from outreach.policies import Policy
from tests.town import Town


def made(town: Town, now: datetime, flex: float = 0.5) -> Sessions:
    with town.store.reading() as session:
        return designed(
            session,
            town.programme_id,
            town.monday,
            4,
            town.city,
            now,
            policy=Policy.load(),
            flex=flex,
            work=150,
        )


def test_designed_sessions_are_imported_as_they_were_written(risky_town: Town, now: datetime, tmp_path: Path):
    found = made(risky_town, now)
    assert found.sessions
    assert found.flex_share >= 0.5
    path = tmp_path / "anchors.csv"
    write(path, [one.anchor for one in found.sessions])
    with risky_town.store.transaction() as session:
        before = len(anchors.listed(session, risky_town.programme_id))
        anchors.import_csv(session, risky_town.programme_id, path)
        after = anchors.listed(session, risky_town.programme_id)
    assert len(after) >= before
    held = {(a.weekday, a.starts, a.dwell_minutes) for a in after}
    assert {(o.anchor.weekday, o.anchor.starts, o.anchor.dwell_minutes) for o in found.sessions} <= held


def test_every_session_says_what_it_is_worth_and_costs(risky_town: Town, now: datetime):
    for one in made(risky_town, now).sessions:
        assert one.worth > 0
        assert one.freed >= 0
        assert one.moved >= 0
        assert "harm_reduction" in one.anchor.services


def test_a_flex_share_of_everything_is_refused(risky_town: Town, now: datetime):
    with pytest.raises(Invalid, match="keep free"):
        made(risky_town, now, flex=1.0)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(Invalid, match="cannot be written"):
        write(tmp_path / "no" / "such" / "folder.csv", [])
