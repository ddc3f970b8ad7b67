"""Services: what a stop can offer and the crew it takes, from `data/services.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from outreach.settings import packaged

ROLES = ("prescriber", "nurse", "harm_reduction", "driver", "outreach_worker", "case_manager")


@dataclass(frozen=True, slots=True)
class Service:
    """`crew` is the head count by role, `people` the least number aboard, `telehealth` the roles that may
    join from afar, `hourly_value` what an hour of it is worth in risk-weighted reach. With `medication`
    people's next dose depends on it."""

    name: str
    label_en: str
    label_es: str
    crew: Mapping[str, int] = field(default_factory=dict)
    people: int = 2
    telehealth: tuple[str, ...] = ()
    hourly_value: float = 0.0
    medication: bool = False

    def __post_init__(self) -> None:
        unknown = [role for role in (*self.crew, *self.telehealth) if role not in ROLES]
        if unknown or self.people < 2 or any(count < 1 for count in self.crew.values()):
            raise ValueError(f"the service {self.name} asks for an impossible crew: {unknown or self.crew}")


@cache
def catalogue() -> tuple[Service, ...]:
    """Every service this installation knows, in the file's order."""
    with packaged("services.toml").open("rb") as file:
        entries = tomllib.load(file)["service"]
    return tuple(Service(**{**entry, "telehealth": tuple(entry.get("telehealth", ()))}) for entry in entries)


def names() -> tuple[str, ...]:
    """The services' names."""
    return tuple(service.name for service in catalogue())
