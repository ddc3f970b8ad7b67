"""Compiled without reference counts: for small functions that are called often and allocate nothing."""

from __future__ import annotations

from numba import njit

# Counting references to the arrays handed on took half of the time of the search.
plain = njit(nogil=True, _nrt=False)  # type: ignore[call-overload]
