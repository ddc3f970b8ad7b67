"""A process that stores batches until it is killed, naming the events that have a receipt (`test_killed`)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from outreach.field import sync
from outreach.store import open_store, programme
from tests.shift import tally, uid


def main(url: str, account_id: int, first: int) -> None:
    """Store ten events at a time under growing ids and print the ids once they are committed."""
    store = open_store(url)
    number = first
    while True:
        batch = [tally(number + step, uid(1 + step % 3), "naloxone_kits", 1) for step in range(10)]
        with store.transaction() as session:
            now = datetime.now(UTC)
            receipts = sync.receive(session, programme(session).id, account_id, "tablet-1", batch, now)
        print(*(receipt.id for receipt in receipts), flush=True)
        number += 10


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
