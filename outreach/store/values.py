"""What a column holds: moments with their zone, and JSON that both databases can keep."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from outreach.errors import Invalid


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC inside and out. SQLite drops the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise Invalid(f"{value} has no time zone; give a moment with one.", code="naive-moment")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """JSON of strings, whole numbers, finite numbers, lists and maps; JSONB on PostgreSQL.

    What PostgreSQL cannot hold (NUL, lone surrogates, NaN) is refused on SQLite too.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        )

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        if value is not None:
            canonical(value)
        return value


def canonical(value: object) -> str:
    """The value as canonical JSON. Raises: `Invalid` for what one of the databases could not hold."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise Invalid(f"This cannot be stored: {error}.", code="not-canonical") from None
    if "\\u0000" in text:
        raise Invalid("This cannot be stored: it contains a NUL character.", code="not-canonical")
    return text
