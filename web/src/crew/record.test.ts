import assert from "node:assert/strict";
import { test } from "node:test";
import { record, takeBack } from "./events";
import { addUp } from "./record";

const AT = new Date("2026-11-23T15:00:00Z");
const LATER = new Date("2026-11-23T19:00:00Z");
const tally = (quantity: number, item = "contacts", stop = "a") => record("tally", stop, { item, quantity }, AT);

test("steps add up, each stop and each thing on its own", () => {
  const stops = addUp([tally(1), tally(5), tally(10, "syringes_out"), tally(1, "contacts", "b")]);
  assert.deepEqual(stops.get("a")?.counts, { contacts: 6, syringes_out: 10 });
  assert.deepEqual(stops.get("b")?.counts, { contacts: 1 });
});

test("undo takes back the last thing that still counts, again and again", () => {
  const [one, five] = [tally(1), tally(5)];
  assert.equal(addUp([one, five]).get("a")?.last, five);
  const once = addUp([one, five, takeBack(five, LATER)]).get("a");
  assert.deepEqual([once?.counts.contacts, once?.last], [1, one]);
  assert.equal(addUp([one, five, takeBack(five, LATER), takeBack(one, LATER)]).get("a"), undefined);
});

test("the same event taken back twice goes back once", () => {
  const [one, five] = [tally(1), tally(5)];
  assert.equal(addUp([one, five, takeBack(five, LATER), takeBack(five, LATER)]).get("a")?.counts.contacts, 1);
});

test("arriving after skipping means the stop took place after all", () => {
  const skipped = record("stop.skipped", "a", { reason: "weather" }, AT);
  const arrived = record("stop.arrived", "a", {}, LATER);
  assert.equal(addUp([skipped]).get("a")?.skipped?.reason, "weather");
  assert.equal(addUp([skipped, arrived]).get("a")?.skipped, null);
  assert.equal(addUp([skipped, arrived, takeBack(arrived, LATER)]).get("a")?.skipped?.reason, "weather");
});

test("a seen schedule is no part of a stop's record", () => {
  assert.equal(addUp([record("schedule.seen", null, { version: 4 }, AT)]).size, 0);
});

test("people asked to come back add up, and an undo asks nobody", () => {
  const asked = record("come.back", "a", { service: "moud", people: 2, from_days: 6, until_days: 8 }, AT);
  assert.equal(addUp([asked, tally(1)]).get("a")?.askedBack, 2);
  assert.equal(addUp([asked, tally(1), takeBack(asked, LATER)]).get("a")?.askedBack, 0);
});
