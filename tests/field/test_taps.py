"""Reading what a tablet sent: a tap, or a fault with the whole body. Never an exception."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.field import bodies, taps
from tests.shift import tally, tap, uid

HUGE = 10**400
STRANGE: dict[str, object] = {
    "nothing": None,
    "a number": 5,
    "a list": [1, [2]],
    "no id": {"kind": "tally"},
    "an id of NULs": {"id": "\0" * 36},
    "an id of lone surrogates": {"id": "\ud800" * 36},
    "an unknown kind": tap(50, "stop.danced", uid(1)),
    "a kind of NULs": tap(51, "\0", uid(1)),
    "a kind that is no text": {**tap(52, "void", uid(1)), "kind": [{}]},
    "an unknown counter": tally(53, uid(1), "bitcoins", 1),
    "a counter of NULs": tally(54, uid(1), "\0", 1),
    "nobody": tally(55, uid(1), "contacts", 0),
    "fewer than nobody": tally(56, uid(1), "contacts", -3),
    "a huge count": tally(57, uid(1), "contacts", HUGE),
    "a count of a third": {
        **tally(58, uid(1), "contacts", 1),
        "payload": {"item": "contacts", "quantity": 0.3},
    },
    "a count of yes": {**tally(59, uid(1), "contacts", 1), "payload": {"item": "contacts", "quantity": True}},
    "no time": {**tally(60, uid(1), "contacts", 1), "occurred_at": None},
    "a time without a zone": {**tally(61, uid(1), "contacts", 1), "occurred_at": "2026-11-23T10:00:00"},
    "a time before the calendar": {
        **tally(62, uid(1), "contacts", 1),
        "occurred_at": "0001-01-01T00:00+14:00",
    },
    "a payload that is a list": {**tally(63, uid(1), "contacts", 1), "payload": []},
    "a subject with a lone surrogate": tally(64, "\udfff", "contacts", 1),
    "a subject without end": tally(65, "x" * 100_000, "contacts", 1),
    "a void of nothing": tap(66, "void", uid(1)),
    "a void of a sentence": tap(67, "void", uid(1), replaces="the last one"),
    "a skip without a reason": tap(68, "stop.skipped", uid(1)),
    "a skip with half a letter": tap(69, "stop.skipped", uid(1), {"reason": "\ud83d"}),
    "an overdose that maybe": tap(
        70, "overdose.response", uid(1), {"naloxone_doses": 1, "survived": "maybe"}
    ),
    "infinite doses": tap(71, "overdose.response", uid(1), {"naloxone_doses": float("inf")}),
    "a version beyond counting": tap(72, "schedule.seen", None, {"version": HUGE}),
}


FAULTS = {
    "nothing": "not-understood",
    "no id": "bad-id",
    "an unknown kind": "unknown-kind",
    "a huge count": "bad-payload",
    "a time without a zone": "bad-time",
    "a subject with a lone surrogate": "bad-subject",
    "a void of nothing": "bad-subject",
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_what_is_no_tap_comes_back_with_a_fault_and_its_whole_body(strange: object):
    letter = taps.read(strange)
    assert letter.tap is None
    assert letter.fault in taps.FAULTS
    assert letter.body == json.dumps(strange, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(("name", "fault"), FAULTS.items())
def test_the_fault_says_what_is_wrong(name: str, fault: str):
    assert taps.read(STRANGE[name]).fault == fault


def test_a_tally_says_what_was_counted():
    letter = taps.read(tally(1, uid(1).upper(), "syringes_in", 25))
    assert letter.tap == taps.Tap(
        "tally", uid(1), None, datetime(2026, 11, 23, 14, 0, tzinfo=UTC), (("syringes_in", 25),)
    )


def test_an_overdose_response_counts_itself_and_the_doses_used():
    letter = taps.read(tap(1, "overdose.response", uid(1), {"naloxone_doses": 2, "survived": None}))
    assert letter.tap is not None
    assert letter.tap.amounts == (("overdose_responses", 1), ("naloxone_doses", 2))


def test_the_order_of_keys_makes_no_other_content():
    sent = tally(1, uid(1), "contacts", 1)
    assert taps.read(sent).digest == taps.read(dict(reversed(sent.items()))).digest
    assert taps.read(sent).digest != taps.read(tally(1, uid(1), "contacts", 2)).digest


def test_the_receipt_answers_to_the_name_the_tablet_gave():
    shouted = {**tally(1, uid(1), "contacts", 1), "id": uid(1001).upper()}
    assert taps.read(shouted).name == uid(1001).upper()
    assert taps.read(shouted).uid == uid(1001)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("id", "kind", "subject", "replaces", "occurred_at", "payload")
sound = tally(1, uid(1), "contacts", 1)
almost = st.fixed_dictionaries({key: st.just(sound[key]) | json_values for key in KEYS})


@given(json_values | almost)
def test_anything_at_all_can_be_read_and_read_again(anything: object):
    letter = taps.read(anything)
    assert (letter.tap is None) != (letter.fault is None)
    assert letter.body.isascii()
    assert letter.name.encode() is not None
    assert taps.reread(letter.body).digest == letter.digest


def test_endless_nesting_is_written_as_the_standard_writer_would():
    raw = {"b": [1, {"z": None, "a": "\ud800"}, []], "a": {}, "c": 2.5}
    assert bodies._patient_text(raw) == bodies.text_of(raw)
