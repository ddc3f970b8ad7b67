"""Cities: making the ground once, from a road graph or from nothing, as the compact files `roads` opens.

Only this package imports osmnx and networkx, which take seconds to load; nothing but the command line and
the worker imports it.
"""

from outreach.place.cities.creating import CityReport, create

__all__ = ["CityReport", "create"]
