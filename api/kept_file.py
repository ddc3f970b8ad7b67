"""A big file that seldom changes: read and packed once, and not sent again to a browser that has it."""

from __future__ import annotations

import gzip
from pathlib import Path
from threading import Lock

from fastapi import Request, Response

EMPTY_MAP = b'{"type":"FeatureCollection","features":[]}'


class KeptFile:
    """The file at `path`, an empty GeoJSON while there is none."""

    def __init__(self, path: Path, media_type: str) -> None:
        self._path, self._media_type = path, media_type
        self._lock = Lock()
        self._kept: tuple[str, bytes, bytes] | None = None

    def answer(self, request: Request) -> Response:
        """The file with its ETag, packed where the browser can unpack; 304 when it has it."""
        tag, plain, packed = self._current()
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                packed, media_type=self._media_type, headers={**headers, "Content-Encoding": "gzip"}
            )
        return Response(plain, media_type=self._media_type, headers=headers)

    def _current(self) -> tuple[str, bytes, bytes]:
        with self._lock:
            tag = self._tag()
            if self._kept is None or self._kept[0] != tag:
                plain = self._path.read_bytes() if self._path.exists() else EMPTY_MAP
                self._kept = (tag, plain, gzip.compress(plain, 6))
            return self._kept

    def _tag(self) -> str:
        if not self._path.exists():
            return '"empty"'
        found = self._path.stat()
        return f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
