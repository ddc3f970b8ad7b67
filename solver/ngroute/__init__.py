"""A proven bound for team orienteering: column generation over ng-routes, with cuts of three sites.

An ng-route may come back to a site once it has forgotten it; it forgets a site at the first stop that does
not remember it. Every real route is an ng-route, so the best ng-route at given prices bounds the best route,
and m of them with the prices bound any plan. Where the prices are the best there are, the stops of cycles
learn to remember, and cuts are added.
"""

from solver.ngroute.bound import NgBound

__all__ = ["NgBound"]
