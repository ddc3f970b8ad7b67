"""Portals: all pages of a Socrata, CKAN or ArcGIS answer, or one file from a web address, as a file.

Only https is asked (http on this machine itself), redirects included; what is fetched is bounded in bytes,
pages and seconds. Reading the file is `portal_answers`' and `incident_file`'s work.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO

from outreach.errors import Invalid
from outreach.tabular import LARGEST_FILE_BYTES, LARGEST_ROWS

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGE = {"socrata": 50_000, "ckan": 32_000, "arcgis": 2_000}
SECONDS = 60.0
CHUNK = 1 << 16


def fetch(address: str, folder: Path, *, name: str = "answer", most_bytes: int = LARGEST_FILE_BYTES) -> Path:
    """Everything behind the address as one file in `folder`.

    Raises:
        Invalid: the address is not https, cannot be reached, answers with an error, or holds too much.
    """
    _refuse_open(address)
    kind = _kind(address)
    if kind is None:
        path = folder / Path(urllib.parse.urlsplit(address).path or name).name
        path.write_bytes(_get(address, most_bytes))
        return path
    path = folder / f"{name}.json"
    records, left = list[object](), most_bytes
    system: object = None
    for raw in _pages(address, kind, left):
        left -= len(raw)
        page = _document(raw, address)
        more, system = _records(page, kind, address), page.get("spatialReference", system)
        records += more
        if left < 0 or len(records) > LARGEST_ROWS:
            raise Invalid(f"{address} holds more than can be imported at once. Ask for fewer days.")
        if not _goes_on(page, kind, len(more)):
            break
    whole = {"features": records, "spatialReference": system or {"wkid": 4326}}
    path.write_text(json.dumps(whole if kind == "arcgis" else records), encoding="utf-8")
    return path


def _pages(address: str, kind: str, most_bytes: int) -> Iterator[bytes]:
    """One answer after the other, until the caller has seen the last."""
    for start in range(0, LARGEST_ROWS + 1, PAGE[kind]):
        yield _get(_page_address(address, kind, start), most_bytes)


def _kind(address: str) -> str | None:
    path = urllib.parse.urlsplit(address).path
    if "/resource/" in path and path.endswith(".json"):
        return "socrata"
    if path.endswith("/datastore_search"):
        return "ckan"
    return "arcgis" if "Server/" in path and path.endswith("/query") else None


def _page_address(address: str, kind: str, start: int) -> str:
    """The address of the page from record `start` on; what somebody asked for in it stays."""
    parts = urllib.parse.urlsplit(address)
    asked = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    size = str(PAGE[kind])
    paging: Mapping[str, Mapping[str, str]] = {
        "socrata": {"$limit": size, "$offset": str(start)},
        "ckan": {"limit": size, "offset": str(start)},
        "arcgis": {"f": "json", "outSR": "4326", "resultOffset": str(start), "resultRecordCount": size},
    }
    usual: Mapping[str, Mapping[str, str]] = {
        "socrata": {"$order": ":id"},
        "ckan": {"sort": "_id"},
        "arcgis": {"where": "1=1", "outFields": "*", "returnGeometry": "true"},
    }
    query = urllib.parse.urlencode({**usual[kind], **asked, **paging[kind]})
    return urllib.parse.urlunsplit(parts._replace(query=query))


def _document(raw: bytes, address: str) -> Mapping[str, object]:
    try:
        page = json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid(f"{address} answers with no JSON. Look at the address.", code="not-json") from None
    return page if isinstance(page, dict) else {"records": page}


def _records(page: Mapping[str, object], kind: str, address: str) -> list[object]:
    result = page.get("result")
    found = {
        "socrata": page.get("records"),
        "ckan": result.get("records") if isinstance(result, dict) else None,
        "arcgis": page.get("features"),
    }[kind]
    if not isinstance(found, list):
        said = json.dumps(page.get("error", page.get("message", "")))[:200]
        raise Invalid(f"{address} answers with no records: {said}. Look at the address.", code="portal-error")
    return found


def _goes_on(page: Mapping[str, object], kind: str, count: int) -> bool:
    if kind == "arcgis":
        return bool(page.get("exceededTransferLimit")) and count > 0
    return count == PAGE[kind]


def _get(address: str, most_bytes: int) -> bytes:
    asked = urllib.request.Request(address, headers={"User-Agent": "outreach", "Accept": "*/*"})
    try:
        with _OPENER.open(asked, timeout=SECONDS) as answer:
            content = bytearray()
            while chunk := answer.read(CHUNK):
                content += chunk
                if len(content) > most_bytes:
                    raise Invalid(
                        f"{address} sends more than {most_bytes:,} bytes. Ask for fewer days.",
                        code="too-large",
                    )
            return bytes(content)
    except urllib.error.HTTPError as error:
        said = error.read(300).decode("utf-8", "replace").strip().replace("\n", " ")
        raise Invalid(f"{address} answers {error.code}: {said[:200]}", code="portal-error") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Invalid(
            f"{address} cannot be fetched: {_reason(error)}. Look at the address and the network, or try "
            "again later.",
            code="no-answer",
        ) from None


def _reason(error: Exception) -> str:
    """What went wrong, in the words of the system rather than of a library."""
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause).rstrip(".")


def _refuse_open(address: str) -> None:
    """Raises: `Invalid` for what anybody on the way could read or change."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Invalid(f"{address} is not https. Incidents are fetched over https only.", code="not-https")


class _Careful(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https alone."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _refuse_open(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Careful)
