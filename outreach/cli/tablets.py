"""`outreach tablets`: a tablet's file when it could not reach the office, and the records held for a look."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from outreach import accounts
from outreach.cli.options import ACTOR, DataDir, installation, now, numbered, out
from outreach.errors import Invalid, Missing
from outreach.field import events, sync
from outreach.store import programme

FORMAT = "outreach-tablet-1"
LARGEST_BYTES = 50 * 1024 * 1024

tablets = typer.Typer(help="Tablets' files and held records.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(tablets, name="tablets")


@tablets.callback()
def _only_subcommands() -> None:
    """Tablets' files and held records."""


@dataclass(frozen=True, slots=True)
class Export:
    """What a tablet wrote: its name and every event it holds."""

    device: str
    events: tuple[object, ...]

    @classmethod
    def read(cls, file: Path) -> Export:
        """Raises: `Invalid` for a file that no tablet wrote."""
        try:
            if file.stat().st_size > LARGEST_BYTES:
                raise Invalid(
                    f"{file.name} is larger than any tablet's file. Choose the file the tablet saved."
                )
            told = json.loads(file.read_text("utf-8"))
        except OSError as error:
            raise Invalid(f"{file} cannot be read: {error.strerror}.") from None
        except (ValueError, RecursionError):
            raise Invalid(f"{file.name} is not what a tablet saves. Save it on the tablet again.") from None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise Invalid(f"{file.name} is not what a tablet saves. Choose the file with “{FORMAT}” in it.")
        if not isinstance(told.get("device"), str) or not isinstance(told.get("events"), list):
            raise Invalid(f"{file.name} is damaged: it names no tablet or no records. Save it again.")
        return cls(told["device"][:64], tuple(told["events"]))

    def batches(self) -> Iterator[Sequence[object]]:
        """The events in the portions a tablet would send."""
        for first in range(0, len(self.events), sync.MOST_EVENTS):
            yield self.events[first : first + sync.MOST_EVENTS]


@tablets.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The file saved on the tablet.")],
    login: Annotated[str, typer.Option(help="The log-in of the crew member who used the tablet.")],
    data_dir: DataDir = None,
) -> None:
    """Take a tablet's file as if the tablet had sent it: nothing counts twice, nothing is dropped."""
    export = Export.read(file)
    became: Counter[str] = Counter()
    with installation(data_dir) as (_, store):
        for batch in export.batches():
            with store.transaction() as session:
                ours = programme(session).id
                account = _account(session, ours, login)
                receipts = sync.receive(session, ours, account, export.device, batch, now())
                became.update(receipt.state for receipt in receipts)
    out.print(
        f"{file.name}: {len(export.events)} records; {became['stored']} stored, "
        f"{became['already']} known already, {became['held']} held for a coordinator."
    )


@tablets.command("held")
def held(data_dir: DataDir = None) -> None:
    """List the records that could not be counted as they came, each with the reason; none is ever dropped."""
    with installation(data_dir) as (_, store), store.reading() as session:
        waiting = events.held(session, programme(session).id)
        for event in waiting:
            out.print(f"{event.sequence:>7}  {event.received_at:%Y-%m-%d %H:%M} UTC  {event.held_reason}")
    out.print(f"{len(waiting)} held. Once the cause is mended: outreach tablets accept NUMBER")


@tablets.command("accept")
def accept(
    number: Annotated[
        int, typer.Argument(parser=numbered, help="The record's number, as `outreach tablets held` lists it.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Judge a held record again, now that its plan is published or its cause is mended, and count it."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        event = sync.reconsider(session, programme(session).id, number, ACTOR, now())
    out.print(f"Record {event.sequence} is counted.")


def _account(session: Session, programme_id: int, login: str) -> int:
    known = {account.login: account.id for account in accounts.listed(session, programme_id)}
    if login not in known:
        raise Missing(f"There is no log-in {login!r}. Known are: {', '.join(sorted(known)) or 'none'}.")
    return known[login]
