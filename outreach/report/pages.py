"""Pages: a report as it was given out, to the letter. Written once, hashed, and read again years later.

Only what was printed is in it, so that keeping it tells nobody more than the release did: hidden figures are
hidden here too. Outlines of neighbourhoods are not kept; a map is drawn with those there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from outreach.place.areas import Area
from outreach.report.counts import COUNTERS
from outreach.report.coverage import Coverage, Line, map_of
from outreach.report.sentence import WORDS, opening


def written(report: Coverage) -> str:
    """What the report says, in every language it is told in, as JSON text."""
    days = (report.from_, report.until)
    return json.dumps(
        {
            "from": days[0].isoformat(),
            "until": days[1].isoformat(),
            "sentences": {
                each: opening(*days, report.total, report.areas, report.trend, each) for each in WORDS
            },
            "areas": [_plain(line) for line in report.areas],
            "total": _plain(report.total),
            "trend": [_plain(line) for line in report.trend],
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def digest_of(page: str) -> str:
    """The SHA-256 of a page."""
    return hashlib.sha256(page.encode()).hexdigest()


def read(page: str, known: Sequence[Area], language: str) -> Coverage:
    """The report again, with a map of those of its areas that are still `known`."""
    told = json.loads(page)
    areas = tuple(_line(each) for each in told["areas"])
    listed = {line.id for line in areas}
    return Coverage(
        sentence=told["sentences"][language],
        from_=date.fromisoformat(told["from"]),
        until=date.fromisoformat(told["until"]),
        areas=areas,
        total=_line(told["total"]),
        trend=tuple(_line(each) for each in told["trend"]),
        map=map_of([area for area in known if area.id in listed], areas),
        exact=False,
    )


def people_of(page: str) -> dict[str, Mapping[str, int | None]]:
    """The figures of people on a page by line: "area 3", "week 2026-09-07", "total". None is hidden."""
    told = json.loads(page)
    lines = {f"area {line['id']}": line for line in told["areas"]}
    lines |= {f"week {line['week']}": line for line in told["trend"]}
    return {
        name: {counter: line[counter] for counter in COUNTERS}
        for name, line in (lines | {"total": told["total"]}).items()
    }


def _plain(line: Line) -> dict[str, object]:
    return asdict(line) | {"week": line.week.isoformat() if line.week is not None else None}


def _line(told: Mapping[str, Any]) -> Line:
    week = told["week"]
    hidden = tuple(told["hidden"])
    return Line(**{**told, "hidden": hidden, "week": date.fromisoformat(week) if week else None})
