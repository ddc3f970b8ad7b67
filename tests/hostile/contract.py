"""Every operation under schemathesis: what the written contract promises of an answer is what it is, on both
databases and whoever asks. What it allows is sent, and what it forbids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import requests as plain
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.hostile.judging import Verdict, judged
from tests.hostile.requests import CONTRACT, Request
from tests.hostile.suite import Counts, Stage, examples
from tests.hostile.twins import Twin

BASE = "http://localhost:8000"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OURS = ("content-type", "if-none-match", "accept-language")
"""Headers taken from a made case; who asks, and that it is our own page, we say ourselves."""
ANYBODY = ("admin", "crew", "manager", "clinician", "device", "auditor")


def run(stage: Stage, cases: int, chance: int, contract: dict[str, Any] | None = None) -> Counts:
    """Send about `cases` cases, of every operation the same number."""
    counts = Counts()
    for case, role in _cases(contract or CONTRACT, cases, chance):
        request = _request(case, role)
        first, second = (_checked(twin, case, request) for twin in stage.twins().both)
        counts.note(request, first, second)
    stage.refresh()
    return counts


def _cases(contract: dict[str, Any], cases: int, chance: int) -> Iterator[tuple[Case, str | None]]:
    written = schemathesis.openapi.from_dict(_without_tuples(contract))
    operations = [found.ok() for found in written.get_all_operations()]
    share = -(-cases // (2 * len(operations)))
    for operation in operations:
        told = contract["paths"][operation.path][operation.method]["x-roles"]
        roles = cycle([role for role in told if role in ANYBODY] or [None])
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for case in _made(operation, mode, share, chance):
                yield case, next(roles)


def _without_tuples(part: Any) -> Any:  # noqa: ANN401
    """The same contract: schemathesis writes `prefixItems` in a way that its own judge of answers refuses,
    and all our tuples are of one kind."""
    if isinstance(part, list):
        return [_without_tuples(one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {key: _without_tuples(value) for key, value in part.items()}
    kinds = told.pop("prefixItems", None)
    return told if kinds is None else told | {"items": kinds[0]}


def _made(operation: Any, mode: GenerationMode, share: int, chance: int) -> list[Case]:  # noqa: ANN401
    made: list[Case] = examples(operation.as_strategy(generation_mode=mode), share, chance)
    return made


def _request(case: Case, role: str | None) -> Request:
    asked = case.as_transport_kwargs(base_url=BASE)
    known = {"method", "url", "headers", "params", "json", "data", "files"}
    sent = plain.Request(**{name: value for name, value in asked.items() if name in known}).prepare()
    body = sent.body.encode(errors="surrogatepass") if isinstance(sent.body, str) else sent.body
    headers = tuple(
        (name, value.encode("latin-1", "replace") if isinstance(value, str) else value)
        for name, value in sent.headers.items()
        if name.lower() in OURS
    )
    return Request(str(sent.method), sent.path_url, role, headers, body)


def _checked(twin: Twin, case: Case, request: Request) -> Verdict:
    answer = twin.answer(request)
    verdict = judged(answer)
    # It reads the shape of an event stream as that of the event itself, where ours is that of its data.
    streams = answer.headers.get("content-type", "").startswith("text/event-stream")
    try:
        case.validate_response(answer, checks=CHECKS[:-1] if streams else CHECKS)
    except FailureGroup as failures:
        said = "; ".join(f"{failure.title}: {failure.message}" for failure in failures.exceptions)
        return replace(verdict, broken=f"{answer.status_code} {said}"[:600])
    return verdict
