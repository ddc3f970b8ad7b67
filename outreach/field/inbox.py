"""The inbox: one writer for what tablets send. Batches that wait together are stored in one transaction.

Fifty tablets that each commit by themselves wait for fifty disk writes and for each other's locks; together
they wait for one. What a batch means is in `sync`.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from outreach.errors import OutreachError
from outreach.field import sync
from outreach.field.sync import Parcel, Receipt
from outreach.store import Store

MOST_EVENTS = 2000
"""In one transaction: more would make the first batch of it wait for the last."""
MOST_LETTERS = 4_000_000
"""Characters of one transaction's bodies."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt for each event of a batch, in the order sent, and the server's epoch."""

    receipts: list[Receipt]
    epoch: str


@dataclass(eq=False, slots=True)
class _Waiting:
    """A batch on its way; the `answer` is there once its transaction was committed."""

    parcel: Parcel
    taken: bool = False
    answer: Answer | None = None
    events: int = field(init=False)
    letters: int = field(init=False)

    def __post_init__(self) -> None:
        self.events = len(self.parcel.letters)
        self.letters = sum(len(letter.body) for letter in self.parcel.letters)


class Inbox:
    """Takes batches from any thread and stores them in one. Close it before the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Waiting] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="inbox")

    def post(self, parcel: Parcel) -> Future[Answer]:
        """Hand in a batch. The answer comes when it is committed, never before; what `sync.receive` or the
        database raises comes to this batch alone."""
        waiting = _Waiting(parcel)
        self._waiting.append(waiting)
        return self._writer.submit(self._answer, waiting)

    def close(self) -> None:
        """Store what was handed in, then stop."""
        self._writer.shutdown()

    def _answer(self, waiting: _Waiting) -> Answer:
        """Of one batch, in its turn. Whoever is first takes along those that wait behind it."""
        while not waiting.taken:
            group = self._group()
            if len(group) > 1:
                self._try(group)
        if waiting.answer is None:
            [waiting.answer] = self._store_all([waiting])
        return waiting.answer

    def _group(self) -> list[_Waiting]:
        """The batches at the head of the line that belong to one programme and fit in one transaction."""
        group: list[_Waiting] = []
        events = letters = 0
        while self._waiting:
            head = self._waiting[0]
            events, letters = events + head.events, letters + head.letters
            full = events > MOST_EVENTS or letters > MOST_LETTERS
            if group and (full or head.parcel.programme_id != group[0].parcel.programme_id):
                break
            group.append(self._waiting.popleft())
            head.taken = True
        return group

    def _try(self, group: list[_Waiting]) -> None:
        try:
            answers = self._store_all(group)
        except (SQLAlchemyError, OutreachError):
            # One of them may be at fault, or the database: each is tried alone, and told how it went.
            return
        for waiting, answer in zip(group, answers, strict=True):
            waiting.answer = answer

    def _store_all(self, group: list[_Waiting]) -> list[Answer]:
        programme_id = group[0].parcel.programme_id
        with self._store.transaction(programme_id) as session:
            receipts, epoch = sync.receive_all(session, [each.parcel for each in group])
        return [Answer(each, epoch) for each in receipts]
