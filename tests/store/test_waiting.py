"""Whoever falls silent in a transaction holds nobody up for long."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.store import Store, let_go_when_silent, one_at_a_time

A_MOMENT = timedelta(seconds=0.1)


def test_a_silent_transaction_loses_its_locks_on_postgresql(postgres_store: Store):
    silent = postgres_store.transaction()
    session = silent.__enter__()
    let_go_when_silent(session, A_MOMENT)
    one_at_a_time(session, "runs")
    with postgres_store.transaction() as other:
        other.execute(text("SET LOCAL statement_timeout = 5000"))
        one_at_a_time(other, "runs")  # would wait for the first for ever
    with pytest.raises(DBAPIError, match="idle-in-transaction"):
        session.execute(text("SELECT 1"))
    session.invalidate()


def test_the_next_transaction_has_its_time_again(store: Store):
    with store.transaction() as session:
        let_go_when_silent(session, A_MOMENT)
    with store.transaction() as session:
        time.sleep(2 * A_MOMENT.total_seconds())
        assert session.scalar(text("SELECT 1")) == 1
