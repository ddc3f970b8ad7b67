"""The words of the wire: bounded numbers, plain text, dates and times of day as they travel in JSON.

Inside the programme a time of day is an integer of minutes after local midnight; out here it is "HH:MM".
Nothing of one route lives here: each route's own shapes stand beside it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

LATEST_MINUTE = 1800
MAX_KEY = 2**31 - 1

_CLOCK = re.compile(r"(\d\d):([0-5]\d)")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK_SCHEMA = {"type": "string", "pattern": r"^(?:[0-2]\d:[0-5]\d|30:00)$", "examples": ["13:30"]}


class Told(BaseModel):
    """A shape we send."""

    model_config = ConfigDict(
        from_attributes=True,
        allow_inf_nan=False,
        populate_by_name=True,
        json_schema_serialization_defaults_required=True,
    )


class Asked(BaseModel):
    """A shape we are sent: unknown keys are refused, so that a misspelt one is never ignored in silence."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


def clock(minutes: int) -> str:
    """Minutes after local midnight as "HH:MM"; work after midnight runs on past 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(value: object) -> object:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a time of day as "HH:MM", for example "13:30"')
    minutes = int(found[1]) * 60 + int(found[2])
    if minutes > LATEST_MINUTE:
        raise ValueError("a day of work ends at 30:00 (six in the morning after) at the latest")
    return minutes


def _minutes_or_clock(value: object) -> object:
    return value if isinstance(value, int) else _minutes(value)


def _iso_day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        return value
    raise ValueError('write a date as "YYYY-MM-DD"')


def _printable(value: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in value):
        raise ValueError("the text holds characters that cannot be stored or shown")
    return value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Clock = Annotated[int, BeforeValidator(_minutes), WithJsonSchema(_CLOCK_SCHEMA)]
"""A time of day we are sent."""

ClockShown = Annotated[
    int,
    BeforeValidator(_minutes_or_clock),
    PlainSerializer(clock, return_type=str),
    WithJsonSchema(_CLOCK_SCHEMA, mode="serialization"),
]
"""A time of day we send; rooms give it in minutes or as "HH:MM" already."""

Day = Annotated[
    date,
    BeforeValidator(_iso_day),
    Field(ge=date(2000, 1, 1), le=date(2099, 12, 31), examples=["2026-11-23"]),
]
"""A local date."""

MomentShown = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-23T14:05:00.000Z"]},
        mode="serialization",
    ),
]
"""A moment in UTC."""

Key = Annotated[int, Field(ge=1, le=MAX_KEY, strict=True)]
"""A row's number in a JSON body."""

PathKey = Annotated[int, Field(ge=1, le=MAX_KEY)]
"""A row's number in an address."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_printable)]
"""One line of text."""

Note = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_printable)]
"""A few sentences, perhaps none."""

Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_printable),
    Field(examples=["Street closed by the city"]),
]
"""Why somebody changed what others rely on; never empty."""

Uid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"
    ),
    Field(examples=["0d8a4f0e-6c0a-4f7e-9a6e-0b8a5d1f2c3d"]),
]
"""A stop's name that stays the same through every version of the schedule."""

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-71.0836])]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[42.3296])]
Weekday = Annotated[int, Field(ge=0, le=6, strict=True, description="0 is Monday")]
Position = tuple[float, float]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), Field(examples=["moud"])]
Language = Literal["en", "es"]


class Point(Told):
    """GeoJSON."""

    type: Literal["Point"] = "Point"
    coordinates: Position


class LineString(Told):
    """GeoJSON."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[Position]


class MultiLineString(Told):
    """GeoJSON."""

    type: Literal["MultiLineString"] = "MultiLineString"
    coordinates: list[list[Position]]


class Polygon(Told):
    """GeoJSON."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: list[list[Position]]


class MultiPolygon(Told):
    """GeoJSON."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: list[list[list[Position]]]
