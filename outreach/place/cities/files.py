"""Files: bytes from hands we need not trust, unpacked no further than is safe."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

from outreach.errors import Invalid

LARGEST_BYTES = 800 * 1024 * 1024
CHUNK = 1 << 20


def content(path: Path) -> bytes:
    """All of a file, gunzipped if it is packed.

    Raises:
        Invalid: it is absent, damaged or larger than 800 MB unpacked.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            return _bounded(gzip.GzipFile(fileobj=raw) if packed else raw, path.name)
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path.name} cannot be read ({error}). Copy it again.", code="unreadable") from None


def refuse_entities(text: bytes, file: str) -> None:
    """XML may declare entities that make a small file grow without end.

    Raises:
        Invalid: this one declares some.
    """
    if b"\0" in text[:4]:
        raise Invalid(f"{file} cannot be read as it is no UTF-8. Save it as UTF-8.", code="not-utf8")
    if b"<!DOCTYPE" in text[:65536].upper() or b"<!ENTITY" in text.upper():
        raise Invalid(
            f"{file} declares a document type or entities, the means of XML bombs. That is refused: save the "
            "file again from the program that made it.",
            code="xml-bomb",
        )


def _bounded(file: BinaryIO | gzip.GzipFile, name: str) -> bytes:
    found, size = [], 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise Invalid(
                f"{name} unpacks to more than {LARGEST_BYTES >> 20} MB. Choose a smaller area, or --pbf.",
                code="too-large",
            )
        found.append(chunk)
    return b"".join(found)
