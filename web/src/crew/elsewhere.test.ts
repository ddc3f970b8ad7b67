import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING, standing, type Elsewhere } from "./elsewhere";
import { record } from "./events";
import { addUp, EMPTY, type StopRecord } from "./record";

const NINE = "2026-11-23T14:00:00.000Z";
const TEN = "2026-11-23T15:00:00.000Z";
const NOON = "2026-11-23T17:00:00.000Z";

function own(...kinds: ("stop.arrived" | "stop.left")[]): StopRecord {
  return addUp(kinds.map((kind) => record(kind, "a", {}, new Date(TEN)))).get("a") ?? EMPTY;
}

const others = (more: Partial<Elsewhere>): Elsewhere => ({ ...NOTHING, ...more });

test("a tablet that takes over goes on where the other one was", () => {
  assert.deepEqual(standing(EMPTY, others({ arrived_at: NINE })), { arrived: NINE, left: null, skipped: null, told: true });
  assert.deepEqual(standing(own("stop.left"), others({ arrived_at: NINE })), { arrived: NINE, left: TEN, skipped: null, told: true });
  assert.equal(standing(EMPTY, others({ arrived_at: NINE, left_at: NOON })).left, NOON);
});

test("a tablet that came itself leaves by its own word", () => {
  const here = standing(own("stop.arrived"), others({ arrived_at: NINE, left_at: NOON }));
  assert.deepEqual([here.arrived, here.left, here.told], [TEN, null, false]);
});

test("who came did not skip, on whichever tablet they said so", () => {
  const skipped = addUp([record("stop.skipped", "a", { reason: "weather" }, new Date(TEN))]).get("a")!;
  assert.equal(standing(skipped, NOTHING).skipped, "weather");
  assert.equal(standing(skipped, others({ arrived_at: NINE })).skipped, null);
  assert.equal(standing(own("stop.arrived"), others({ skipped: "weather" })).skipped, null);
  assert.deepEqual(standing(EMPTY, others({ skipped: "unsafe" })), { arrived: null, left: null, skipped: "unsafe", told: true });
});

test("what others counted is in no count of this tablet", () => {
  const mine = addUp([record("tally", "a", { item: "contacts", quantity: 2 }, new Date(TEN))]).get("a")!;
  const before = structuredClone(mine.counts);
  standing(mine, others({ arrived_at: NINE, tallies: { contacts: 6 } }));
  assert.deepEqual(mine.counts, before);
});
