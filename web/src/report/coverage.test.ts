import assert from "node:assert/strict";
import { test } from "node:test";
import { classOf, evenEdges, shareClass } from "./coverage";
import { fromAddress, lastWeeks, presetOf } from "./period";

test("a share of almost no risk has no class", () => {
  assert.equal(shareClass({ risk: 0.4, share_served: 1 }), null);
  assert.equal(shareClass({ risk: 3, share_served: null }), null);
  assert.equal(shareClass({ risk: 3, share_served: 0 }), 0);
  assert.equal(shareClass({ risk: 3, share_served: 0.2 }), 3);
  assert.equal(shareClass({ risk: 3, share_served: 1 }), 4);
});

test("classes have round edges and the largest value is in the last one", () => {
  assert.deepEqual(evenEdges([0.3, 8.7, 4]), [0, 2, 4, 6, 8]);
  assert.deepEqual(evenEdges([212]), [0, 50, 100, 150, 200]);
  assert.deepEqual(evenEdges([10]), [0, 2, 4, 6, 8]);
  assert.deepEqual(evenEdges([]), [0]);
  assert.equal(classOf(8.7, [0, 2, 4, 6, 8]), 4);
});

test("a preset ends today and starts on a Monday", () => {
  assert.deepEqual(lastWeeks("six", "2026-11-22"), { from: "2026-10-05", until: "2026-11-22" });
  assert.deepEqual(lastWeeks("week", "2026-11-23"), { from: "2026-11-16", until: "2026-11-23" });
  assert.equal(presetOf({ from: "2026-10-05", until: "2026-11-22" }, "2026-11-22"), "six");
  assert.equal(presetOf({ from: "2026-10-06", until: "2026-11-22" }, "2026-11-22"), "own");
});

test("an address without a whole period is not taken for one", () => {
  assert.deepEqual(fromAddress("?from=2026-10-05&until=2026-11-01"), { from: "2026-10-05", until: "2026-11-01" });
  assert.equal(fromAddress("?from=2026-11-05&until=2026-11-01"), null);
  assert.equal(fromAddress("?from=2026-13-45&until=2026-14-01"), null);
  assert.equal(fromAddress("?from=2026-10-05"), null);
});
