"""Prechecks: what makes asking for a plan pointless, said before any computing; one function a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from outreach.errors import Invalid
from outreach.place import sites
from outreach.plan.planning.ground import Ground


def check(ground: Ground) -> list[str]:
    """Sentences about single days that cannot be served; the others can be planned.

    Raises: `Invalid` when no day can be served at all, naming what is missing.
    """
    refuse_without_sites(ground)
    refuse_without_vans(ground)
    refuse_without_staff(ground)
    return [
        note
        for day in ground.dates
        for note in (*holiday(ground, day), *no_van(ground, day), *nobody(ground, day))
    ]


def refuse_without_sites(ground: Ground) -> None:
    """There must be a place to stand."""
    if not any(sites.may_be_planned(site) for site in ground.sites):
        raise Invalid(
            "There is no active site to plan for. Import sites, or give a proposed one a host.",
            code="no-sites",
        )


def refuse_without_vans(ground: Ground) -> None:
    """There must be a van."""
    if not ground.vans:
        raise Invalid(
            "There are no vans. Import them first: `outreach vans import FILE.csv`.", code="no-vans"
        )
    if not any(ground.van_hours(van, day) for van in ground.vans for day in ground.dates):
        raise Invalid(
            f"No van can go out from {ground.dates[0]} to {ground.dates[-1]}: all are away or off shift, or "
            "it is a holiday. Look at the vans' shifts and absences.",
            code="no-van-hours",
        )


def refuse_without_staff(ground: Ground) -> None:
    """There must be somebody to drive it."""
    if not ground.staff:
        raise Invalid(
            "There is no staff. Import it first: `outreach staff import FILE.csv`.", code="no-staff"
        )
    if not any(ground.staff_hours(member, day) for member in ground.staff for day in ground.dates):
        raise Invalid(
            f"Nobody is at work from {ground.dates[0]} to {ground.dates[-1]}. Look at the shifts and "
            "absences of the staff.",
            code="no-staff-hours",
        )


def holiday(ground: Ground, day: date) -> Iterator[str]:
    """The programme rests on holidays; a promise that falls on one is named."""
    name = ground.holiday(day)
    if name is None:
        return
    yield f"{told(day)} is {name}: no van goes out."
    names = {site.id: site.name for site in ground.sites}
    for anchor in ground.promises(day):
        where = names.get(anchor.site_id, "a site")
        yield f"The promised session at {where} on {told(day)} falls on {name}. Tell its people another date."


def no_van(ground: Ground, day: date) -> Iterator[str]:
    """A day on which promises stand but no van can go out."""
    if ground.holiday(day) or any(ground.van_hours(van, day) for van in ground.vans):
        return
    if ground.promises(day):
        yield f"No van can go out on {told(day)}, though a session is promised. Look at shifts and absences."


def nobody(ground: Ground, day: date) -> Iterator[str]:
    """A day on which a van could go out but nobody is at work."""
    vans_out = any(ground.van_hours(van, day) for van in ground.vans)
    if vans_out and not any(ground.staff_hours(member, day) for member in ground.staff):
        yield f"Nobody is at work on {told(day)}: no van goes out. Look at shifts and absences."


def told(day: date) -> str:
    """A date as it is said to people: "Tue 24 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"
