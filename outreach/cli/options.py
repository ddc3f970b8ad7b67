"""What every command shares: where the data folder is, and how to open what lies in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import select

from outreach.errors import Invalid
from outreach.settings import Settings
from outreach.store import Programme, Store, open_store

ACTOR = "command line"
out = Console(highlight=False, soft_wrap=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The installation's folder (default: $OUTREACH_DATA, else ~/.outreach)."),
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the answer to this file as JSON.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check every row and say what would happen; change nothing.")
]


@contextmanager
def installation(data_dir: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The settings and the open store of a data folder, closed afterwards."""
    os.umask(0o077)  # what lies in a data folder is its owner's alone
    settings = Settings.load(data_dir)
    store = open_store(settings.database_url, settings.programme, settings.keys)
    try:
        yield _at_programme(settings, store), store
    finally:
        store.close()


def _at_programme(settings: Settings, store: Store) -> Settings:
    """The settings of the programme somebody chose, or of the only one; else as they are."""
    with store.reading() as session:
        known = list(session.scalars(select(Programme)))
    if settings.programme is not None:
        known = [each for each in known if each.slug == settings.programme]
    return settings.at(known[0].folder, known[0].policy) if len(known) == 1 else settings


def now() -> datetime:
    """The moment the command runs, in UTC: the only clock the command line reads."""
    return datetime.now(UTC)


def numbered(text: str) -> int:
    """The number of a run, a tablet or a record as somebody typed it.

    Raises:
        Invalid: it is no whole number.
    """
    try:
        return int(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a number. Write it in digits, for example 12.") from None


def day(text: str, option: str) -> date:
    """The date written as YYYY-MM-DD.

    Raises:
        Invalid: it is no date; names the option.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{option} {text!r} is not a date. Write it as YYYY-MM-DD, for example 2026-11-23."
        ) from None


def columns_named(pairs: list[str]) -> dict[str, str]:
    """`time=t` and the like as a mapping from our name to the file's.

    Raises:
        Invalid: a pair without `=`.
    """
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise Invalid(
            f"--column {wrong[0]!r} is not of the form time=NAME. Write ours=theirs, like lat=latitude."
        )
    return dict(pair.split("=", 1) for pair in pairs)


def write_text(path: Path, text: str) -> None:
    """Write an answer to the file somebody named.

    Raises:
        Invalid: it cannot be written there.
    """
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}. Choose another file.") from None
