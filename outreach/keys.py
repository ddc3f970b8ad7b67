"""The key ring: secret keys in a file of their own, never in the database nor in its backups.

Whoever has the database without this file reads neither second factors nor sealed words, and can test no
participant's code. Destroying a key here makes what it sealed unreadable everywhere, in every old backup too.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from outreach.errors import OutreachError, Refused

KEY_BYTES: Final = 32
BUSY_SECONDS: Final = 30
TABLE: Final = "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, key BLOB, destroyed_at TEXT)"


class KeyRing:
    """The keys of an installation by name. The file is made at the first key, for its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, name: str) -> bytes | None:
        """The key, None where there is none or it was destroyed."""
        if not self.path.exists():
            return None
        with self._opened() as ring:
            found = ring.execute("SELECT key FROM keys WHERE name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def make(self, name: str) -> bytes:
        """The key, made now if there is none yet. Raises: `Refused` for one that was destroyed."""
        self._create()
        with self._opened() as ring:
            ring.execute(
                "INSERT OR IGNORE INTO keys (name, key) VALUES (?, ?)", (name, secrets.token_bytes(KEY_BYTES))
            )
            key = ring.execute("SELECT key FROM keys WHERE name = ?", (name,)).fetchone()[0]
        if key is None:
            raise Refused(f"The key {name} was destroyed; nothing can be sealed with it.", code="key-gone")
        return bytes(key)

    def destroy(self, name: str, now: datetime) -> bool:
        """Overwrite a key for good; False where there was none."""
        if self.find(name) is None:
            return False
        with self._opened() as ring:
            ring.execute(
                "UPDATE keys SET key = NULL, destroyed_at = ? WHERE name = ?", (now.isoformat(), name)
            )
        return True

    def names(self, prefix: str = "") -> list[str]:
        """The names of the keys there are, destroyed ones left out."""
        if not self.path.exists():
            return []
        with self._opened() as ring:
            found = ring.execute("SELECT name FROM keys WHERE key IS NOT NULL ORDER BY name").fetchall()
        return [name for (name,) in found if name.startswith(prefix)]

    def _create(self) -> None:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as ring:
                ring.isolation_level = "IMMEDIATE"
                # Some builds of SQLite only forget where a key was. No VACUUM beside it: it would copy every
                # key that lives to a temporary file, on whatever disk those lie.
                ring.execute("PRAGMA secure_delete = ON")
                ring.execute("PRAGMA synchronous = FULL")
                ring.execute(TABLE)
                with ring:
                    yield ring
        except sqlite3.Error as error:
            raise OutreachError(
                f"The key file {self.path.name} cannot be used: {error}. Look at its rights and its disk; "
                "restore it from where you keep keys, never from a database backup.",
                code="key-file",
            ) from None
