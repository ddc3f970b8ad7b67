"""docs/operations.md says what the code does: its numbers, settings and roles are read from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from api import access, attempts, desk, guard, mailroom
from api.dispatch import runs as run_routes
from outreach import devices, passwords, sessions
from outreach.cli import app
from outreach.field.sync import MOST_EVENTS
from outreach.plan import silence, workers
from outreach.plan.runs import LONGEST_DAYS
from outreach.settings import DEFAULT_POLICY, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
ROWS = {
    row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]]
    for row in PAGE.splitlines()
    if row.startswith("| ")
}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("body of a request", f"{guard.MAX_BODY // 1024**2} MB"),
        ("events in a tablet's batch", str(MOST_EVENTS)),
        ("requests that write at once", f"{desk.WRITERS}, then {desk.QUEUE} wait"),
        ("batches of tablets that wait for the writer", str(mailroom.TABLETS)),
        ("requests that read at once", f"{desk.READERS}, then {desk.QUEUE} wait"),
        ("boards that watch runs", str(desk.WATCHERS)),
        ("plans that wait or are being made", str(run_routes.MOST_WAITING)),
        ("days of a plan", str(LONGEST_DAYS)),
        ("events held from a tablet that was shut out", str(desk.MOST_SEALED)),
        (
            "wrong passwords",
            f"{attempts.PER_LOGIN} a name and address, {attempts.PER_ADDRESS} an address, "
            f"in {attempts.WINDOW.seconds // 60} minutes",
        ),
        (
            "a session",
            f"{sessions.IDLE_LIMIT.seconds // 3600} hours unused, {sessions.ABSOLUTE_LIMIT.days} days in all",
        ),
    ],
)
def test_each_bound_is_the_one_in_the_code(row: str, value: str) -> None:
    assert ROWS[row][0] == value


def test_every_command_named_is_there() -> None:
    named = set(re.findall(r"`outreach ([a-z]+)", PAGE))
    assert named >= {"serve", "doctor", "backup", "restore"}
    assert named <= {command.name for command in get_command(app).commands.values()}  # type: ignore[attr-defined]


def test_the_settings_are_those_that_are_read() -> None:
    read: set[str] = set()

    class Spy(dict[str, str]):
        def get(self, key: str, default: object = None) -> None:  # type: ignore[override]
            read.add(key)

    Settings.load(None, Spy())
    assert read
    for name in read:
        assert f"`{name}`" in PAGE
    assert ROWS["`OUTREACH_POLICY`"][1] == f"`{DEFAULT_POLICY}`"


def test_tablets_and_their_codes_live_as_long_as_it_says() -> None:
    assert f"for {devices.CODE_LIMIT.seconds // 60} minutes" in PAGE
    assert f"a token of {sessions.DEVICE_LIMIT.days * 24} hours" in PAGE
    assert f"for {sessions.SEALED_LIMIT.days} days" in PAGE
    assert passwords.FIRST_LIMIT.days == 7
    assert "good for seven days" in PAGE


def test_passwords_are_judged_as_it_says() -> None:
    assert f"has {passwords.SHORTEST} to {passwords.LONGEST} characters" in PAGE
    assert passwords.FEWEST_GUESSES == 100_000_000
    assert "a hundred million guesses or more" in PAGE


def test_planning_processes_are_missed_and_ended_as_soon_as_it_says() -> None:
    assert silence.LONGEST.seconds == 60
    assert "has given a sign of life for a minute" in PAGE
    assert f"stands still for {workers.STILL_LOOKS * workers.LOOK_EVERY_SECONDS:.0f} seconds is ended" in PAGE


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        ("the public notice, whether the server is well", {"anybody", *access.SIGNED_IN}),
        ("look at city, risk, sites, people, alerts, runs, schedule", set(access.LOOKERS)),
        (
            "add sites, mark away, enter alerts, note who is due back, plan, publish, change stops",
            set(access.PLANNERS),
        ),
        ("pull the day's bundle, log at stops", set(access.CREWS)),
        ("coverage, exact figures (audited)", set(access.MANAGERS)),
        ("give reports and rows out (two people)", set(access.POLICY["POST /manage/exports"])),
        ("see what left the house", set(access.POLICY["GET /manage/exports"])),
        ("a participant's own record, by the code they tell", set(access.CARERS)),
        ("the audit, and have it read again", set(access.POLICY["POST /manage/audit/verify"])),
        (
            "open and close accounts, change roles, give first passwords, take off second factors",
            set(access.ADMINS),
        ),
        ("see who has which account", set(access.POLICY["GET /accounts"])),
        ("sign somebody out everywhere", set(access.POLICY["DELETE /accounts/{account_id}/sessions"])),
        ("list tablets, shut one out", set(access.POLICY["DELETE /devices/{device_id}"])),
    ],
)
def test_the_roles_are_those_of_the_table(row: str, roles: set[str]) -> None:
    columns = (
        "anybody",
        "crew",
        "clinician",
        "dispatch",
        "manager",
        "admin",
        "auditor",
        "operator",
        "device",
    )
    assert {name for name, cell in zip(columns, ROWS[row], strict=True) if cell == "yes"} == roles
