"""A text that others read is refused where it looks like a participant's code, and nowhere else."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from outreach import codes, devices
from outreach.errors import Invalid
from outreach.place import sites
from outreach.plan import stock
from outreach.plan.schedules.editing import plain_reason
from outreach.report.exports import Wish
from tests.town import Town

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "said",
    [
        "otter-maple-48213",
        "Otter maple 48213 lost it",
        "asked by OTTER_MAPLE.00000, who",
        "for MAKO1993",
        "for mako-1993",
        "(SMA14P)",
        "kit for sma-14p",
    ],
)
def test_what_looks_like_a_code_is_refused(said: str):
    with pytest.raises(Invalid, match="participant's code") as refused:
        codes.refuse_in(said)
    assert refused.value.code == "participant-code"
    assert "48213" not in refused.value.message


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Street closed by the city",
        "Dudley Street, Boston 02119",
        "since 1993, from 2001",
        "June2026",
        "LOT1234 expires 2027-01",
        "Tablet 12, van 2",
        "EMT1993X",
        "the otter, the maple: 48213 syringes",
        "otter-maple-482131",
    ],
)
def test_plain_words_are_let_through(said: str):
    assert codes.refuse_in(said) == said


def test_every_code_we_make_is_known_by_its_looks():
    assert all(codes.looks_like_one(f"for {codes.make()}.") for _ in range(200))


def test_names_of_tablets_hold_no_code(town: Town, now: datetime):
    with pytest.raises(Invalid, match="participant"), town.store.transaction() as session:
        devices.offer(session, town.programme_id, "Tablet of MAKO1993", actor="ada", now=now)


def test_reasons_of_stock_hold_no_code(town: Town, now: datetime):
    with pytest.raises(Invalid, match="participant"), town.store.transaction() as session:
        stock.move(session, town.programme_id, town.vans["one"], "syringes", -3, "given to SMA14P", now)


def test_reasons_of_closures_hold_no_code_by_hand_or_by_file(town: Town, tmp_path: Path):
    with town.store.reading() as session:
        site = sites.one(session, town.programme_id, town.sites["mill"])
    with pytest.raises(Invalid, match="participant"), town.store.transaction() as session:
        sites.close(session, site, DAY, DAY, "otter-maple-48213 is afraid")
    file = tmp_path / "sites.csv"
    file.write_text(
        "code,name,lon,lat,services,windows,closed\n"
        "mill,Mill,-71.09,42.33,harm_reduction,Mon 08:00-20:00,2026-12-24 MAKO1993 asked\n",
        "utf-8",
    )
    with pytest.raises(Invalid, match="participant's code"), town.store.transaction() as session:
        sites.import_csv(session, town.programme_id, file)


def test_reasons_that_crews_and_the_public_read_hold_no_code():
    assert plain_reason(" Street closed ") == "Street closed"
    with pytest.raises(Invalid, match="participant"):
        plain_reason("otter-maple-48213 was hurt here")


def test_no_recipient_and_no_other_participant_reads_a_code_in_a_purpose():
    with pytest.raises(Invalid, match="participant"):
        Wish("visits", None, "funder", "State grant office", "About MAKO1993", DAY, DAY)
