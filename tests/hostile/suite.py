"""The suite: as many hostile inputs as are asked for, each to both databases, and what came of them.

Made inputs come from hypothesis without its shrinking, so that what is counted is what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.hostile import files, requests, roads
from tests.hostile.judging import Verdict, difference
from tests.hostile.requests import OPERATIONS, Request
from tests.hostile.twins import Nursery, Twins

Drawn = TypeVar("Drawn")
SHOWN = 25
SHARES = {"contract": 0.6, "bodies": 0.14, "headers": 0.04, "addresses": 0.04, "tablets": 0.06, "files": 0.12}
"""Of the inputs asked for. The bodies, headers and addresses are what there is, evenly picked."""


@dataclass
class Counts:
    """What came of a kind of inputs. `broken`: 5xx, tracebacks, exceptions, refusals without a sentence;
    `differing`: inputs of which the databases made something else. `finds` tells the first of them."""

    inputs: int = 0
    accepted: int = 0
    broken: int = 0
    differing: int = 0
    finds: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many inputs went wrong."""
        return self.broken + self.differing

    def note(self, sent: object, first: Verdict, second: Verdict) -> None:
        """One input and the verdicts of both databases."""
        self.inputs += 1
        self.accepted += first.accepted and second.accepted
        broken = first.broken or second.broken
        if broken:
            self.broken += 1
            self.find(f"{sent}\n    broke: {broken}")
        elif first.told != second.told:
            self.differing += 1
            self.find(f"{sent}\n    differs {difference(first.told, second.told)}")

    def find(self, sentence: str) -> None:
        """Remember what went wrong, the first of it."""
        if len(self.finds) < SHOWN:
            self.finds.append(sentence)


def run(stage: Stage, folder: Path, inputs: int, chance: int) -> dict[str, Counts]:
    """Send `inputs` inputs, by kind. The same `chance` makes the same ones."""
    counts = {kind: Counts() for kind in SHARES}
    for kind, stream in _streams(inputs, chance).items():
        for sent in stream:
            counts[kind].note(sent, *_take(stage.twins(), sent, folder))
        stage.refresh()
    return counts


def _take(twins: Twins, sent: object, folder: Path) -> tuple[Verdict, Verdict]:
    if isinstance(sent, files.File):
        return files.imported(twins, sent, folder)
    assert isinstance(sent, Request)
    return twins.send(sent)


def added(parts: Iterable[Counts]) -> Counts:
    """All kinds together; what was found stays with its kind."""
    several = list(parts)
    return Counts(
        inputs=sum(one.inputs for one in several),
        accepted=sum(one.accepted for one in several),
        broken=sum(one.broken for one in several),
        differing=sum(one.differing for one in several),
    )


def read_files(folder: Path, inputs: int, chance: int) -> Counts:
    """Road networks and other files that no database sees: they are read or refused in a sentence."""
    counts = Counts()
    share = -(-inputs // len(roads.READERS))
    for noun in roads.READERS:
        for number, file in enumerate(examples(roads.other_files(noun), share, chance)):
            home = folder / f"{noun.replace(' ', '')}-{number}"
            home.mkdir()
            verdict = roads.read(file, home)
            counts.note(file, verdict, verdict)
    return counts


def examples(strategy: st.SearchStrategy[Drawn], count: int, chance: int) -> list[Drawn]:
    """So many made inputs, fewer where there are not so many different ones."""
    found: list[Drawn] = []

    @seed(chance)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(one: Drawn) -> None:
        found.append(one)

    with suppress(Unsatisfiable):  # an operation that asks for nothing cannot be asked wrongly
        if count:
            collect()
    return found[:count]


def _streams(inputs: int, chance: int) -> dict[str, Iterator[object]]:
    many = {kind: round(inputs * share) for kind, share in SHARES.items()}
    bodies, headers = list(requests.corpus()), list(requests.odd_headers())
    addresses = list(requests.odd_addresses())
    picked = sum(min(many[kind], len(there)) for kind, there in
                 (("bodies", bodies), ("headers", headers), ("addresses", addresses)))  # fmt: skip
    many["contract"] = inputs - picked - many["tablets"] - many["files"]
    return {
        "contract": _contract(many["contract"], chance),
        "bodies": _evenly(bodies, many["bodies"]),
        "headers": _evenly(headers, many["headers"]),
        "addresses": _evenly(addresses, many["addresses"]),
        "tablets": iter(examples(requests.batches(), many["tablets"], chance)),
        "files": _files(many["files"], chance),
    }


def _contract(count: int, chance: int) -> Iterator[Request]:
    """Of every operation the same number."""
    for number, (method, path) in enumerate(OPERATIONS):
        share = count * (number + 1) // len(OPERATIONS) - count * number // len(OPERATIONS)
        yield from examples(requests.requests(method, path), share, chance + number)


def _files(count: int, chance: int) -> Iterator[files.File]:
    """Half of them made, half with one cell gone wrong."""
    share = -(-(count // 2) // len(files.NOUNS))
    made = [file for noun in files.NOUNS for file in examples(files.imports(noun), share, chance)][
        : count // 2
    ]
    swept = [file for noun in files.SWEPT for file in files.sweep(noun)]
    yield from made[: count // 2]
    yield from _evenly(swept, count - min(len(made), count // 2))


def _evenly(there: Sequence[Drawn], count: int) -> Iterator[Drawn]:
    count = min(count, len(there))
    return (there[number * len(there) // count] for number in range(count))


class Stage:
    """Twins that are taken anew when what was sent has worn them out, and compared when they leave. Use as a
    context manager."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery, self._stack = nursery, ExitStack()
        self._twins: Twins | None = None
        self.rows = Counts()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def twins(self) -> Twins:
        """The pair to send to."""
        if self._twins is not None and self._twins.worn:
            self.refresh()
        if self._twins is None:
            self._twins = self._stack.enter_context(self._nursery.twins())
        return self._twins

    def refresh(self) -> None:
        """Let these twins go; what they kept must be the same, table by table."""
        if self._twins is None:
            return
        uneven = self._twins.uneven()
        self.rows.inputs += 1
        self.rows.differing += bool(uneven)
        for name, (first, second) in uneven.items():
            self.rows.find(f"table {name}: {first} rows on SQLite, {second} on PostgreSQL")
        self._stack.close()
        self._twins = None
