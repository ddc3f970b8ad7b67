"""The server killed in the middle of storing: what it gave a receipt for is there, and counted once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from outreach import audit
from outreach.field.events import Event
from outreach.field.visits import Tally
from outreach.plan.stock import StockEntry
from tests.shift import Shift

KILLS = 2
CHECKOUT = Path(__file__).parents[2]


def killed(shift: Shift, first: int, patience: float) -> list[str]:
    """What a sender had receipts for when it was killed, `patience` seconds after its first ones."""
    command = [sys.executable, "-m", "tests.field.sender", shift.town.store.url, str(shift.crew), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as sender:
        assert sender.stdout is not None
        told = [sender.stdout.readline()]
        time.sleep(patience)
        sender.send_signal(signal.SIGKILL)
        told += sender.stdout.readlines()
    whole = [line for line in told if line.endswith("\n")]
    return [uid for line in whole for uid in line.split()]


def test_every_event_with_a_receipt_survives_a_killed_server(shift_on_both: Shift):
    shift = shift_on_both
    promised: list[str] = []
    for kill in range(KILLS):
        promised += killed(shift, 10_000 * (kill + 1), 0.1 + 0.07 * kill)
    assert len(promised) >= 10 * KILLS
    with shift.town.store.reading() as session:
        stored = set(session.scalars(select(Event.uid).where(Event.state == "stored")))
        counted = session.scalar(select(func.sum(Tally.quantity)))
        moved = session.scalar(select(func.sum(StockEntry.delta)))
        assert audit.verify(session).whole
    assert set(promised) <= stored
    assert counted == len(stored) == -(moved or 0)
