"""Many new rows in one statement. PostgreSQL takes them as one JSON document, which travels once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from outreach.store import Base


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert `rows`, all with the same keys, which are columns of `kind`."""
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(kind), list(rows))
        return
    names = list(rows[0])
    columns = [column(name, kind.__table__.c[name].type) for name in names]
    document = bindparam("rows", [_plain(row) for row in rows], type_=JSONB)
    sent = func.jsonb_to_recordset(document).table_valued(*columns).render_derived("sent", with_types=True)
    session.execute(insert(kind).from_select(names, select(*(sent.c[name] for name in names))))


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
