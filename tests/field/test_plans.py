"""Receiving and reporting never walk a whole table: the database finds what it needs by an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from outreach.field import sync
from tests.shift import NINE, Shift, morning, tap, uid

WHOLE_TABLE = re.compile(
    r"^SCAN (events|visits|tallies|planned_stops|presences)|\(programme_id=\?( AND state=\?)?\)$"
)
GROWING = ("events", "visits", "tallies", "stock_entries", "planned_stops", "presences")


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """Every statement with its parameters."""
    found: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def receiving(shift: Shift) -> None:
    with shift.town.store.transaction() as session:
        batch = [*morning(shift), tap(90, "void", shift.mill, replaces=uid(1002))]
        sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", batch, NINE)


def summing(shift: Shift) -> None:
    with shift.town.store.reading() as session:
        sync.summary(session, shift.town.programme_id, shift.town.monday)


@pytest.mark.parametrize("act", [receiving, summing])
def test_no_statement_walks_a_whole_table(shift: Shift, act: Callable[[Shift], None]):
    receiving(shift)
    with asked(shift.town.store.engine) as statements:
        act(shift)
    with shift.town.store.engine.connect() as connection:
        for statement, parameters in statements:
            about_rows = statement.startswith(("SELECT", "UPDATE", "DELETE")) and "max(" not in statement
            if about_rows and any(table in statement for table in GROWING):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                lines = [str(row[3]) for row in plan]
                assert not [
                    line for line in lines if WHOLE_TABLE.search(line) and "ix_events_held" not in line
                ], (statement, lines)


def test_a_batch_takes_as_many_statements_whatever_its_size(shift: Shift):
    receiving(shift)
    counts = []
    for number, size in ((100, 5), (200, 100)):
        batch = [
            tap(number + n, "tally", shift.mill, {"item": "contacts", "quantity": 1}) for n in range(size)
        ]
        with asked(shift.town.store.engine) as statements, shift.town.store.transaction() as session:
            sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", batch, NINE)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 25
