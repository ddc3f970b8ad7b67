"""Policy packs: the rules of a jurisdiction, as data (`data/policies/*.toml`). Pointers, not legal advice."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from outreach.errors import Invalid, Missing
from outreach.settings import DEFAULT_POLICY, packaged


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A day that returns every year: a fixed `month`/`day`, or the `nth` `weekday` of a month (-1 = last).

    With `observed`, a fixed day on a Sunday is kept on the Monday after it.
    """

    name: str
    month: int
    day: int | None = None
    nth: int | None = None
    weekday: int | None = None
    observed: bool = True

    def dates(self, year: int) -> tuple[date, ...]:
        """The day itself, and the day it is observed where that differs."""
        if self.day is not None:
            actual = date(year, self.month, self.day)
            return (actual, actual + timedelta(1)) if self.observed and actual.weekday() == 6 else (actual,)
        return (_nth_weekday(year, self.month, self.nth or 1, self.weekday or 0),)


@dataclass(frozen=True, slots=True)
class Notice:
    """The words that go with every row about a participant, from a day on (42 CFR 2.32)."""

    from_date: date
    text: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What the law and the funders ask here. Durations are in minutes, or in days where the name says so.

    `consent_days` is how long a consent may hold, by scope; `retention_days` how long a class of records is
    kept; `fairness_minutes` the least service a week by neighbourhood (`*`: all others); `exploring_share`
    the part of the risk planned on that goes to places by how little they were visited (0 to 0.5);
    `telehealth_prescriber` says whether a prescriber may join a session from afar;
    `other_provider_factor` how much risk counts while another provider is open within a walk (1: in full);
    `recipients` are the kinds of bodies that rows about people may go to at all.
    """

    slug: str
    name: str
    suppression_threshold: int = 10
    meal_after_minutes: int | None = 360
    meal_minutes: int = 30
    min_rest_minutes: int = 660
    max_day_minutes: int = 720
    max_week_minutes: int = 2400
    telehealth_prescriber: bool = True
    serve_on_holidays: bool = False
    holiday_rules: tuple[HolidayRule, ...] = ()
    consent_days: Mapping[str, int] = field(default_factory=dict)
    retention_days: Mapping[str, int] = field(default_factory=dict)
    fairness_minutes: Mapping[str, int] = field(default_factory=dict)
    exploring_share: float = 0.10
    other_provider_factor: float = 1.0
    recipients: tuple[str, ...] = ()
    part2: tuple[Notice, ...] = ()
    sources: tuple[str, ...] = ()

    def holidays(self, year: int) -> dict[date, str]:
        """Every holiday of the year with its name."""
        return {day: rule.name for rule in self.holiday_rules for day in rule.dates(year)}

    def holiday(self, day: date) -> str | None:
        """The name of the holiday on `day`, if it is one."""
        return self.holidays(day.year).get(day)

    def part2_notice(self, day: date) -> str:
        """The notice in force on the day. Raises: `Missing` when there is none: then nothing may leave."""
        in_force = [notice for notice in self.part2 if notice.from_date <= day]
        if not in_force:
            raise Missing(
                f"The rules of {self.name} have no re-disclosure notice for {day}.", code="no-notice"
            )
        return max(in_force, key=lambda notice: notice.from_date).text

    @classmethod
    def load(cls, name: str = DEFAULT_POLICY) -> Policy:
        """The pack by name, or by the path of a TOML file of your own.

        Raises: `Missing` for an unknown pack, `Invalid` for one that cannot be read.
        """
        path = Path(name) if name.endswith(".toml") else _packed(name)
        try:
            with path.open("rb") as file:
                return _policy(path.stem, tomllib.load(file))
        except FileNotFoundError:
            raise Missing(f"There is no policy pack {path}.", code="no-policy") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise Invalid(
                f"The policy pack {path.name} cannot be read: {error}.", code="bad-policy"
            ) from None


def _packed(name: str) -> Path:
    if not name.replace("_", "").isalnum():
        raise Missing(f"“{name}” is no policy pack.", code="no-policy")
    try:
        return packaged(f"policies/{name}.toml")
    except Missing:
        known = ", ".join(sorted(path.stem for path in packaged("policies").glob("*.toml")))
        raise Missing(f"There is no policy pack “{name}”. Use one of: {known}.", code="no-policy") from None


def _policy(slug: str, pack: dict[str, object]) -> Policy:
    rules = pack.get("holidays", [])
    if not isinstance(rules, list):
        raise TypeError("holidays must be a list of tables")
    apart = ("holidays", "sources", "part2", "recipients")
    plain = {key: value for key, value in pack.items() if key not in apart}
    policy = Policy(
        slug=slug,
        holiday_rules=tuple(HolidayRule(**rule) for rule in rules),
        sources=tuple(str(source) for source in _list(pack.get("sources", []))),
        recipients=tuple(str(kind) for kind in _list(pack.get("recipients", []))),
        part2=tuple(_notice(told) for told in _list(pack.get("part2", []))),
        **plain,  # type: ignore[arg-type]  # a wrong type is caught by the checks below
    )
    if not isinstance(policy.suppression_threshold, int) or policy.suppression_threshold < 1:
        raise ValueError("suppression_threshold must be a whole number above 0")
    for days in (*policy.consent_days.values(), *policy.retention_days.values()):
        if not isinstance(days, int) or days < 1:
            raise ValueError("consent_days and retention_days must be whole numbers above 0")
    for least in policy.fairness_minutes.values():
        if not isinstance(least, int) or not 0 <= least <= 7 * 24 * 60:
            raise ValueError("fairness_minutes must be whole numbers from 0 to a week's minutes")
    if not isinstance(policy.exploring_share, int | float) or not 0 <= policy.exploring_share <= 0.5:
        raise ValueError("exploring_share must be a number from 0 to 0.5")
    other = policy.other_provider_factor
    if not isinstance(other, int | float) or not 0 <= other <= 1:
        raise ValueError("other_provider_factor must be a number from 0 to 1")
    policy.holidays(2026)
    return policy


def _notice(told: object) -> Notice:
    if not isinstance(told, dict) or not isinstance(told.get("from_date"), date):
        raise TypeError("each part2 notice needs a from_date and a text")
    return Notice(told["from_date"], str(told["text"]))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
        return last - timedelta((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))
