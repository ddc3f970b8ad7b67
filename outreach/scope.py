"""Scope: a session opened for one programme sees and writes no other's rows, whatever a query forgot.

Every query names its programme; this is the net below it. On PostgreSQL the database itself keeps the rows
apart (row-level security, by a setting of the transaction); on both databases a mapped row of another
programme is refused when it is loaded or written.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, UOWTransaction

from outreach.errors import Missing

OPTION: Final = "outreach_programme"
SETTING: Final = "outreach.programme"
ALL: Final = "*"
"""The setting of whoever works on all of them: log-in, the worker's queue, backup, command line."""


class Scoped(Session):
    """A session that knows whose rows it may touch: `info["programme_id"]`, None for all."""


def begin_postgres(connection: Connection) -> None:
    """Tell the database at the start of a transaction whose rows to show. Without a word it shows none."""
    ours = connection.get_execution_options().get(OPTION)
    if ours is not None:
        told = ALL if ours == ALL else str(int(ours))
        connection.exec_driver_sql(f"SELECT set_config('{SETTING}', '{told}', true)")


def policies(tables: dict[str, str]) -> list[str]:
    """The statements that switch row-level security on, for tables by name and the column that says whose a
    row is. The owner of the tables is held to it too; only a superuser is not, and `doctor` says so."""
    statements = []
    for table, column in tables.items():
        ours = f"current_setting('{SETTING}', true) IN ('{ALL}', {column}::text)"
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY {table}_ours ON {table} USING ({ours}) WITH CHECK ({ours})",
        ]
    return statements


def _refuse_foreign(session: Session, row: Any) -> None:  # noqa: ANN401 — any mapped row
    ours = session.info.get("programme_id")
    if ours is None:
        return
    owner = row.id if row.__tablename__ == "programmes" else getattr(row, "programme_id", ours)
    if owner is not None and owner != ours:
        raise Missing("There is nothing of this number here.", code="not-ours")


def _refuse_foreign_writes(session: Session, _: UOWTransaction, __: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        _refuse_foreign(session, row)


event.listen(Scoped, "loaded_as_persistent", _refuse_foreign)
event.listen(Scoped, "before_flush", _refuse_foreign_writes)
