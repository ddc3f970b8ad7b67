"""Team orienteering: every stay wins a fixed prize, once, and has one length and one window.

Annealing by millions of small moves, and the best packing of the routes it met. The application's problems,
where a stay's worth depends on all others, are annealed by another room (`anneal`).
"""

from __future__ import annotations

from solver.orienteer.search import Orienteer, is_orienteering

__all__ = ["Orienteer", "is_orienteering"]
