"""Where another provider is open within a walk, a plan counts the risk less, and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place import providers
from outreach.place.providers import Hours
from outreach.plan import planning
from outreach.plan.planning import Roster, gaps
from outreach.policies import Policy
from solver.problem import Problem
from tests.town import LAT, Town

HEADER = "name,lon,lat,service,weekday,opens,closes\n"
USUAL = Policy.load()


def _ask(town: Town, now: datetime, factor: float) -> tuple[Problem, Roster]:
    policy = replace(USUAL, other_provider_factor=factor)
    with town.store.reading() as session:
        return planning.problem(session, town.programme_id, town.monday, 5, town.city, now, policy)


def _open(town: Town, folder: Path, line: str) -> None:
    file = folder / "providers.csv"
    file.write_text(HEADER + line)
    providers.import_csv(town.city, file)


def test_hours_fall_into_bands_of_a_day_that_begins_at_two() -> None:
    day = gaps.open_share([Hours("A", 0, 0, "kits", 0, 8 * 60, 16 * 60)])
    assert day[0].tolist() == [0, 0.5, 1.0, 0.5, 0, 0]  # from 02:00, 06:00, 10:00, 14:00, 18:00, 22:00
    assert not day[1:].any()
    night = gaps.open_share([Hours("B", 0, 0, "kits", 6, 0, 60)])
    assert night[5].tolist() == [0, 0, 0, 0, 0, 0.25]  # Sunday 00:00 to 01:00 is still Saturday night
    twice = gaps.open_share([Hours("A", 0, 0, "a", 0, 600, 840), Hours("A", 0, 0, "b", 0, 600, 840)])
    assert twice[0].tolist() == [0, 0, 1.0, 0, 0, 0]


def test_risk_near_an_open_provider_counts_less_only_there_and_then(
    risky_town: Town, now: datetime, tmp_path: Path
) -> None:
    _open(risky_town, tmp_path, f"Clinic,-71.06,{LAT},kits,Mon,10:00,14:00\n")
    plain, _ = _ask(risky_town, now, 1.0)
    less, roster = _ask(risky_town, now, 0.5)
    ratio = np.divide(less.risk, plain.risk, out=np.ones_like(plain.risk), where=plain.risk > 0)
    assert ratio[:, 0, 2].min() == pytest.approx(0.5)
    assert ratio[:, 0, 2].max() == 1.0  # the west is too far to walk
    ratio[:, 0, 2] = 1.0
    assert (ratio == 1.0).all()
    assert any("Clinic" in note and "counts 50%" in note for note in roster.notes)


def test_others_hours_change_nothing_unless_the_programme_says_so(
    risky_town: Town, now: datetime, tmp_path: Path
) -> None:
    before, _ = _ask(risky_town, now, 1.0)
    _open(risky_town, tmp_path, f"Clinic,-71.06,{LAT},kits,Mon,10:00,14:00\n")
    after, roster = _ask(risky_town, now, 1.0)
    assert USUAL.other_provider_factor == 1.0
    assert after.fingerprint == before.fingerprint
    assert not any("Clinic" in note for note in roster.notes)


def test_what_was_imported_is_read_back_and_replaced_by_the_next(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(HEADER + "Night café,-71.06,42.33,food,Fri,20:00,02:00\n")
    assert providers.known(tmp_path / "city") == []
    first = providers.import_csv(tmp_path / "city", file)
    assert first == [Hours("Night café", -71.06, 42.33, "food", 4, 20 * 60, 26 * 60)]
    assert providers.known(tmp_path / "city") == first
    file.write_text(HEADER + "Other,-71.06,42.33,food,Fri,08:00,09:00\n")
    providers.import_csv(tmp_path / "city", file, dry_run=True)
    assert providers.known(tmp_path / "city") == first
    providers.import_csv(tmp_path / "city", file)
    assert [one.name for one in providers.known(tmp_path / "city")] == ["Other"]


def test_every_mistake_of_a_file_is_told_and_nothing_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(HEADER + "A,42.33,-171.06,food,Freitag?,08:00,9\n,-71.06,42.33,food,Mon,08:00,12:00\n")
    with pytest.raises(Invalid) as refused:
        providers.import_csv(tmp_path / "city", file)
    assert len(refused.value.problems) >= 3
    assert providers.known(tmp_path / "city") == []


def test_a_factor_beyond_one_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "ours.toml"
    pack.write_text('name = "Ours"\nother_provider_factor = 1.5\n')
    with pytest.raises(Invalid, match="other_provider_factor"):
        Policy.load(str(pack))
