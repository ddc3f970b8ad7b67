"""Facts: what a city says of itself in `city.toml`: name, zone, bounds, source, whom plans count on."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from outreach.errors import Invalid, Missing
from outreach.place.walking import walker_named

FILE = "city.toml"


def read(folder: Path) -> Mapping[str, object]:
    """The facts of a city folder; none where there is no city.

    Raises:
        Invalid: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Invalid(f"{path} cannot be read ({error}). Run `outreach city create` again.") from None


def write(folder: Path, facts: Mapping[str, object]) -> None:
    """Write the facts where `read` finds them."""
    rows = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
    (folder / FILE).write_text("".join(rows), "utf-8")


def count_on(folder: Path, walker: str) -> None:
    """From now on plans and reports count on people who walk like `walker`.

    Raises:
        Invalid: there is no such walker.
        Missing: there is no city.
    """
    walker_named(walker)
    known = read(folder)
    if not known:
        raise Missing("There is no city yet. Run `outreach city create` first.", code="no-city")
    write(folder, {**known, "walker": walker})
