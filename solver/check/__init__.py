"""The judge: which rules a plan breaks, and what it is worth. Plain Python, no numba, no ortools, and no code
shared with the search, so a plan that passes here is right even where the search is wrong.

Each rule of the field is one function in `vans`, `stays` or `people`; `judge.RULES` is the whole list.
"""

from solver.check.broken import Broken, clock
from solver.check.judge import BETWEEN, RULES, WITHIN, Verdict, broken, check, faults
from solver.check.people import staffed
from solver.proof import CertificateError, confirm

__all__ = [
    "BETWEEN",
    "RULES",
    "WITHIN",
    "Broken",
    "CertificateError",
    "Verdict",
    "broken",
    "check",
    "clock",
    "confirm",
    "faults",
    "staffed",
]
