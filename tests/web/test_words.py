"""What the pages say keeps up with what the solver and the planner can answer."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from api.notice import REASONS, reason_told

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "web" / "src" / "board"
AT = {"Reason": 1, "_said": 2}
ANSWERS = ("solver/reasons.py", "outreach/plan/planning/candidates.py")


def codes(source: str) -> set[str]:
    """The first word of every answer `(code, ...)`, the code of every `Reason` and of every `_said`, and the
    keys of the sentences for sites that a rule blocks."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            found.append(node.value.elts[0])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in AT:
            found.append(node.args[AT[node.func.id]])
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BLOCKED":
            assert isinstance(node.value, ast.Dict)
            found += [key for key in node.value.keys if key is not None]
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            found += [part for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
    constants = [one.value for one in found if isinstance(one, ast.Constant)]
    return {value for value in constants if isinstance(value, str)}


@pytest.mark.parametrize("name", ["kindsEn", "kindsEs", "sentencesEn", "sentencesEs"])
def test_the_board_has_words_for_every_reason_a_site_is_left_out(name: str):
    known = set().union(*(codes((ROOT / path).read_text()) for path in ANSWERS))
    assert {"no_room", "outbid", "proposed", "unreachable"} <= known, "the answers are no longer found"
    words = re.search(rf"const {name}[^=]*= {{(.*?)\n}};", (BOARD / "reasons.ts").read_text(), re.DOTALL)
    assert words is not None
    said = set(re.findall(r"^  (\w+): ", words[1], re.MULTILINE))
    assert known <= said, f"without words on the board: {sorted(known - said)}"


def test_the_notice_and_the_pages_know_the_same_usual_reasons():
    text = (ROOT / "web/src/lib/reasons.ts").read_text()
    english, spanish = (
        dict(re.findall(r'^  (\w+): "(.+)",$', part, re.MULTILINE)) for part in text.split("const es")
    )
    assert {english[key]: spanish[key] for key in english} == REASONS


def test_a_usual_reason_is_told_in_the_readers_language_and_own_words_as_written():
    assert reason_told("The van is out of service", "es") == "La unidad está fuera de servicio"
    assert reason_told("Mal tiempo", "en") == "Severe weather"
    assert reason_told("Mal tiempo", "es") == "Mal tiempo"
    assert reason_told("Water main broke", "es") == "Water main broke"


def test_every_holiday_of_the_policies_has_a_spanish_name():
    named = {
        rule["name"]
        for pack in (ROOT / "data" / "policies").glob("*.toml")
        for rule in tomllib.loads(pack.read_text())["holidays"]
    }
    known = re.search(r"const holidays[^{]*{(.*?)\n}", (BOARD / "notes.ts").read_text(), re.DOTALL)
    assert known is not None
    assert named
    assert named <= set(re.findall(r'^  "?([^":]+)"?: "', known[1], re.MULTILINE))


ACT = re.compile(r"[a-z]+\.[a-z_]+")
WRITERS = ("record", "_record", "Act", "settled")


def acts() -> set[str]:
    """Every act that is written into the audit: slugs handed to `record`, `_record` and `Act`."""
    found: set[str] = set()
    for path in (*(ROOT / "outreach").rglob("*.py"), *(ROOT / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in WRITERS:
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return {slug for slug in found if ACT.fullmatch(slug)}


def test_the_audit_is_told_in_sentences_in_both_languages():
    known = acts()
    assert {"account.created", "visits.logged", "export.asked", "participant.read"} <= known
    english, spanish = (
        set(re.findall(r'^  "([a-z_.]+)": "', part, re.MULTILINE))
        for part in (ROOT / "web/src/admin/acts.ts").read_text("utf-8").split("const es")
    )
    assert english == spanish
    assert known <= english, f"without a sentence on the page: {sorted(known - english)}"
