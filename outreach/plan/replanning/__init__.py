"""Replanning: something happened on the day. From what people were told, what has begun by the clock and the
trouble to a draft that changes as little as can be; nobody sees it until it is published.
"""

from outreach.plan.replanning.repairing import MOST_CHANGES, Happened, Replanned, replan
from outreach.plan.troubles import Kind

__all__ = ["MOST_CHANGES", "Happened", "Kind", "Replanned", "replan"]
