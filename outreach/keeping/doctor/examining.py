"""Everything looked at, one after another."""

from __future__ import annotations

from datetime import datetime

from outreach.errors import OutreachError
from outreach.keeping.doctor import database, machine, records
from outreach.keeping.doctor.finding import Finding
from outreach.settings import Settings
from outreach.store import Store, open_store


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Everything there is to say about this installation; nothing is changed."""
    found = [
        *machine.python(),
        *machine.policy(settings),
        *machine.data_folder(settings),
        *machine.disk(settings),
        *machine.city(settings),
    ]
    try:
        store = open_store(settings.database_url, keys=settings.keys)
    except OutreachError as error:
        return [
            *found,
            Finding("bad", "database", error.message, "Restore a backup: `outreach restore FILE`."),
        ]
    try:
        return [*found, *_examined(settings, store, now)]
    finally:
        store.close()


def _examined(settings: Settings, store: Store, now: datetime) -> list[Finding]:
    engine = store.engine
    found = [
        *database.durability(engine),
        *database.wholeness(engine),
        *database.wal(engine),
        *database.apart(engine),
    ]
    with store.reading() as session:
        return [
            *found,
            *records.programme(session),
            *records.audit_chain(session),
            *records.clock(session, now),
            *records.waiting(session, now),
            *records.keys(session, settings),
        ]
