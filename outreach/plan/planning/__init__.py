"""Planning: from what the programme keeps to the frozen problem the optimizer is asked, and its answer back.

`problem` freezes everything a plan depends on; `prechecks` says in plain sentences what would make it
pointless to ask; `answers` keeps the optimizer's result in our own ids.
"""

from outreach.plan.planning.asking import problem
from outreach.plan.planning.roster import LeftOut, Roster

__all__ = ["LeftOut", "Roster", "problem"]
