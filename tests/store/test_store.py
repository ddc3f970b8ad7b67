from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from outreach import audit
from outreach.store import Programme, Store
from tests.town import Town


def _programme(slug: str) -> Programme:
    return Programme(slug=slug, name="N", city="C", timezone="UTC")


def test_what_a_transaction_wrote_is_there_afterwards(store: Store):
    with store.transaction() as session:
        session.add(_programme("one"))
    with store.reading() as session:
        assert store.programme(session).slug == "one"


def test_the_tiny_town_stands(town_on_both: Town):
    assert len(town_on_both.sites) == 5


def test_a_reading_session_refuses_to_write(store: Store):
    with store.reading() as session:
        session.add(_programme("one"))
        with pytest.raises(DBAPIError):
            session.flush()
    with store.transaction() as session:
        session.add(_programme("two"))
    with store.reading() as session:
        assert audit.verify(session).whole
