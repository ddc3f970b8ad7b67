from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.errors import Invalid
from outreach.plan import stock
from tests.town import Town

SUPPLIES = st.sampled_from([supply.key for supply in stock.supplies()])
MOVES = st.lists(st.tuples(SUPPLIES, st.integers(-500, 500), st.integers(0, 6)), max_size=25)


def _on_board(town: Town) -> dict[str, int]:
    with town.store.reading() as session:
        return stock.on_board(session, town.programme_id, town.vans["one"])


def _move(town: Town, now: datetime, supply: str, delta: int, event: str | None = None) -> None:
    with town.store.transaction() as session:
        stock.move(session, town.programme_id, town.vans["one"], supply, delta, "loaded", now, event)


def test_what_is_on_board_is_the_sum_of_what_moved(town_on_both: Town, now: datetime):
    for delta in (200, -3, -4):
        _move(town_on_both, now, "naloxone_kits", delta)
    assert _on_board(town_on_both) == {"naloxone_kits": 193, "syringes": 0, "used_syringes": 0}


def test_the_same_event_moves_a_supply_once(town_on_both: Town, now: datetime):
    for _ in range(3):
        _move(town_on_both, now, "syringes", -10, "event-1")
    assert _on_board(town_on_both)["syringes"] == -10


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_no_order_and_no_repetition_changes_what_is_on_board(
    town: Town, now: datetime, moves: list[tuple[str, int, int]]
):
    """Whatever arrives, twice or out of order: the ledger is the sum of distinct events."""
    before = _on_board(town)
    first: dict[tuple[str, str], int] = {}
    tag = f"{town.store.url}-{id(moves)}"[-40:]
    with town.store.transaction() as session:
        for supply, delta, number in moves + moves[::-1]:
            event = f"{tag}-{number}"
            stock.move(session, town.programme_id, town.vans["one"], supply, delta, "any", now, event)
            if delta:
                first.setdefault((supply, event), delta)
        held = stock.on_board(session, town.programme_id, town.vans["one"])
        session.rollback()
    for supply in before:
        moved = sum(delta for (name, _), delta in first.items() if name == supply)
        assert held[supply] == before[supply] + moved


def test_an_unknown_supply_is_refused(town: Town, now: datetime):
    with pytest.raises(Invalid, match="no supply"):
        _move(town, now, "umbrellas", 1)


@pytest.mark.parametrize("act", ["UPDATE stock_entries SET delta = 1", "DELETE FROM stock_entries"])
def test_the_ledger_is_never_rewritten(town_on_both: Town, now: datetime, act: str):
    _move(town_on_both, now, "syringes", 100)
    with pytest.raises(DBAPIError, match="append-only"), town_on_both.store.engine.begin() as connection:
        connection.execute(text(act))
    assert _on_board(town_on_both)["syringes"] == 100


def test_other_vans_stock_is_their_own(town: Town, now: datetime):
    _move(town, now, "syringes", 100)
    with town.store.reading() as session:
        assert stock.on_board(session, town.programme_id, town.vans["two"])["syringes"] == 0
