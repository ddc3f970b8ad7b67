"""Pure optimisation: a `Problem` in, a `Result` out. No SQL, HTTP or pydantic; only `limits` reads a clock.

`import solver`, `solver.problem`, `solver.plan`, `solver.check` and `solver.files` load neither numba nor
ortools; `solver.solve` loads both.
"""

from __future__ import annotations

from solver.limits import Until
from solver.plan import Plan, Result
from solver.problem import Problem, ProblemError

__all__ = ["Plan", "Problem", "ProblemError", "Result", "Until"]
