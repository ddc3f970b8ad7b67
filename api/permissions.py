"""`python -m api.permissions > docs/access.md`: who may do what, from the table in `api/access.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from fastapi import FastAPI

from api.access import ANYONE, POLICY, PREFIX, SEALED, WHILE_ENROLLING
from api.app import assemble
from api.openapi import ABOUT
from outreach.accounts import ROLES

HEAD: Final = """# Who may do what

Written by `python -m api.permissions` from the one table in `api/access.py`; a test keeps it fresh. A route
that is not in the table fails the start. Everything is within one programme: what belongs to another
answers 404.

| role | who |
|---|---|
| dispatch | plans, changes and publishes; may log at a stop |
| crew | works at the stops |
| clinician | works at the stops, with the clinic's duties |
| manager | reads coverage, exact figures and the audit, and answers for what leaves the house |
| admin | all of that, and the accounts |
| auditor | reads the audit and who has which account, and no figure about people |
| operator | keeps the machine: accounts, tablets, sessions; sees no participant data |
| device | an enrolled tablet, not a person: a day's schedule and what its crew logs |

There is no role for law enforcement, and no export for it.

"""
TAIL: Final = """
Until they have a password of their own, and a second factor where their role needs one, people reach only
{enrolling}.

A tablet that was shut out reaches only {sealed}: what it sends is held for a coordinator, and it is told
nothing.
"""


def text() -> str:
    """The page, the same every time it is written."""
    return HEAD + "".join(_tables()) + TAIL.format(enrolling=_listed(WHILE_ENROLLING), sealed=_listed(SEALED))


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys))


def _tables() -> Iterator[str]:
    told = _summaries()
    for area, keys in groupby(sorted(POLICY, key=_area), key=_area):
        yield f"## {area}\n\n| route | what | anybody | {' | '.join(ROLES)} |\n"
        yield f"|---|---|{'---|' * (len(ROLES) + 1)}\n"
        for key in keys:
            roles = POLICY[key]
            marks = ["yes" if roles is ANYONE else "", *("yes" if _may(role, key) else "" for role in ROLES)]
            yield f"| `{key}` | {told.get(key, 'A page for people')} | {' | '.join(marks)} |\n"
        yield "\n"


def _may(role: str, key: str) -> bool:
    return POLICY[key] is ANYONE or role in POLICY[key]


def _area(key: str) -> str:
    first = key.split("/")[1]
    return f"/{first}" if first in ("session", "accounts", "dispatch", "crew", "manage") else "Others"


def _summaries() -> dict[str, str]:
    paths: dict[str, Any] = assemble(FastAPI(**ABOUT)).openapi()["paths"]
    return {
        f"{method.upper()} {path.removeprefix(PREFIX)}": operation["summary"]
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


if __name__ == "__main__":
    print(text(), end="")
