"""Bodies and addresses made from the written contract, plain ones and hostile ones, for the fuzz tests."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Json = Any

NASTY: list[Json] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**40,
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\u202e",
    "💉",
    "x" * 5000,
    "' OR 1=1 --",
    "../../etc/passwd",
    "{{7*7}}",
    "2026-02-30",
    "24:60",
    "99:99",
    "NaN",
    [],
    {},
    [[[[[]]]]],
    {"__proto__": 1},
]
nasty = st.sampled_from(NASTY)
anything = st.recursive(
    nasty | st.text(max_size=20) | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def of(schema: dict[str, Any], shapes: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Values that a schema of the contract allows (near enough: most pass, some do not)."""
    if "$ref" in schema:
        return of(shapes[schema["$ref"].rsplit("/", 1)[1]], shapes)
    if "anyOf" in schema:
        return st.one_of([of(one, shapes) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    kind = schema.get("type")
    made = {"string": _text, "integer": _whole, "number": _number, "boolean": _flag, "null": _nothing}
    if kind in made:
        return made[kind](schema)
    if kind == "array":
        return st.lists(of(schema.get("items", {}), shapes), max_size=min(3, schema.get("maxItems", 3)))
    return _object(schema, shapes) if kind == "object" else anything


def spoiled(value: Json, draw: st.DrawFn) -> Json:
    """The same with something nasty somewhere in it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: spoiled(value[key], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [spoiled(value[0], draw), *value[1:]]
    return draw(nasty)


@st.composite
def bodies(draw: st.DrawFn, schema: dict[str, Any], shapes: dict[str, Any]) -> bytes:
    """What somebody might send where `schema` is asked for."""
    how = draw(st.integers(0, 9))
    if how == 0:
        return draw(st.binary(max_size=60))
    if how == 1:
        return json.dumps(draw(anything)).encode()
    value = draw(of(schema, shapes))
    return json.dumps(value if how < 6 else spoiled(value, draw)).encode()


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    examples = st.sampled_from(schema["examples"]) if "examples" in schema else st.nothing()
    if schema.get("format") == "date":
        return examples | st.dates().map(lambda day: day.isoformat())
    if "pattern" in schema:
        return examples | st.from_regex(schema["pattern"], fullmatch=True)
    low, high = schema.get("minLength", 0), min(schema.get("maxLength", 40), 40)
    return examples | st.text(min_size=min(low, high), max_size=high)


def _whole(schema: dict[str, Any]) -> st.SearchStrategy[int]:
    low, high = schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)
    return st.integers(low, high) | st.integers(low, min(high, max(low, 3)))


def _number(schema: dict[str, Any]) -> st.SearchStrategy[float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1e6))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 1e6))
    return st.floats(low, high, allow_nan=False) | st.integers(int(low), int(high))


def _flag(_: dict[str, Any]) -> st.SearchStrategy[bool]:
    return st.booleans()


def _nothing(_: dict[str, Any]) -> st.SearchStrategy[None]:
    return st.none()


def _object(schema: dict[str, Any], shapes: dict[str, Any]) -> st.SearchStrategy[Json]:
    fields = {name: of(one, shapes) for name, one in schema.get("properties", {}).items()}
    needed = set(schema.get("required", []))
    return st.fixed_dictionaries(
        {name: made for name, made in fields.items() if name in needed},
        optional={name: made for name, made in fields.items() if name not in needed},
    )
