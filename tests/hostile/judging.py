"""What is a break and what is a verdict: the two things every input is judged by."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import httpx

OWN = re.compile(
    r"(^|_)(id|uid|token|secret|password|epoch|address|head|hash|digest|code|sequence|fingerprint|seconds|at|mark)$"
)
"""Fields in which two installations rightly differ: keys, random words, hashes over them, and what the clock
of the machine told the optimizer."""
DRAFT = re.compile(r"^draft/\d+$")
"""A draft in the audit, told by its key: PostgreSQL uses no key again that was taken back, SQLite does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one input on one database. `broken` says what nobody may ever see: a 5xx, a traceback, an
    exception, a refusal without a sentence. `told` is compared with the other database's."""

    told: object
    accepted: bool
    broken: str = ""


def broken_by(error: BaseException) -> Verdict:
    """An exception nobody foresaw, instead of an answer."""
    return Verdict(type(error).__name__, False, f"{type(error).__name__}: {error}"[:300])


def judged(answer: httpx.Response) -> Verdict:
    """An answer of the application."""
    if answer.status_code >= 400:
        return _refused(answer)
    return Verdict((answer.status_code, _outline(_content(answer))), True, _traceback(answer))


def _refused(answer: httpx.Response) -> Verdict:
    kind, told = answer.headers.get("content-type", ""), _content(answer)
    if answer.status_code >= 500:
        return Verdict(answer.status_code, False, f"{answer.status_code}: {answer.text[:300]}")
    if answer.request.method == "HEAD" and kind == "application/problem+json":
        return Verdict(answer.status_code, False)  # which has no body by its nature
    if not isinstance(told, dict) or kind != "application/problem+json" or not told.get("detail"):
        return Verdict(answer.status_code, False, f"{answer.status_code} without a sentence ({kind})")
    places = [(part["where"], part["what"]) for part in told["problems"]]
    return Verdict((answer.status_code, told["code"], told["detail"], places), False, _traceback(answer))


def _traceback(answer: httpx.Response) -> str:
    return "a traceback" if "Traceback (most recent" in answer.text else ""


def _content(answer: httpx.Response) -> object:
    try:
        return json.loads(answer.content)
    except ValueError:
        return answer.headers.get("content-type", "")


def _outline(value: object, name: str = "") -> object:
    """The answer without what two installations rightly differ in."""
    if isinstance(value, dict):
        return {key: _outline(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_outline(inner, name) for inner in value]
    if OWN.search(name) or (isinstance(value, str) and DRAFT.match(value)):
        return type(value).__name__
    return round(value, 9) if isinstance(value, float) else value


def difference(first: object, second: object, place: str = "") -> str:
    """Where two verdicts part."""
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        pairs = [(first[key], second[key], f"{place}.{key}") for key in first]
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple) and len(first) == len(second):
        pairs = [
            (one, other, f"{place}.{n}") for n, (one, other) in enumerate(zip(first, second, strict=True))
        ]
    else:
        return f"at {place or 'all'} SQLite: {first!r:.300} PostgreSQL: {second!r:.300}"
    return next((difference(*pair) for pair in pairs if pair[0] != pair[1]), "nowhere")
