"""What a crew counts at a stop, in which words: `data/forms.toml`. A new counter needs no new code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property

from outreach.settings import packaged


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing counted. `step` is what a tap adds, 0 when no button counts it.

    One unit counted moves the van's stock of `supply` by `per_unit`; `people` marks counts of people.
    """

    key: str
    label_en: str
    label_es: str
    step: int = 0
    supply: str | None = None
    per_unit: int = 0
    people: bool = False


@dataclass(frozen=True, slots=True)
class SkipReason:
    """Why a stop did not happen, in the words of the page."""

    key: str
    label_en: str
    label_es: str


@dataclass(frozen=True)
class Forms:
    """Everything a tablet may count: `counters` have a button, `told` come with another form."""

    counters: tuple[Counter, ...]
    told: tuple[Counter, ...]
    skip_reasons: tuple[SkipReason, ...]
    most_at_once: int

    @cached_property
    def countable(self) -> dict[str, Counter]:
        """Every counter by key, those told by other forms too."""
        return {counter.key: counter for counter in (*self.counters, *self.told)}


@cache
def forms() -> Forms:
    """The forms that come with the product."""
    with packaged("forms.toml").open("rb") as file:
        pack = tomllib.load(file)
    return Forms(
        counters=tuple(Counter(**each) for each in pack["counters"]),
        told=tuple(Counter(**each) for each in pack["told"]),
        skip_reasons=tuple(SkipReason(**each) for each in pack["skip_reasons"]),
        most_at_once=int(pack["most_at_once"]),
    )
