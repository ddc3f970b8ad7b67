"""Schedules: versions of the plan as people work by it. A published version never changes.

What is kept is in `versions`. Here, `drafting` turns a run into a draft, `judging` has the independent judge
look at it, `meanwhile` compares it with what was entered since, `borders` with its neighbours, `publishing`
makes it the schedule, `editing` and `moving` change a stop on the one open draft, `trying` says what a
change would do, `valuing` what the changed schedule is worth and reaches, `keeping` whether people due back
can come, `marks` whether somebody else changed it meanwhile, `showing` tells it all to a board.
"""

from outreach.plan.schedules.drafting import draft, of_run
from outreach.plan.schedules.editing import Bridge, cancel_stop, shorten_stop
from outreach.plan.schedules.judging import judge, proven
from outreach.plan.schedules.keeping import Kept, counted, kept_due
from outreach.plan.schedules.marks import mark, refuse_changed
from outreach.plan.schedules.moving import move_stop
from outreach.plan.schedules.publishing import publish, undo
from outreach.plan.schedules.showing import plan_json
from outreach.plan.schedules.trying import Edit, Tried, tried, tried_on_schedule
from outreach.plan.schedules.valuing import reach_of, told_terms
from outreach.plan.versions import (
    PlannedStop,
    ShiftPlan,
    Version,
    current,
    found,
    in_force,
    latest,
    newest,
    note_of,
    open_draft,
)

__all__ = [
    "Bridge",
    "Edit",
    "Kept",
    "PlannedStop",
    "ShiftPlan",
    "Tried",
    "Version",
    "cancel_stop",
    "counted",
    "current",
    "draft",
    "found",
    "in_force",
    "judge",
    "kept_due",
    "latest",
    "mark",
    "move_stop",
    "newest",
    "note_of",
    "of_run",
    "open_draft",
    "plan_json",
    "proven",
    "publish",
    "reach_of",
    "refuse_changed",
    "shorten_stop",
    "told_terms",
    "tried",
    "tried_on_schedule",
    "undo",
]
