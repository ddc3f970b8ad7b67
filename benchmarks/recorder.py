"""Writes down what SQLite does to its files, in order: writes, truncations and syncs. For `benchmarks.cuts`.

A thin layer over SQLite's own file access, put in by ctypes as the default one: what is recorded is what the
database library asked of the system, not what we think it asked.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import subprocess
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

_METHODS = 19  # of sqlite3_io_methods in its third version, with the version number before them
_WRITE, _TRUNCATE, _SYNC = 3, 4, 5


class _Vfs(Structure):
    pass


# The name as an address: SQLite keeps it, so a copy of ours would not do.
_Open = CFUNCTYPE(c_int, POINTER(_Vfs), c_void_p, c_void_p, c_int, c_void_p)
_Delete = CFUNCTYPE(c_int, POINTER(_Vfs), c_void_p, c_int)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)
_Vfs._fields_ = [
    ("version", c_int),
    ("file_size", c_int),
    ("longest_path", c_int),
    ("next", c_void_p),
    ("name", c_char_p),
    ("app_data", c_void_p),
    ("open", _Open),
    ("delete", _Delete),
    ("others", c_void_p * 15),
]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to a file: `write` (with `content` at `offset`), `truncate` (to `offset`), `sync` or
    `delete`; or `told`, when somebody was promised what `note` names."""

    kind: str
    path: str = ""
    offset: int = 0
    content: bytes = b""
    note: int = 0


class Recorder:
    """Records every file of SQLite below a folder, from `install` on, for the rest of the process."""

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self._folder, self._lock = str(folder), Lock()
        self._paths: dict[int, str] = {}
        self._tables: dict[int, ctypes.Array[c_void_p]] = {}
        self._kept: list[object] = []  # C holds on to what Python must not throw away

    def install(self) -> None:
        """Raises: `OSError` where Python has SQLite built in, so that nothing can be put between."""
        library = ctypes.CDLL(_library())
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        ours = _Vfs.from_buffer_copy(library.sqlite3_vfs_find(None).contents)
        opened = _Open(cast(ours.open, c_void_p).value or 0)
        deleted = _Delete(cast(ours.delete, c_void_p).value or 0)
        ours.name = b"recorder"
        ours.delete = _Delete(lambda *given: self._deleted(deleted, *given))
        ours.open = _Open(lambda *given: self._opened(opened, *given))
        self._kept += [ours, opened, deleted]
        library.sqlite3_vfs_register(ctypes.byref(ours), 1)

    def told(self, note: int) -> None:
        """Somebody was promised that this is kept."""
        self._add(Step("told", note=note))

    def _add(self, step: Step) -> None:
        with self._lock:
            self.steps.append(step)

    def _opened(
        self, real: Callable[..., int], vfs: object, name: int | None, file: int, flags: int, out: int
    ) -> int:
        answer = real(vfs, name, file, flags, out)
        path = ctypes.string_at(name).decode() if name else ""
        if answer == 0 and path.startswith(self._folder) and not path.endswith("-shm"):
            self._paths[file] = path
            methods = ctypes.cast(file, POINTER(c_void_p))
            methods[0] = ctypes.addressof(self._table(methods[0] or 0))
        return answer

    def _deleted(self, real: Callable[..., int], vfs: object, name: int, durably: int) -> int:
        answer = real(vfs, name, durably)
        path = ctypes.string_at(name).decode()
        if answer == 0 and path.startswith(self._folder):
            self._add(Step("delete", path))
        return answer

    def _table(self, real: int) -> ctypes.Array[c_void_p]:
        if real not in self._tables:
            table = (c_void_p * _METHODS).from_buffer_copy((c_void_p * _METHODS).from_address(real))
            write, truncate, sync = (
                kind(table[place] or 0)
                for kind, place in ((_Write, _WRITE), (_Truncate, _TRUNCATE), (_Sync, _SYNC))
            )
            ours = (
                _Write(lambda *given: self._wrote(write, *given)),
                _Truncate(lambda *given: self._truncated(truncate, *given)),
                _Sync(lambda *given: self._synced(sync, *given)),
            )
            self._kept += [write, truncate, sync, *ours]
            for place, method in zip((_WRITE, _TRUNCATE, _SYNC), ours, strict=True):
                table[place] = cast(method, c_void_p).value
            self._tables[real] = table
        return self._tables[real]

    def _wrote(self, real: Callable[..., int], file: int, content: int, length: int, offset: int) -> int:
        self._add(Step("write", self._paths[file], offset, ctypes.string_at(content, length)))
        return real(file, content, length, offset)

    def _truncated(self, real: Callable[..., int], file: int, size: int) -> int:
        self._add(Step("truncate", self._paths[file], size))
        return real(file, size)

    def _synced(self, real: Callable[..., int], file: int, flags: int) -> int:
        answer = real(file, flags)
        self._add(Step("sync", self._paths[file]))
        return answer


def _library() -> str:
    """The SQLite that Python itself uses."""
    told = subprocess.run(["ldd", _sqlite3.__file__], capture_output=True, text=True, check=False).stdout
    found = [line.split("=>")[1].split()[0] for line in told.splitlines() if "libsqlite3" in line]
    if not found:
        raise OSError("Python has SQLite built in; nothing can be put between it and its files.")
    return found[0]
