"""The list of rooms that keep rows, so that the metadata is whole for migrations and backups."""

from __future__ import annotations

from outreach import accounts, audit, consents, devices, disclosures, participants, sessions
from outreach.field import events, visits
from outreach.place import areas, sites
from outreach.plan import absences, anchors, due, runs, staff, stock, vans, versions
from outreach.report import exports, releases
from outreach.risk import alerts, feeds, incidents, presence, surface
from outreach.store import Base

ROOMS = (
    accounts,
    sessions,
    devices,
    audit,
    areas,
    sites,
    feeds,
    incidents,
    surface,
    alerts,
    presence,
    staff,
    vans,
    absences,
    anchors,
    due,
    stock,
    runs,
    versions,
    events,
    visits,
    participants,
    consents,
    exports,
    disclosures,
    releases,
)

metadata = Base.metadata
