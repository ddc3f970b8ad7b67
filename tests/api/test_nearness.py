"""Who can walk to a site: a shape for the board, along the paths or as a circle."""

from __future__ import annotations

import json

import pytest
import shapely

from tests.api.conftest import House
from tests.town import LAT

API = "/api/v1"


def asked(house: House, query: str = "") -> dict[str, object]:
    """The walk to the mill."""
    answer = house.browser("dispatch").get(f"{API}/dispatch/sites/{house.town.sites['mill']}/walk{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_more_minutes_are_more_ground_and_slow_walkers_have_less(house: House) -> None:
    ten, fifteen, slow = (asked(house, query) for query in ("", "?minutes=15", "?walker=slow"))
    assert (ten["minutes"], ten["walker"], slow["walker"]) == (10, "usual", "slow")
    areas = [shapely.from_geojson(json.dumps(one["geometry"])) for one in (slow, ten, fifteen)]
    assert areas[0].area < areas[1].area < areas[2].area
    assert all(shapely.contains_xy(area, -71.09, LAT) for area in areas)


@pytest.mark.parametrize("query", ["?minutes=0", "?minutes=61", "?minutes=x", "?walker=flying"])
def test_nonsense_is_refused(house: House, query: str) -> None:
    browser = house.browser("dispatch")
    answer = browser.get(f"{API}/dispatch/sites/{house.town.sites['mill']}/walk{query}")
    assert answer.status_code == 422
