"""Does a backup come back whole, and how soon? `python -m benchmarks.restores --json OUT [--rows 1000000]`

A programme with as many rows is backed up and restored into an empty folder. Counts, hashes and the head of
the audit's chain of what came back are compared with what went in. Planted faults that it must refuse:
`--plant changed` (one figure of one row of the archive), `--plant lost` (one row less).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.sync import NOON, event_id, found
from outreach import audit
from outreach.accounts import Account
from outreach.errors import OutreachError
from outreach.field.events import Event
from outreach.field.visits import Tally, Visit
from outreach.keeping import Manifest, backup, restore
from outreach.plan.stock import StockEntry
from outreach.store import Store, open_store, programme

TABLETS = 50
ACTS_AT_ONCE = 1000
SHARES = {"events": 0.35, "tallies": 0.35, "stock_entries": 0.25, "audit_entries": 0.05}
"""What a programme's rows are: each tap of a tablet leaves one of the first three."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill, back up, restore, compare; 1 when anything is not equal, or a planted fault came through."""
    asked = _parser().parse_args(arguments)
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "city").mkdir()
        (folder / "city" / "city.toml").write_text('name = "Benchmark"')
        with closing(open_store(f"sqlite:///{folder / 'first' / 'outreach.db'}")) as store:
            with _timed(seconds, "filling"):
                _fill(store, asked.rows)
            with _timed(seconds, "backup"):
                manifest = backup(store, folder / "city", folder / "backup.zip", datetime.now(UTC))
        if asked.plant:
            _spoil(folder / "backup.zip", asked.plant)
        url = asked.database or f"sqlite:///{folder / 'second' / 'outreach.db'}"
        with _timed(seconds, "restore"), closing(open_store(url)) as store:
            outcome = _restored(store, folder, manifest)
    facts = {"rows": manifest.rows, "seconds": seconds, "outcome": outcome, "planted": asked.plant}
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 0 if outcome == "equal" else 1


def _restored(store: Store, folder: Path, manifest: Manifest) -> str:
    try:
        restore(store, folder / "again", folder / "backup.zip")
    except OutreachError as error:
        return f"refused: {error.message}"
    with store.reading() as session:
        verdict = audit.verify(session)
        counts = {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind))
            for kind in (Event, Tally, StockEntry, audit.Entry)
        }
    told = {name: manifest.tables[name].rows for name in counts}
    same = counts == told and verdict.whole
    return "equal" if same and verdict.head == manifest.audit_head else "not equal"


def _fill(store: Store, rows: int) -> None:
    """As many rows as tablets would have left, in their proportions."""
    uids = found(store, TABLETS)
    many = {name: int(rows * share) for name, share in SHARES.items()}
    with store.transaction() as session:
        programme_id = programme(session).id
        account = session.scalars(select(Account.id)).first()
        visits = _visits(programme_id, uids)
        session.add_all(visits)
        session.flush()
        connection = session.connection()
        for first in range(0, many["events"], 10_000):
            numbers = range(first, min(first + 10_000, many["events"]))
            connection.execute(insert(Event), [_event(programme_id, account, uids, n) for n in numbers])
            connection.execute(insert(Tally), [_tally(programme_id, visits, n) for n in numbers])
        for first in range(0, many["stock_entries"], 10_000):
            numbers = range(first, min(first + 10_000, many["stock_entries"]))
            connection.execute(insert(StockEntry), [_move(programme_id, n) for n in numbers])
        for _ in range(0, many["audit_entries"], ACTS_AT_ONCE):
            act = audit.Act("crew", "visits.logged", "bench-1", {"stored": 50, "stops": uids[:2]}, NOON)
            audit.record_all(session, programme_id, [act] * ACTS_AT_ONCE)


def _visits(programme_id: int, uids: list[str]) -> list[Visit]:
    return [
        Visit(programme_id=programme_id, stop_uid=uid, site_id=1, van_id=1, date=NOON.date(), outcome="noted")
        for uid in uids
    ]


def _event(programme_id: int, account: int | None, uids: list[str], number: int) -> dict[str, object]:
    uid, stop = event_id(number % TABLETS, number // TABLETS), uids[number % TABLETS]
    body = {"id": uid, "kind": "tally", "subject": stop, "payload": {"item": "contacts", "quantity": 1}}
    return {
        "programme_id": programme_id, "uid": uid, "digest": f"{number:064x}", "sequence": number + 1,
        "device": f"bench-{number % TABLETS}", "account_id": account, "kind": "tally", "subject": stop,
        "occurred_at": NOON + timedelta(seconds=number), "received_at": NOON, "state": "stored",
        "body": json.dumps(body),
    }  # fmt: skip


def _tally(programme_id: int, visits: list[Visit], number: int) -> dict[str, object]:
    return {
        "programme_id": programme_id, "visit_id": visits[number % TABLETS].id, "counter": "contacts",
        "event_uid": event_id(number % TABLETS, number // TABLETS), "quantity": 1, "voided": False,
    }  # fmt: skip


def _move(programme_id: int, number: int) -> dict[str, object]:
    return {
        "programme_id": programme_id, "van_id": 1, "supply": "naloxone_kits", "delta": -1,
        "reason": "naloxone_kits", "event_id": event_id(number % TABLETS, number // TABLETS), "at": NOON,
    }  # fmt: skip


def _spoil(path: Path, plant: str) -> None:
    """Write the archive anew with one row of the tallies changed or left out."""
    spoiled = path.with_name("spoiled.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoiled, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "tables/tallies.jsonl":
                first, rest = content.split(b"\n", 1)
                changed = first.replace(b'"quantity":1', b'"quantity":2') + b"\n" + rest
                content = changed if plant == "changed" else rest
            new.writestr(name, content)
    spoiled.replace(path)


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    began, used = time.perf_counter(), time.process_time()
    yield
    seconds[what] = round(time.perf_counter() - began, 1)
    seconds[f"{what}, processor"] = round(time.process_time() - used, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database to restore into; by default a SQLite file")
    parser.add_argument("--plant", choices=["changed", "lost"])
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
