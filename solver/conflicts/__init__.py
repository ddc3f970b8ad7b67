"""Conflicts: the smallest set of inputs that cannot all hold, for promised sessions that nobody can keep.

Each promise is asked to be kept with the vans, hosts, windows, people and hours there are, by CP-SAT with an
assumption for each input. What it needs to refute them is cut down, one after another, until every input left
matters: with any one of them gone the others hold together. What is left out (bands of traffic, the way
between crews) makes keeping easier, so a conflict is never claimed where there is none.
"""

from solver.conflicts.clashing import conflicts

__all__ = ["conflicts"]
