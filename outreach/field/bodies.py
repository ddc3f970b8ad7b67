"""Bodies: whatever a tablet sent as JSON text of plain ASCII, that both databases hold and compare alike."""

from __future__ import annotations

import json


def text_of(raw: object) -> str:
    """`raw` as JSON of plain ASCII with sorted keys: the same content gives the same text."""
    try:
        return json.dumps(raw, sort_keys=True, separators=(",", ":"), default=repr)
    except (RecursionError, TypeError, ValueError):
        return _patient_text(raw)


def _patient_text(raw: object) -> str:
    """What `text_of` gives, for what the standard writer cannot: endless nesting and endless numbers."""
    written: list[str] = []
    todo: list[object] = [raw]
    while todo:
        now = todo.pop()
        if isinstance(now, _Ready):
            written.append(now)
        elif isinstance(now, dict):
            todo.append(_Ready("}"))
            for i, key in enumerate(sorted(now, key=str, reverse=True)):
                todo += [now[key], _Ready(json.dumps(str(key)) + ":")] + [_Ready(",")] * (i < len(now) - 1)
            todo.append(_Ready("{"))
        elif isinstance(now, list | tuple):
            todo.append(_Ready("]"))
            for i, inner in enumerate(reversed(now)):
                todo += [inner] + [_Ready(",")] * (i < len(now) - 1)
            todo.append(_Ready("["))
        elif isinstance(now, int) and not isinstance(now, bool) and now.bit_length() > 4096:
            written.append(json.dumps(hex(now)))
        else:
            written.append(json.dumps(now, default=repr))
    return "".join(written)


class _Ready(str):
    """Text that is already JSON."""

    __slots__ = ()
