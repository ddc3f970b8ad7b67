import assert from "node:assert/strict";
import { test } from "node:test";
import { classOf, doublingEdges, shareClass } from "./coverage";
import { fromAddress, lastWeeks, presetOf } from "./period";

test("a share of almost no risk has no class", () => {
  assert.equal(shareClass({ risk: 0.4, share_served: 1 }), null);
  assert.equal(shareClass({ risk: 3, share_served: null }), null);
  assert.equal(shareClass({ risk: 3, share_served: 0 }), 0);
  assert.equal(shareClass({ risk: 3, share_served: 0.02 }), 3);
  assert.equal(shareClass({ risk: 3, share_served: 1 }), 4);
});

test("classes have round edges and the largest value is in the last one", () => {
  assert.deepEqual(doublingEdges([2, 55, 13]), [0, 5, 10, 20, 40]);
  assert.deepEqual(doublingEdges([0.3, 8.7, 4]), [0, 1, 2, 4, 8]);
  assert.deepEqual(doublingEdges([212]), [0, 20, 40, 80, 160]);
  assert.deepEqual(doublingEdges([]), [0]);
  for (const highest of [0.004, 0.9, 1, 8, 10, 79, 1234]) assert.equal(classOf(highest, doublingEdges([highest])), 4);
  assert.equal(classOf(0, [0, 5, 10, 20, 40]), 0);
});

test("a preset ends today and starts on a Monday", () => {
  assert.deepEqual(lastWeeks("six", "2026-11-22"), { from: "2026-10-05", until: "2026-11-22" });
  assert.deepEqual(lastWeeks("week", "2026-11-23"), { from: "2026-11-16", until: "2026-11-23" });
  assert.equal(presetOf({ from: "2026-10-05", until: "2026-11-22" }, "2026-11-22"), "six");
  assert.equal(presetOf({ from: "2026-10-06", until: "2026-11-22" }, "2026-11-22"), "own");
});

test("an address that no report can cover is not taken for one", () => {
  assert.equal(fromAddress("?from=1900-01-01&until=2099-01-01"), null);
  assert.equal(fromAddress("?from=2025-01-01&until=2026-02-05"), null);
  assert.deepEqual(fromAddress("?from=2025-01-01&until=2026-02-04"), { from: "2025-01-01", until: "2026-02-04" });
});

test("an address without a whole period is not taken for one", () => {
  assert.deepEqual(fromAddress("?from=2026-10-05&until=2026-11-01"), { from: "2026-10-05", until: "2026-11-01" });
  assert.equal(fromAddress("?from=2026-11-05&until=2026-11-01"), null);
  assert.equal(fromAddress("?from=2026-13-45&until=2026-14-01"), null);
  assert.equal(fromAddress("?from=2026-10-05"), null);
});
