"""The best fractional use of the routes known, and its prices: a linear programme that grows by routes and
cuts.

What the solver answers is read at once and only when it says "optimal"; a basis that went wrong is built
anew, and no bound ever comes from here (`ngroute` proves one at any prices).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from solver.cuts import Cut, Route

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Use:
    """A solved master: prices of visits and of cuts, the worth that a route must exceed to help, the whole
    worth, and how much each route is used."""

    visits: Floats
    tolls: Floats
    van: float
    worth: float
    used: Floats


class Master:
    """Routes and cuts so far: each site once, each van once, each cut once."""

    def __init__(self, profit: Floats, vans: int) -> None:
        self.profit, self.vans = profit, vans
        self.routes: list[Route] = []
        self.cuts: list[Cut] = []
        self._known: set[Route] = set()
        self._build()

    def add(self, route: Route) -> bool:
        """Take a route, unless it is there."""
        if route in self._known:
            return False
        self._known.add(route)
        self.routes.append(route)
        self._column(route)
        return True

    def forget(self, wanted: list[bool]) -> None:
        """Keep only the routes wanted."""
        self.routes = [route for route, keep in zip(self.routes, wanted, strict=True) if keep]
        self._known = set(self.routes)
        self._build()

    def set_cuts(self, cuts: list[Cut]) -> None:
        """Hold these cuts and no others."""
        self.cuts = cuts
        self._build()

    def solve(self) -> Use | None:
        """The best use, or None where none is found to optimality."""
        if self._lp.Solve() != pywraplp.Solver.OPTIMAL:
            self._build()
            if self._lp.Solve() != pywraplp.Solver.OPTIMAL:
                return None
        visits = np.array([max(0.0, row.dual_value()) for row in self._visits])
        tolls = np.array([max(0.0, row.dual_value()) for row in self._tolls])
        used = np.array([column.solution_value() for column in self._columns])
        van, worth = max(0.0, self._van.dual_value()), self._lp.Objective().Value()
        return Use(visits, tolls, van, worth, used)

    def _build(self) -> None:
        self._lp = pywraplp.Solver.CreateSolver("GLOP")
        never = self._lp.infinity()
        self._visits = [self._lp.Constraint(-never, 1.0) for _ in self.profit]
        self._van = self._lp.Constraint(-never, float(self.vans))
        self._tolls = [self._lp.Constraint(-never, 1.0) for _ in self.cuts]
        self._columns: list[pywraplp.Variable] = []
        self._lp.Objective().SetMaximization()
        for route in self.routes:
            self._column(route)

    def _column(self, route: Route) -> None:
        column = self._lp.NumVar(0.0, self._lp.infinity(), "")
        self._columns.append(column)
        self._lp.Objective().SetCoefficient(column, float(self.profit[list(route)].sum()))
        self._van.SetCoefficient(column, 1.0)
        for site, times in Counter(route).items():
            self._visits[site].SetCoefficient(column, float(times))
        for cut, row in zip(self.cuts, self._tolls, strict=True):
            owed = cut.owed(route)
            if owed:
                row.SetCoefficient(column, float(owed))
