"""Errors as the wire sees them: application/problem+json, a sentence that says what to do, no traceback."""

from __future__ import annotations

import json
import logging
import re
import traceback
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from starlette.exceptions import HTTPException

from api.wire import Told
from outreach.errors import Invalid, OutreachError

log = logging.getLogger("outreach.api")

MEDIA_TYPE = "application/problem+json"
SHOWN = 100
OUR_FAULT = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
TITLES = {
    400: "This request cannot be read",
    401: "Please log in",
    403: "You may not do this",
    404: "This is not here",
    405: "This cannot be done here",
    409: "Things have changed",
    413: "Too much at once",
    415: "This kind of content is not understood",
    422: "Please correct what was sent",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not available just now",
}
# What the boards and forms call a field; the others are called by their own name.
FIELDS = {"from_date": "first day", "until_date": "last day", "from": "first day", "until": "last day"}
_BOUNDS = {
    "less_than_equal": "give a number up to {0}.",
    "less_than": "give a number below {0}.",
    "greater_than_equal": "give a number from {0} on.",
    "greater_than": "give a number above {0}.",
}
_DATE_BOUNDS = {
    "less_than_equal": "choose a date up to {0}.",
    "less_than": "choose a date before {0}.",
    "greater_than_equal": "choose a date from {0} on.",
    "greater_than": "choose a date after {0}.",
}
# Bounds of a date come as the validator writes them.
_DATE = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")
_KINDS = {
    "json_invalid": "This is not JSON that can be read.",
    "string_too_long": "write at most {max_length} characters.",
    "string_too_short": "fill this in, with at least {min_length} characters.",
    "too_long": "send at most {max_length}.",
    "too_short": "choose at least {min_length}.",
    "missing": "fill this in.",
    "extra_forbidden": "this is not asked for here; leave it out.",
    "date_": 'write a date as "YYYY-MM-DD".',
    "int_": "write a whole number.",
    "float_": "write a number.",
    "bool_": "say true or false.",
    "string_type": "write text.",
    "literal_error": "choose one of {expected}.",
}


class ComeBack(OutreachError):  # noqa: N818 — an answer people get, like Missing and Conflict
    """Not now: the same request may succeed in `seconds` (503)."""

    status = 503
    kind = "busy"
    seconds = 3


class ProblemPart(Told):
    """One thing wrong, and where: a field of a body (`where`), or a row and column of a file."""

    where: str = Field(default="", examples=["body.windows.0.opens"])
    what: str = Field(examples=['write a time of day as "HH:MM", for example "13:30"'])
    remedy: str = ""
    file: str | None = None
    row: int | None = None
    column: str | None = None


class Problem(Told):
    """RFC 9457, with a stable `code` for programs and a `detail` for people."""

    type: str = Field(examples=["/problems/invalid"])
    title: str = Field(examples=["Please correct what was sent"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid"])
    detail: str = Field(examples=["windows: opens at 17:00, after it closes at 09:00. Swap the two times."])
    problems: list[ProblemPart] = Field(default_factory=list)
    more: int = Field(default=0, description="How many further problems are not listed")


def problem(
    status: int, code: str, detail: str, *, problems: Sequence[ProblemPart] = (), more: int = 0
) -> Response:
    """One problem as an answer. Written as ASCII, so that no text can make the writing itself fail."""
    told = Problem(
        type=f"/problems/{code}",
        title=TITLES.get(status, "This cannot be done"),
        status=status,
        code=code,
        detail=detail,
        problems=list(problems),
        more=more,
    )
    return Response(json.dumps(told.model_dump()), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of this application leave as a problem."""
    app.add_exception_handler(OutreachError, refusal)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, from_http)
    app.add_exception_handler(DBAPIError, _database)


def refusal(_: Request, error: Exception) -> Response:
    """What an error of ours says to a program."""
    assert isinstance(error, OutreachError)
    if not isinstance(error, Invalid):
        return _patient(problem(error.status, error.code, error.message), error)
    parts = [
        ProblemPart(file=part.file, row=part.row, column=part.column, what=part.what, remedy=part.remedy)
        for part in error.problems
    ]
    return problem(error.status, error.code, error.message, problems=parts, more=error.more)


def _patient(answer: Response, error: OutreachError) -> Response:
    if isinstance(error, ComeBack):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _malformed(_: Request, error: Exception) -> Response:
    # What was sent is never repeated: it may hold a code or a note, or text that cannot be encoded at all.
    assert isinstance(error, RequestValidationError)
    wrong = error.errors()
    parts = [ProblemPart(where=_where(one), what=_sentence(one)) for one in wrong[:SHOWN]]
    first = parts[0] if parts else ProblemPart(what="The request cannot be read.")
    field = _field(wrong[0]["loc"]) if wrong and wrong[0]["type"] != "json_invalid" else ""
    detail = f"{field}: {first.what}" if field else first.what
    return problem(422, "invalid", detail, problems=parts, more=max(0, len(wrong) - SHOWN))


def _where(wrong: dict[str, Any]) -> str:
    place: Sequence[object] = ["body"] if wrong["type"] == "json_invalid" else wrong["loc"]
    return ".".join(str(step) if isinstance(step, int) else _plain(str(step)) for step in place)[:200]


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:60]


def _field(place: Sequence[object]) -> str:
    """What a person would call it: "First day", "Windows 2 opens"."""
    steps = [str(step + 1) if isinstance(step, int) else _plain(str(step)) for step in place[1:]]
    name = FIELDS.get(".".join(steps), " ".join(steps).replace("_", " "))
    return (name[:1].upper() + name[1:])[:200]


def _sentence(wrong: dict[str, Any]) -> str:
    kind, limits = str(wrong["type"]), wrong.get("ctx", {})
    if kind in _BOUNDS:
        bound = str(next(iter(limits.values())))
        dated = _DATE.fullmatch(bound)
        return _BOUNDS[kind].format(bound) if dated is None else _DATE_BOUNDS[kind].format(_day(dated))
    found = next((said for start, said in _KINDS.items() if kind.startswith(start)), None)
    if found is not None:
        return found.format(**limits)
    return str(wrong["msg"]).removeprefix("Value error, ").encode("utf-8", "replace").decode()


def _day(written: re.Match[str]) -> str:
    return date(*map(int, written.groups())).isoformat()


def from_http(_: Request, error: Exception) -> Response:
    """The framework's own refusals, in our words."""
    assert isinstance(error, HTTPException)
    sentences = {
        404: "There is nothing at this address.",
        405: "This address does not take that kind of request.",
        413: "Send at most 2 MB in one request; split it up.",
    }
    detail = sentences.get(error.status_code, str(error.detail))
    answer = problem(error.status_code, f"http-{error.status_code}", detail)
    answer.headers.update(error.headers or {})
    return answer


def _database(_: Request, error: Exception) -> Response:
    """A database that is away, full or damaged is nobody's fault; what it refuses to hold is ours."""
    return unforeseen(error) if isinstance(error, OUR_FAULT) else _out_of_order(error)


def _out_of_order(error: Exception) -> Response:
    log.error("database unavailable: %s", type(error).__name__)
    answer = problem(
        503,
        "database-unavailable",
        "The database did not answer, so nothing was changed. Try again in a moment; if it stays, "
        "ask whoever runs the server for `outreach doctor`.",
    )
    answer.headers["Retry-After"] = "5"
    return answer


def unforeseen(error: Exception) -> Response:
    """The answer to an error nobody foresaw, and a line in the log."""
    # The log gets the kind of error and where it happened, never its text: that may quote what was sent.
    reference = uuid.uuid4().hex[:12]
    places = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(places))
    log.error("request failed: %s at %s (reference %s)", type(error).__name__, where, reference)
    return problem(
        500,
        "unforeseen",
        f"Nothing was changed. Try again; if it stays, report it with the reference {reference}.",
    )
