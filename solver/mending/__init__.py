"""Mending a day: what has begun stands, what was told is put back where it still can be, the rest finds
another van, another time, or is lost. Each step is judged by `solver.check` before it is taken.
"""

from solver.mending.mender import Mender

__all__ = ["Mender"]
