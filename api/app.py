"""The application: one store, one desk, every door, and a worker beside it."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import (
    accounts,
    care,
    crew,
    devices,
    leaving,
    lost,
    manage,
    notice,
    oidc,
    oidc_doors,
    openapi,
    pages,
    problems,
    public,
    record,
    session,
)
from api.desk import Desk
from api.dispatch import alerts, city, due, people, replanning, risk, runs, schedule, sites, trying
from api.guard import Shield
from api.mailroom import Mailroom
from api.offices import Offices
from outreach.plan.workers import Workers
from outreach.settings import Settings
from outreach.store import open_store

DOORS = (
    session,
    accounts,
    devices,
    city,
    sites,
    people,
    due,
    risk,
    alerts,
    runs,
    schedule,
    trying,
    replanning,
    crew,
    manage,
    record,
    public,
    notice,
    care,
    leaving,
    oidc_doors,
)


def create(
    settings: Settings | None = None, *, planning: bool = True, clock: Callable[[], datetime] | None = None
) -> FastAPI:
    """The application for `settings` (by default those of the environment); opens nothing until it starts.

    With `planning` a worker process beside it takes up runs. `clock` tells the moment, in UTC.
    """
    chosen = settings or Settings.load()
    oidc.check(chosen)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = open_store(chosen.database_url, keys=chosen.keys)
        app.state.desk = Desk(chosen, store, clock)
        app.state.mailroom = Mailroom(store)
        app.state.offices = Offices(app.state.desk)
        with Workers(chosen) if planning else nullcontext():
            gc.freeze()  # what was loaded until here stays: looking through it for garbage costs a quarter
            yield
            gc.unfreeze()
        app.state.mailroom.close()
        store.close()

    return assemble(FastAPI(lifespan=lifespan, **openapi.ABOUT))


def assemble(app: FastAPI) -> FastAPI:
    """Hang every door, the error answers and the shield on an application."""
    for door in DOORS:
        app.include_router(door.routes)
    app.include_router(oidc_doors.ways)
    pages.hang(app)
    problems.install(app)
    lost.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=5)
    app.add_middleware(Shield)
    openapi.describe(app)
    return app
