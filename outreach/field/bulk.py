"""Many new rows in one statement. PostgreSQL takes them as one JSON document, which travels once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from operator import methodcaller
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, bindparam, cast, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import InstrumentedAttribute as Attribute
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from outreach.store import Base

ROWS_AT_ONCE = 250
"""In one statement: SQLite takes 32,766 values."""


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows`, all with the same keys, which are columns of `kind`."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        _as_document(session, kind, rows)
    else:
        _as_values(session, kind, rows)


def among(session: Session, column: Attribute[Any], names: Collection[str]) -> ColumnElement[bool]:
    """Is the column one of `names`? However many they are, they travel as one value."""
    told: ColumnElement[Any] = bindparam(None, json.dumps(sorted(names)), type_=String)
    if session.get_bind().dialect.name == "postgresql":
        each = func.json_array_elements_text(cast(told, JSON)).table_valued("value")
    else:
        each = func.json_each(told).table_valued("value")
    return column.in_(select(each.c.value))


def _as_document(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    names = list(rows[0])
    columns = [column(name, kind.__table__.c[name].type) for name in names]
    text = json.dumps(rows, default=methodcaller("isoformat"))
    document = cast(bindparam("rows", text, type_=String), JSON)
    sent = func.json_to_recordset(document).table_valued(*columns).render_derived("sent", with_types=True)
    session.execute(insert(kind).from_select(names, select(*(sent.c[name] for name in names))))


def _as_values(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    # Straight to the driver, each value written as its column's type writes it: the way round by a statement
    # of ours, which looks at every value of every row again, costs more than storing them. And many rows a
    # statement: the driver lets go of the interpreter for each, and waits to get it back.
    connection, names = session.connection(), list(rows[0])
    writers = [_writer(kind.__table__.c[name].type, connection.dialect) for name in names]
    columns = [
        [row[name] for row in rows] if write is None else [write(row[name]) for row in rows]
        for name, write in zip(names, writers, strict=True)
    ]
    told = list(zip(*columns, strict=True))
    start = f"INSERT INTO {kind.__tablename__} ({', '.join(names)}) VALUES "
    places = f"({', '.join('?' * len(names))})"
    for first in range(0, len(told), ROWS_AT_ONCE):
        some = told[first : first + ROWS_AT_ONCE]
        values = ", ".join([places] * len(some))
        connection.exec_driver_sql(start + values, tuple(chain.from_iterable(some)))


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)
