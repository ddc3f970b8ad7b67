"""Compiled into whatever calls it: for small functions that are called often and allocate nothing."""

from __future__ import annotations

from numba import njit

# Handing arrays on, and counting references to them, took half of the time of every search. Nobody calls
# these from Python or C: compiling the doors for that took a quarter of a new installation's first minute.
plain = njit(  # type: ignore[call-overload]
    nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
