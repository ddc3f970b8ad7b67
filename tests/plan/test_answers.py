"""What is kept with a run beside its plan: its worth in other cities, and what would help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outreach.plan import runs
from outreach.plan.planning.answers import Answer
from outreach.plan.planning.roster import Roster
from outreach.plan.planning.uncertainty import interval
from solver.files import problem_from_bytes
from tests.town import Town


def test_a_plan_is_priced_in_the_cities_that_could_be(solved_town: Town):
    with solved_town.store.reading() as session:
        run = runs.found(session, solved_town.programme_id, 1)
        answer, roster = Answer.read(run.result or {}), Roster.of(run.roster or {})
        asked = problem_from_bytes(run.problem or b"")
        assert answer.value_low is not None
        assert answer.value_high is not None
        assert answer.value_low < answer.value_high
        assert answer.value_low < answer.value + 1.5
        same = interval(session, solved_town.programme_id, asked, roster, answer.van_days)
        assert same is not None
        np.testing.assert_allclose(same, (answer.value_low, answer.value_high))
        other = replace(roster, cells=("8a2a1072b59ffff",))
        assert interval(session, solved_town.programme_id, asked, other, answer.van_days) is None


def test_every_offer_is_a_sentence_with_its_facts(solved_town: Town):
    with solved_town.store.reading() as session:
        answer = Answer.read(runs.found(session, solved_town.programme_id, 1).result or {})
    assert answer.offers
    for offer in answer.offers:
        assert offer.gain > 0
        assert offer.facts["date"] in offer.sentence
