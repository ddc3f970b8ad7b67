"""Problems, plans and certificates as bytes and files: our own round trip, and the KU Leuven format of team
orienteering.

A problem is an `.npz` archive: its arrays, and everything else as one JSON text. A plan is JSON, and so is
the certificate of a bound.
"""

from __future__ import annotations

import io
import json
import types
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from solver.certificate import Certificate, DutyPrices, RoutePrices
from solver.plan import Plan
from solver.problem import Problem, ProblemError, Shift, Site, Van, Weights, Window

T = TypeVar("T")
KINDS: Mapping[str, type[Certificate]] = {"RoutePrices": RoutePrices, "DutyPrices": DutyPrices}
ARRAYS = ("travel", "travel_band", "risk", "access_starts", "access_cells", "access_share")
HINTS: dict[type, Mapping[str, Any]] = {}


def problem_to_bytes(problem: Problem) -> bytes:
    """The problem as one archive; `problem_from_bytes` gives back one with the same fingerprint."""
    rest = {f.name: _plain(getattr(problem, f.name)) for f in fields(problem) if f.name not in ARRAYS}
    arrays: dict[str, Any] = {name: getattr(problem, name) for name in ARRAYS}
    text = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, rest=text, **arrays)
    return out.getvalue()


def problem_from_bytes(content: bytes) -> Problem:
    """Refuses, as `ProblemError`, what is not a problem written by `problem_to_bytes`."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in ARRAYS}
            rest = json.loads(archive["rest"].tobytes().decode())
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ProblemError(f"these bytes are no problem file: {error}") from None
    return _made(Problem, rest | arrays)


def plan_to_json(plan: Plan) -> str:
    """The plan as JSON, the same text for the same plan."""
    return json.dumps(_plain(plan), separators=(",", ":"))


def plan_from_json(text: str) -> Plan:
    """Refuses, as `ProblemError`, what is not a plan written by `plan_to_json`."""
    try:
        return _made(Plan, json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError(f"this text is no plan: {error!r}") from None


def certificate_to_json(certificate: Certificate) -> str:
    """The certificate as JSON, its kind first."""
    return json.dumps({"kind": type(certificate).__name__, **_fields(certificate)}, separators=(",", ":"))


def certificate_from_json(text: str) -> Certificate:
    """Refuses, as `ProblemError`, what is not a certificate written by `certificate_to_json`."""
    try:
        raw = json.loads(text)
        return _made(KINDS[raw.pop("kind")], raw)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProblemError(f"this text is no certificate of a bound: {error!r}") from None


def read_toptw(path: Path, vans: int) -> Problem:
    """A team-orienteering instance as a problem: profits, one stay a site, every van out of the first vertex.

    Times are in the instance's units times ten (Solomon) or a hundred (Cordeau, names that begin with
    "pr"), so that distances, rounded down to one or two decimals as the field does, are whole numbers.
    """
    scale = 100 if path.stem.startswith("pr") else 10
    count, rows = _toptw_rows(path)
    xy = np.array([row[1:3] for row in rows])
    distance = np.sqrt(((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2))
    units = np.floor(distance * scale + 1e-9).astype(np.int32)
    order = [*range(1, count + 1), 0]
    closes = round(rows[0][-1] * scale)
    sites = tuple(_toptw_site(row, scale) for row in rows[1:])
    van = tuple(Van(f"van {k + 1}", base=count, shifts=(Shift(0, 0, closes),)) for k in range(vans))
    return Problem(
        sites=sites,
        vans=van,
        days=1,
        travel=units[np.ix_(order, order)][None],
        travel_band=np.zeros((1, 24), np.int8),
        start_step=1,
        weights=Weights(travel_hour=0.0),
    )


def _toptw_rows(path: Path) -> tuple[int, list[list[float]]]:
    try:
        lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
        count = int(lines[0][2])
        return count, [[float(x) for x in line] for line in lines[2 : count + 3]]
    except (IndexError, ValueError) as error:
        raise ProblemError(f"{path.name} is no team-orienteering instance: {error}") from None


def _toptw_site(row: list[float], scale: int) -> Site:
    service, profit, opens, closes = round(row[3] * scale), row[4], row[-2], row[-1]
    stay = max(1, service)
    return Site(
        name=str(int(row[0])),
        windows=(Window(0, round(opens * scale), round(closes * scale) + stay),),
        dwell_options=(stay,),
        profit=profit,
    )


def _fields(value: Any) -> dict[str, object]:  # noqa: ANN401 - any of our frozen dataclasses
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, frozenset):
        return [_plain(part) for part in sorted(value)]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _made(kind: type[T], raw: Mapping[str, Any]) -> T:
    hints = _hints(kind)
    return kind(**{name: _typed(hints[name], part) for name, part in raw.items() if name in hints})


def _hints(kind: type) -> Mapping[str, Any]:
    """A problem holds thousands of windows; their fields are looked up once."""
    if kind not in HINTS:
        HINTS[kind] = get_type_hints(kind)
    return HINTS[kind]


def _typed(hint: Any, raw: Any) -> Any:  # noqa: ANN401 - the one place where JSON becomes typed values
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if raw is None else _typed(next(a for a in inner if a is not type(None)), raw)
    if origin is frozenset:
        return frozenset(_typed(inner[0], part) for part in raw)
    if origin is tuple and inner[-1] is Ellipsis:
        return tuple(_typed(inner[0], part) for part in raw)
    if origin is tuple:
        return tuple(_typed(h, part) for h, part in zip(inner, raw, strict=True))
    return _made(hint, raw) if is_dataclass(hint) and isinstance(hint, type) else raw
