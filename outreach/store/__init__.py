"""The database: one engine, one way to write and one way to read. The same code on SQLite and PostgreSQL."""

from outreach.store.doors import Store, open_store
from outreach.store.rows import Base, Owned, Programme, programme
from outreach.store.values import Document, Moment, canonical
from outreach.store.waiting import let_go_when_silent, one_at_a_time

__all__ = [
    "Base",
    "Document",
    "Moment",
    "Owned",
    "Programme",
    "Store",
    "canonical",
    "let_go_when_silent",
    "one_at_a_time",
    "open_store",
    "programme",
]
