"""Simulated annealing over the stops of all van-days at once, compiled.

A move takes a stop out, puts one in, changes one or exchanges two (`moves`); the van-day is timed anew around
it (`timing`), and the change in value is exact (`gains`): reach by cell, capped goods, travel. Crews, their
hours and the shifts stay as they are. Every choice comes from one counter-based generator, so the same seed
gives the same plan (`cooling`).
"""

from solver.anneal.cooling import anneal
from solver.anneal.state import MOST, Scratch, State

__all__ = ["MOST", "Scratch", "State", "anneal"]
