"""What people see while the optimizer works: best value, proven bound and gap, on one line that lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.table import Table

from outreach.cli.options import out

BETWEEN_LINES_SECONDS = 5.0


class SolveDisplay:
    """The last line of progress, as a table on a terminal and as a line every few seconds elsewhere."""

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._started = time.monotonic()
        self._last_line = 0.0

    def show(self, value: float, bound: float, gap: float) -> None:
        """Show one line of progress."""
        elapsed = time.monotonic() - self._started
        if self._live is not None:
            self._live.update(_row(elapsed, value, bound, gap))
        elif elapsed - self._last_line >= BETWEEN_LINES_SECONDS:
            self._last_line = elapsed
            out.print(f"  {elapsed:5.0f} s   value {value:8.2f}   bound {bound:8.2f}   gap {gap:6.1%}")


@contextmanager
def solving() -> Iterator[Callable[[float, float, float], None]]:
    """A callable that takes (value, bound, gap) while the block runs."""
    if not out.is_terminal:
        yield SolveDisplay(None).show
        return
    with Live(_row(0.0, 0.0, 0.0, 1.0), console=out, refresh_per_second=8) as live:
        yield SolveDisplay(live).show


def _row(elapsed: float, value: float, bound: float, gap: float) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("seconds", "best value", "proven bound", "gap"):
        table.add_column(heading, justify="right", min_width=12)
    table.add_row(f"{elapsed:.0f}", f"{value:.2f}", f"{bound:.2f}", f"{gap:.1%}")
    return table
