"""Compiled into whatever calls it: for small functions that are called often and allocate nothing."""

from __future__ import annotations

from numba import njit

# Handing arrays on, and counting references to them, took half of the time of every search.
plain = njit(nogil=True, _nrt=False, forceinline=True)  # type: ignore[call-overload]
