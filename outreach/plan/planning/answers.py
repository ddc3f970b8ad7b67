"""Answers: the optimizer's result as it is kept with a run, in the programme's own ids."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, field_validator

from outreach.plan.engine import Engine
from outreach.plan.planning.roster import Roster
from solver.files import certificate_to_json, plan_from_json, plan_to_json
from solver.plan import Conflict, Plan, Progress, Result


class Unserved(BaseModel):
    """Why a site is in no van-day."""

    site_id: int
    code: str
    sentence: str
    facts: dict[str, str | int | float] = {}


class Clash(BaseModel):
    """Inputs that cannot all hold, the smallest set of them, each with its kind."""

    sentence: str
    inputs: list[dict[str, str]]


class Offered(BaseModel):
    """What would help, and what the plan would gain at least."""

    kind: str
    sentence: str
    facts: dict[str, str | int | float] = {}
    gain: float


class Answer(BaseModel):
    """A result as a document: `plan` and `certificate` (of the bound) are the optimizer's own texts,
    everything else is by id or by name. `value_low` and `value_high` are what it is worth in the 10 % and
    90 % of possible cities. `worths` are what the plan would lose without each stop, in order.
    `expected_reach` is the score's risk-weighted reach on the risk as believed, not as explored;
    `propensities` how likely each site of the roster was to be chosen (`exploring`)."""

    plan: str
    score: dict[str, float]
    value: float
    bound: float
    gap: float
    unserved: list[Unserved]
    prices: dict[str, float]
    notes: list[str]
    reproducible: bool
    certificate: str | None = None
    worths: list[float] = []
    conflicts: list[Clash] = []
    offers: list[Offered] = []
    value_low: float | None = None
    value_high: float | None = None
    expected_reach: float | None = None
    propensities: list[float] = []
    engine: Engine | None = None

    @field_validator("bound", mode="before")
    @classmethod
    def _nothing_proven(cls, bound: float | None) -> float:
        return math.inf if bound is None else bound

    @property
    def van_days(self) -> Plan:
        """The plan in the optimizer's positions."""
        return plan_from_json(self.plan)

    @classmethod
    def of(cls, result: Result, roster: Roster) -> Answer:
        """What came of a run, with the sites that were no candidates beside those not chosen."""
        not_chosen = [
            Unserved(site_id=roster.sites[r.site], code=r.code, sentence=r.sentence, facts=dict(r.facts))
            for r in result.reasons
        ]
        left_out = [
            Unserved(site_id=left.site_id, code=left.code, sentence=left.sentence) for left in roster.left_out
        ]
        return cls(
            plan=plan_to_json(result.plan),
            score=dict(result.score),
            value=result.value,
            bound=result.bound,
            gap=result.gap,
            unserved=[*not_chosen, *left_out],
            prices=dict(result.prices),
            notes=list(roster.notes),
            reproducible=result.reproducible,
            certificate=certificate_to_json(result.certificate) if result.certificate else None,
            worths=list(result.worths),
            conflicts=[_clash(one) for one in result.conflicts],
            engine=Engine.here(),
        )

    def document(self) -> dict[str, object]:
        """As it is kept."""
        return dict(json.loads(self.model_dump_json()))

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Answer:
        """From what `document` gave."""
        return cls.model_validate(document)


def _clash(conflict: Conflict) -> Clash:
    inputs = [{"kind": one.kind, "sentence": one.sentence} for one in conflict.inputs]
    return Clash(sentence=conflict.sentence, inputs=inputs)


def trace(progress: Sequence[Progress]) -> dict[str, object]:
    """The progress of a run as it is kept and shown: the latest figures and the curve so far."""
    if not progress:
        return {"seconds": 0.0, "trace": []}
    last = progress[-1]
    limit = proven(last.bound)
    points = [{"seconds": p.seconds, "value": p.value, "bound": proven(p.bound)} for p in progress]
    return {
        "seconds": last.seconds,
        "value": last.value,
        "bound": limit,
        "gap": None if limit is None else last.gap,
        "trace": points,
    }


def proven(bound: float) -> float | None:
    """None as long as nothing is proven: documents hold no infinity."""
    return bound if math.isfinite(bound) else None
