"""What happens when the disk is at fault? `python -m benchmarks.troubles --json OUT`

The database is filled by tablets' batches, then meets: a disk that is full (no file may grow), a file nobody
may write, a file cut short, a file with pages overwritten, the write-ahead log of another day beside it, and
another installation's keys. Each time it must refuse in a sentence or go on whole, and what was acknowledged
must be there once the cause is gone. Planted fault that it must find: `--plant` (nobody looks a file over
before it is served).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from benchmarks.sync import EVENTS, batch, found
from outreach import audit, sealing
from outreach.accounts import Account
from outreach.errors import OutreachError
from outreach.field import sync
from outreach.field.events import Event
from outreach.field.inbox import Inbox
from outreach.store import Store, engine, open_store, programme

BATCHES = 160
"""So many that SQLite has moved some of its log into the file by half time: a log that holds the whole of
a new database is a sound database of that day, and nobody can tell."""
NAME = "outreach.db"


def main(arguments: Sequence[str] | None = None) -> int:
    """Meet every trouble; 1 when one of them was neither refused in words nor survived whole."""
    asked = _parser().parse_args(arguments)
    if asked.plant:
        setattr(engine, "refuse_damaged", lambda _: None)  # noqa: B010 — not ours to name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = _fill(folder / "sound")
        told = {trouble.__name__.strip("_"): trouble(folder, kept) for trouble in TROUBLES}
    bad = [name for name, outcome in told.items() if outcome.startswith("BAD")]
    facts = {"acknowledged": kept, "outcomes": told, "bad": bad}
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 1 if bad else 0


def _disk_full(folder: Path, kept: int) -> str:
    """In a process of its own whose files may not grow: it must say no, and go on when there is room."""
    home = _copy(folder, "full")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sentence, more = pool.apply(_send_without_room, (home,))
    return sentence if not sentence.startswith("BAD") and _count(home) == kept + more else f"BAD: {sentence}"


def _send_without_room(home: Path) -> tuple[str, int]:
    with closing(open_store(f"sqlite:///{home / NAME}")) as opened:
        largest = max(path.stat().st_size for path in home.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 200_000, resource.RLIM_INFINITY))
        more = 0
        try:
            for number in range(BATCHES, BATCHES * 20):
                more += _send(opened, 0, number)
        except DatabaseError as error:
            sentence = f"refused: {error.orig}"
        else:
            sentence = "BAD: it went on without room"
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return sentence, more + _send(opened, 1, BATCHES)


def _nobody_may_write(folder: Path, kept: int) -> str:
    """Opened as SQLite opens what it may only read."""
    home = _copy(folder, "readonly")
    url = f"sqlite:///file:{home / NAME}?mode=ro&uri=true"
    outcome = _tried(lambda: _reopened(url, writing=True))
    return outcome if _count(home) == kept else f"BAD: {outcome}"


def _cut_short(folder: Path, kept: int) -> str:
    home = _copy(folder, "short")
    with (home / NAME).open("r+b") as file:
        file.truncate((home / NAME).stat().st_size * 2 // 3)
    return _must_be_refused(home, kept)


def _pages_overwritten(folder: Path, kept: int) -> str:
    """By noise, while a write-ahead log shows that it was not closed properly."""
    home = _copy(folder, "noise", with_log=True)
    with (home / NAME).open("r+b") as file:
        for page in range(20, 60):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    return _must_be_refused(home, kept)


def _log_of_another_day(folder: Path, kept: int) -> str:
    """The log that was there before the file was written over: whole, or refused."""
    home = _copy(folder, "stale")
    log = folder / "sound-log"
    shutil.copy(log, home / f"{NAME}-wal")
    return _must_be_refused(home, kept, or_whole=True)


def _another_installations_keys(folder: Path, kept: int) -> str:
    """Words sealed with one key file are opened with another; with the right one they are there again."""
    home = _copy(folder, "keys")
    url, sealed = f"sqlite:///{home / NAME}", {}
    for name in ("ours", "theirs"):
        with closing(open_store(url, keys=home / name)) as opened, opened.reading() as session:
            sealed[name] = sealing.seal(session, "drill", "words of a drill", "kept")
    with closing(open_store(url, keys=home / "theirs")) as opened, opened.reading() as session:
        outcome = _tried(
            lambda: f"BAD: it opened {sealing.unseal(session, 'words of a drill', sealed['ours'])}"
        )
    with closing(open_store(url, keys=home / "ours")) as opened, opened.reading() as session:
        again = sealing.unseal(session, "words of a drill", sealed["ours"])
    return outcome if again == "kept" and _count(home) == kept else f"BAD: {outcome}"


TROUBLES: tuple[Callable[[Path, int], str], ...] = (
    _disk_full,
    _nobody_may_write,
    _cut_short,
    _pages_overwritten,
    _log_of_another_day,
    _another_installations_keys,
)


def _must_be_refused(home: Path, kept: int, *, or_whole: bool = False) -> str:
    outcome = _tried(lambda: _reopened(f"sqlite:///{home / NAME}", writing=False))
    if outcome.startswith("refused"):
        return outcome
    whole = or_whole and _count(home) == kept
    return f"whole: {outcome}" if whole else f"BAD: it was served: {outcome}"


def _tried(act: Callable[[], str]) -> str:
    try:
        return act()
    except OutreachError as error:
        return f"refused: {error.message}"
    except DatabaseError as error:
        return f"refused: {error.orig}"


def _reopened(url: str, *, writing: bool) -> str:
    with closing(open_store(url)) as opened:
        return str(_send(opened, 2, BATCHES)) if writing else "it opened"


def _fill(home: Path) -> int:
    """A database closed properly, and beside it the log that it had in the middle; events acknowledged."""
    with closing(open_store(f"sqlite:///{home / NAME}")) as opened:
        found(opened, 3)
        kept = sum(_send(opened, 0, number) for number in range(BATCHES // 2))
        shutil.copy(home / f"{NAME}-wal", home.parent / "sound-log")
        shutil.copytree(home, home.parent / "sound-open")
        kept += sum(_send(opened, 0, number) for number in range(BATCHES // 2, BATCHES))
    return kept


def _send(opened: Store, tablet: int, number: int) -> int:
    """One batch through the tablets' inbox; how many events have a receipt."""
    with opened.reading() as session:
        account = session.scalars(select(Account.id)).one()
        programme_id = programme(session).id
    uid = f"00000000-0000-0000-0000-{tablet + 1:012d}"
    sent = json.loads(batch(tablet, uid, number))["events"]
    parcel = sync.parcel(programme_id, account, f"bench-{tablet}", sent, datetime.now(UTC))
    inbox = Inbox(opened)
    try:
        return len(inbox.post(parcel).result().receipts)
    finally:
        inbox.close()


def _copy(folder: Path, name: str, *, with_log: bool = False) -> Path:
    return shutil.copytree(folder / ("sound-open" if with_log else "sound"), folder / name)


def _count(home: Path) -> int:
    """Events stored, or -1 when the database is not whole."""
    try:
        return _counted(home)
    except (DatabaseError, OutreachError):
        return -1


def _counted(home: Path) -> int:
    with closing(open_store(f"sqlite:///{home / NAME}")) as opened, opened.reading() as session:
        sound = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        count = session.scalar(select(func.count()).select_from(Event)) or 0
        return count if sound and audit.verify(session).whole and count % EVENTS == 0 else -1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
