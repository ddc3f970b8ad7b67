"""The notice on the wall: where the vans will be in the coming days, printable, in English and Spanish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Header, Response
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.access import page_router
from api.public import NoticeRow, coming
from api.request import AtDesk, Now, Reading
from api.wire import clock
from outreach.plan import services

TEMPLATES: Final = Path(__file__).parent / "templates"
WORDS: Final = {
    "en": {
        "title": "Where the van will be",
        "welcome": "Everybody is welcome. You do not have to give your name.",
        "cancelled": "Cancelled",
        "shortened": "New hours",
        "instead": "Instead:",
        "nothing": "No stops are planned for the coming days. Please look again soon.",
        "free": "Everything here is free.",
        "synthetic": "SYNTHETIC: made up for a demonstration. No van will come.",
        "as_of": "As of {moment}.",
        "date": "{weekday}, {month} {day}",
        "next_day": "next day",
        "other": "es",
        "other_name": "Español",
    },
    "es": {
        "title": "Dónde estará la unidad móvil",
        "welcome": "Todas las personas son bienvenidas. No tiene que dar su nombre.",
        "cancelled": "Cancelado",
        "shortened": "Nuevo horario",
        "instead": "En su lugar:",
        "nothing": "No hay paradas previstas en los próximos días. Vuelva a mirar pronto.",
        "free": "Todo es gratuito.",
        "synthetic": "SINTÉTICO: inventado para una demostración. No vendrá ninguna unidad.",
        "as_of": "Información del {moment}.",
        "date": "{weekday} {day} de {month}",
        "next_day": "día siguiente",
        "other": "en",
        "other_name": "English",
    },
}
WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado", "Domingo"),
}
MONTHS: Final = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}
# The usual reasons as the board stores them, in either language (web/src/lib/reasons.ts).
REASONS: Final = {
    "Severe weather": "Mal tiempo",
    "The van is out of service": "La unidad está fuera de servicio",
    "Not enough staff": "Falta de personal",
    "The site is closed": "El lugar está cerrado",
    "Event or road closure": "Evento o calle cerrada",
}

templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


routes = page_router()


@routes.get("/notice")
def show_page(
    session: Reading,
    desk: AtDesk,
    now: Now,
    language: str | None = None,
    accept_language: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """In the language asked for, else the reader's browser's; in one we do not have, it is English."""
    rows = coming(session, desk.programme_id, desk.today())
    local = desk.local(now)
    wanted = preferred(accept_language) if language is None else language
    known = wanted if wanted in WORDS else "en"
    return page(rows, known, synthetic=bool(desk.network.city.get("synthetic")), as_of=local)


def preferred(accepted: str) -> str:
    """The best of our languages in an Accept-Language header; English where none is wanted."""
    best, weight = "en", 0.0
    for choice in accepted.split(","):
        tag, _, quality = choice.partition(";")
        name = tag.strip().lower().partition("-")[0]
        found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", quality)
        wish = float(found[1]) if found else 0.0 if quality else 1.0
        if name in WORDS and wish > weight:
            best, weight = name, wish
    return best


@routes.get("/notice.css")
def show_style() -> Response:
    """The page's looks, in a file of its own: the security policy lets no style stand in the page."""
    return FileResponse(TEMPLATES / "notice.css", headers={"Cache-Control": "no-cache"})


def page(rows: Sequence[NoticeRow], language: str, *, synthetic: bool, as_of: datetime) -> Response:
    """The notice as a page without scripts; `as_of` is local time."""
    words = WORDS[language]
    time = _time(as_of.hour * 60 + as_of.minute, language)
    moment = f"{_within(as_of.date(), language)}, {time}"
    text = templates.get_template("notice.html").render(
        language=language,
        words={**words, "as_of": words["as_of"].format(moment=moment)},
        days=[
            {"name": day_name(day, language), "stops": [_stop(row, language) for row in stops]}
            for day, stops in groupby(rows, key=lambda row: row.date)
        ],
        synthetic=synthetic,
    )
    return HTMLResponse(text, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


def day_name(day: date, language: str) -> str:
    """A date as people say it."""
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    return WORDS[language]["date"].format(weekday=weekday, month=month, day=day.day)


def _within(day: date, language: str) -> str:
    """As `day_name`, inside a sentence: there Spanish writes weekdays small."""
    name = day_name(day, language)
    return name.lower() if language == "es" else name


def hours(starts: int, ends: int, language: str) -> str:
    """From when to when, in the manner of the language; past midnight it says so."""
    after = f" ({WORDS[language]['next_day']})" if ends > 24 * 60 and starts < 24 * 60 else ""
    return f"{_time(starts, language)} – {_time(ends, language)}{after}"


def _time(minutes: int, language: str) -> str:
    hour, minute = divmod(minutes % (24 * 60), 60)
    if language == "es":
        return clock(hour * 60 + minute)
    return f"{(hour - 1) % 12 + 1}:{minute:02d} {'AM' if hour < 12 else 'PM'}"


def _stop(row: NoticeRow, language: str) -> dict[str, Any]:
    labels = {each.name: getattr(each, f"label_{language}") for each in services.catalogue()}
    return {
        "state": row.state,
        "hours": hours(row.starts, row.ends, language),
        "site": row.site,
        "area": row.area,
        "services": " · ".join(str(labels.get(name, name)) for name in row.services),
        "reason": reason_told(row.reason or "", language),
        "alternative": _alternative(row, language),
    }


def reason_told(stored: str, language: str) -> str:
    """A usual reason in the reader's language; somebody's own words as they were written."""
    for english, spanish in REASONS.items():
        if stored in (english, spanish):
            return spanish if language == "es" else english
    return stored


def _alternative(row: NoticeRow, language: str) -> str:
    if row.alternative is None:
        return ""
    when = f"{_within(row.alternative.date, language)}, {_time(row.alternative.starts, language)}"
    return f"{row.alternative.name}, {when}"
