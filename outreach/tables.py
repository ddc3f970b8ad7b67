"""The list of rooms that keep rows, so that the metadata is whole for migrations."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from outreach.store import Base

for _room in (
    "outreach.audit",
    "outreach.accounts",
    "outreach.place.areas",
    "outreach.place.sites",
    "outreach.risk.feeds",
    "outreach.risk.incidents",
    "outreach.risk.surface",
    "outreach.risk.alerts",
    "outreach.risk.presence",
    "outreach.plan.staff",
    "outreach.plan.vans",
    "outreach.plan.absences",
    "outreach.plan.anchors",
    "outreach.plan.stock",
    "outreach.plan.runs",
    "outreach.plan.schedules",
    "outreach.field.events",
    "outreach.field.visits",
):
    if find_spec(_room):
        import_module(_room)

metadata = Base.metadata
