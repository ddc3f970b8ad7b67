"""Crews: who goes on which van-day, by CP-SAT.

One worker and deterministic time, so the same problem has the same roster on every run.
"""

from solver.roster.duty import Duty
from solver.roster.envelope import envelope
from solver.roster.parts import assign

__all__ = ["Duty", "assign", "envelope"]
