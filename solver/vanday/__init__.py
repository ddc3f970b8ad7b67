"""One van on one day, priced exactly: the best van-days for given prizes of stays, and a bound on all of
them.

Service starts lie on a grid, so a day is a finite graph. `completion` walks it backwards without memory of
the sites visited: what can still be won from each state, never less than the truth. `forward` walks it
forwards, best first, with full memory, exact meal break and exact length of duty: the first day it completes
is the best one there is, the next the second best; what is left on its heap bounds all others.
"""

from solver.vanday.best import best_days
from solver.vanday.lattice import NEVER, Floats, Ints, Lattice, Route
from solver.vanday.roads import leave_for

__all__ = ["NEVER", "Floats", "Ints", "Lattice", "Route", "best_days", "leave_for"]
