"""Travel: what was once reckoned is kept, and a time never depends on when or with what it was asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place.arcs import Arcs
from outreach.place.engines import Hierarchies, Scipy
from outreach.place.roads import UNREACHABLE, Network
from outreach.place.streets import Streets
from tests.place.conftest import PLAIN, at

SPOTS = [at(20, 0), at(0, 60), at(100, 30), at(0, 3000), at(40, 100)]


class Counting(Scipy):
    """An engine that counts from how many places it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def table(self, arcs: Arcs, sources, targets, limit=np.inf):  # noqa: ANN001
        """As Scipy, and counted."""
        self.asked.append(len(sources))
        return super().table(arcs, sources, targets, limit)


def counted(folder: Path) -> tuple[Network, Counting]:
    """The folder's network with a counting engine."""
    engine = Counting()
    drive = Streets.opened(folder / "drive.npz")
    return Network({}, drive, None, PLAIN, folder, engine), engine


def test_the_second_time_nothing_is_reckoned(square: Network, tmp_path: Path):
    first, engine = counted(tmp_path)
    times = first.drive_seconds(SPOTS, 2)
    again, idle = counted(tmp_path)
    assert (again.drive_seconds(SPOTS[::-1], 2) == times[::-1, ::-1]).all()
    assert engine.asked == [5]
    assert idle.asked == []


def test_a_new_place_adds_one_row_and_one_column_and_changes_nothing_else(square: Network, tmp_path: Path):
    network, engine = counted(tmp_path)
    before = network.drive_seconds(SPOTS[:4], 2)
    after = network.drive_seconds(SPOTS, 2)
    assert engine.asked == [4, 1, 1]
    assert (after[:4, :4] == before).all()
    (tmp_path / "travel-2.npz").unlink()
    assert (Network.open(tmp_path).drive_seconds(SPOTS, 2) == after).all()


def test_bands_are_kept_apart(square: Network, tmp_path: Path):
    square.drive_seconds(SPOTS, 1)
    assert (tmp_path / "travel-1.npz").exists()
    assert not (tmp_path / "travel-2.npz").exists()
    with pytest.raises(Invalid, match="no traffic band 10"):
        square.drive_seconds(SPOTS, 10)


def test_other_streets_or_factors_make_the_memory_void(square: Network, tmp_path: Path):
    slow = square.drive_seconds(SPOTS, 2)
    text = (tmp_path / "traffic.toml").read_text().replace("[1.0", "[3.0").replace(", 1.0", ", 3.0")
    (tmp_path / "traffic.toml").write_text(text)
    assert Network.open(tmp_path).drive_seconds(SPOTS, 2)[0, 1] > 2 * slow[0, 1]


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04", b"nonsense" * 100])
def test_a_spoilt_memory_costs_time_but_no_truth(square: Network, tmp_path: Path, spoilt: bytes):
    times = square.drive_seconds(SPOTS, 2)
    (tmp_path / "travel-2.npz").write_bytes(spoilt)
    assert (Network.open(tmp_path).drive_seconds(SPOTS, 2) == times).all()


def test_the_same_place_twice_is_no_drive(square: Network):
    assert square.drive_seconds([SPOTS[0], SPOTS[0]], 2).tolist() == [[0, 0], [0, 0]]


def test_an_unreachable_place_stays_so_when_others_join(square: Network):
    square.drive_seconds([SPOTS[3]], 2)
    times = square.drive_seconds(SPOTS, 2)
    assert (times[3] == UNREACHABLE).sum() == 4
    assert (times[:, 3] == UNREACHABLE).sum() == 4


def test_both_engines_agree_to_the_second(square: Network, tmp_path: Path):
    pytest.importorskip("pyroutingkit", reason="the extra [fast] is not installed")
    rng = np.random.default_rng(5)
    spots = [at(*rng.uniform(-50, 150, 2)) for _ in range(60)]
    drive = Streets.opened(tmp_path / "drive.npz")
    for band in (0, 3):
        plain = Network({}, drive, None, PLAIN, tmp_path / "nowhere", Scipy()).drive_seconds(spots, band)
        fast = Network({}, drive, None, PLAIN, tmp_path / "nowhere", Hierarchies()).drive_seconds(spots, band)
        assert (plain == fast).all()
