"""Guessing passwords is slow here: wrong log-ins are counted by name and by address, for a few minutes."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from api.problems import ComeBack

WINDOW: Final = timedelta(minutes=5)
PER_LOGIN: Final = 8
PER_ADDRESS: Final = 40
REMEMBERED: Final = 20_000


class TooManyAttempts(ComeBack):
    """Too many wrong passwords; wait (429)."""

    status = 429
    kind = "too-many-attempts"
    seconds = int(WINDOW.total_seconds())


class Attempts:
    """Failed log-ins of the last minutes, in memory: a restart forgets them, an attacker cannot cause one."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def check(self, login: str, address: str, now: datetime) -> None:
        """Refuse before the password is looked at. Raises: `TooManyAttempts`."""
        with self._lock:
            if any(self._recent(key, now) >= most for key, most in _keys(login, address)):
                raise TooManyAttempts("Too many wrong passwords. Wait five minutes, then try again.")

    def failed(self, login: str, address: str, now: datetime) -> None:
        """Count a wrong password."""
        with self._lock:
            for key, _ in _keys(login, address):
                self._failed.setdefault(key, deque(maxlen=PER_ADDRESS)).append(now)
                self._failed.move_to_end(key)
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """The right password clears the name's count at this address; the address keeps its own."""
        with self._lock:
            self._failed.pop(_keys(login, address)[0][0], None)

    def _recent(self, key: str, now: datetime) -> int:
        times = self._failed.get(key)
        while times and now - times[0] > WINDOW:
            times.popleft()
        return len(times or ())


def _keys(login: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    # By name *and* address: a stranger elsewhere must not be able to lock a coordinator out.
    return (f"{login.strip().lower()}@{address}", PER_LOGIN), (address, PER_ADDRESS)
