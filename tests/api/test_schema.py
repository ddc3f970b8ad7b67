"""The written contract is complete, and the file the pages' types are made from is fresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api import schema

KEPT = Path(__file__).parents[2] / "web" / "openapi.json"
CONTRACT: dict[str, Any] = json.loads(schema.text())
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
]


def test_the_kept_contract_is_fresh() -> None:
    assert KEPT.read_text() == schema.text(), "run: python -m api.schema > web/openapi.json"


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is_for_and_what_can_go_wrong(
    name: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["operationId"].isidentifier()
    assert operation["x-roles"]
    errors = {status for status in operation["responses"] if int(status) >= 400}
    assert errors
    for status in errors:
        assert operation["responses"][status]["content"].keys() == {"application/problem+json"}
    if not name.startswith("GET"):
        assert "same_site" in operation["security"][0]


def test_every_operation_that_answers_has_a_shape() -> None:
    for name, operation in OPERATIONS:
        good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        if "204" not in operation["responses"]:
            shapes = [content.get("schema") for content in good["content"].values()]
            assert all(shapes), name


def test_every_reference_leads_somewhere() -> None:
    text = schema.text()
    for shape in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert shape in CONTRACT["components"]["schemas"]


def test_what_people_send_has_examples() -> None:
    for name in ("Credentials", "NewSite", "NewRun", "Cancelling"):
        properties = CONTRACT["components"]["schemas"][name]["properties"]
        assert any("examples" in one for one in properties.values()), name
