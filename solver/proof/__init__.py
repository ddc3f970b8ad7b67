"""The judge of bounds: prices a certificate again in plain Python, sharing no code with the engine."""

from solver.proof.confirm import confirm
from solver.proof.refusal import CertificateError

__all__ = ["CertificateError", "confirm"]
