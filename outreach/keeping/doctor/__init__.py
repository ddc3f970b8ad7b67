"""The doctor: looks an installation over and has a sentence for each trouble, with what to do about it."""

from outreach.keeping.doctor.examining import examine
from outreach.keeping.doctor.finding import Finding

__all__ = ["Finding", "examine"]
