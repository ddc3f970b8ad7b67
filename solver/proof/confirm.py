"""Whether a certificate proves the bound it states."""

from __future__ import annotations

from solver.certificate import Certificate, RoutePrices
from solver.problem import Problem
from solver.proof.programme import programme_bound
from solver.proof.refusal import CertificateError
from solver.proof.routes import routes_bound

SLACK = 1e-6


def confirm(problem: Problem, certificate: Certificate, bound: float) -> float:
    """The bound that the certificate's prices prove, found anew: no more than the `bound` stated. Seconds for
    a day of one team, minutes for weeks.

    Raises:
        CertificateError: the prices are not of this problem, or prove less than is stated.
    """
    if isinstance(certificate, RoutePrices):
        proven = routes_bound(problem, certificate, bound)
    else:
        proven = programme_bound(problem, certificate)
    if not proven <= bound + SLACK * max(1.0, abs(bound)):
        raise CertificateError(
            f"the bound is stated as {bound:.6f}, but the certificate's prices prove only {proven:.6f}"
        )
    return proven
