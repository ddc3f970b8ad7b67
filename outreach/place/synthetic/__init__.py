"""The synthetic city: a demonstration ground grown from a seed. Everything it makes says SYNTHETIC."""

from outreach.place.synthetic.candidates import demo_sites
from outreach.place.synthetic.land import demo_areas, features
from outreach.place.synthetic.streets import Grown, grown

__all__ = ["Grown", "demo_areas", "demo_sites", "features", "grown"]
