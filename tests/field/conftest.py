"""A published Monday for every test of the field."""

from __future__ import annotations

import pytest

from tests.shift import Shift, begin
from tests.town import Town


@pytest.fixture
def shift(town: Town) -> Shift:
    """A published Monday on SQLite."""
    return begin(town)


@pytest.fixture
def shift_on_both(town_on_both: Town) -> Shift:
    """A published Monday on each database."""
    return begin(town_on_both)
