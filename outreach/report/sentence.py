"""The sentence a report starts with: what came of the period, in plain words, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

LEAST_RISK = 0.5
"""Areas with less than half an expected overdose are too small to be named best or worst."""

WORDS = {
    "en": {
        "nothing": "No stops were planned from {from_date} to {until_date}.",
        "kept": "From {from_date} to {until_date} the vans kept {kept} of {planned} planned stops"
        "{ahead} ({hours} hours)",
        "ahead": ", {ahead} of them still ahead",
        "late": "Nothing was planned before the week of {begins}; the weeks before it count as not met.",
        "share": " and were within a walk of {share} of the expected overdoses while they stood",
        "people": ", meeting people {contacts} times",
        "best": "{best} had the most of its risk met, {worst} the least.",
    },
    "es": {
        "nothing": "No hubo paradas previstas del {from_date} al {until_date}.",
        "kept": "Del {from_date} al {until_date} las unidades cumplieron {kept} de {planned} "
        "paradas previstas{ahead} ({hours} horas)",
        "ahead": ", {ahead} de ellas aún por llegar",
        "late": "No había nada previsto antes de la semana del {begins}; "
        "las semanas anteriores cuentan como no atendidas.",
        "share": " y estuvieron a poca distancia a pie del {share} de las sobredosis esperadas "
        "mientras atendían",
        "people": ", con {contacts} encuentros con personas",
        "best": "{best} fue la zona con mayor parte de su riesgo atendida; {worst}, la de menor.",
    },
}


class Told(Protocol):
    """What the sentence is about; `coverage.Line` is one."""

    @property
    def name(self) -> str: ...
    @property
    def week(self) -> date | None: ...
    @property
    def risk(self) -> float: ...
    @property
    def share_served(self) -> float | None: ...
    @property
    def hours_delivered(self) -> float: ...
    @property
    def stops_planned(self) -> int: ...
    @property
    def stops_delivered(self) -> int: ...
    @property
    def contacts(self) -> int | None: ...


def opening(
    from_date: date,
    until_date: date,
    total: Told,
    areas: Sequence[Told],
    weeks: Sequence[Told],
    language: str = "en",
    ahead: int = 0,
) -> str:
    """What the whole report says, in a few sentences. A hidden count is not in it; `ahead` of the planned
    stops are still to come. Weeks before the first with a stop are told of: they count in full."""
    words = WORDS.get(language, WORDS["en"])
    period = {"from_date": from_date.isoformat(), "until_date": until_date.isoformat()}
    if not total.stops_planned and not total.stops_delivered:
        return words["nothing"].format(**period)
    said = words["kept"].format(
        kept=whole(total.stops_delivered, language),
        planned=whole(max(total.stops_planned, total.stops_delivered), language),
        ahead=words["ahead"].format(ahead=whole(ahead, language)) if ahead else "",
        hours=whole(round(total.hours_delivered), language),
        **period,
    )
    if total.share_served is not None:
        said += words["share"].format(share=percent(total.share_served, language))
    if total.contacts:
        said += words["people"].format(contacts=whole(total.contacts, language))
    sentences = [f"{said}.", _extremes(areas, words["best"])]
    begins = next((one.week for one in weeks if one.stops_planned or one.stops_delivered), None)
    if begins is not None and begins > from_date:
        sentences.append(words["late"].format(begins=begins.isoformat()))
    return " ".join(sentence for sentence in sentences if sentence)


def whole(number: int, language: str = "en") -> str:
    """A whole number as the page's tables write it: 2,138 in English, 2138 and 12.345 in Spanish."""
    if language == "es":
        return f"{number:,}".replace(",", ".") if number >= 10_000 else str(number)
    return f"{number:,}"


def percent(share: float, language: str = "en") -> str:
    """A share in whole percent, one decimal below ten."""
    said = f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
    return said.replace(".", ",") if language == "es" else said


def _extremes(areas: Sequence[Told], words: str) -> str:
    named = [(area.share_served, area.name) for area in areas if area.name and area.risk >= LEAST_RISK]
    ranked = sorted((share, name) for share, name in named if share is not None)
    if len(ranked) < 2 or ranked[0][0] == ranked[-1][0]:
        return ""
    return words.format(best=ranked[-1][1], worst=ranked[0][1])
