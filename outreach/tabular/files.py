"""Files: from bytes on a disk to lines of cells, refusing what is no table."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path

from outreach.errors import Invalid

LARGEST_FILE_BYTES = 200 * 1024 * 1024
LONGEST_CELL = 10_000
SEPARATORS = ",;\t|"
END = "\0"  # no text read here holds one: a line of its own, unless a quotation mark is still open


def text_of(path: Path) -> str:
    """The file as text, whatever spreadsheet wrote it; a .gz is unpacked. Raises: `Invalid`."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise Invalid(f"{path.name} has {size:,} bytes. Split it into smaller files.", code="too-large")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", code="no-file") from None
    return _text(_unpacked(raw, path.name) if raw[:2] == b"\x1f\x8b" else raw, path.name)


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as packed:
            content = packed.read(LARGEST_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Invalid(f"{file} is a damaged .gz file. Pack it again.", code="not-text") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise Invalid(
            f"{file} unpacks to more than {LARGEST_FILE_BYTES:,} bytes. Split it.", code="too-large"
        )
    return content


def _text(raw: bytes, file: str) -> str:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in raw:
        raise Invalid(f"{file} contains NUL bytes: it is no text. Save it as CSV (UTF-8).", code="not-text")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        # Old spreadsheet exports are Windows-1252; anything else fails below on its control characters.
        text = raw.decode("cp1252", errors="replace")
    if "\ufffd" in text or "\0" in text:
        raise Invalid(f"{file} is not readable as text. Save it as CSV (UTF-8).", code="not-text")
    return text


def lines_of(text: str, file: str) -> Iterator[list[str]]:
    """The cells of each line; the separator is the one the first line uses most. Raises: `Invalid`."""
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    closed = itertools.chain(io.StringIO(text, newline=""), (END,))
    reader = csv.reader(closed, delimiter=separator, strict=False)
    begun = 1
    try:
        for line in reader:
            if line == [END]:
                return
            if line and line[-1].endswith(END):
                raise Invalid(
                    f"{file}, line {begun}: a quotation mark is opened and never closed. "
                    "Close it, or take it away.",
                    code="bad-file",
                )
            begun = reader.line_num + 1
            if any(len(cell) > LONGEST_CELL for cell in line):
                raise Invalid(
                    f"{file}, line {reader.line_num}: a cell is longer than {LONGEST_CELL:,} characters. "
                    "Look for a quotation mark that is never closed.",
                    code="bad-file",
                )
            yield line
    except csv.Error as error:
        raise Invalid(
            f"{file}, line {reader.line_num}: {error}. Save it as CSV again.", code="bad-file"
        ) from None
