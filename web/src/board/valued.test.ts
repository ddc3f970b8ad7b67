import assert from "node:assert/strict";
import { test } from "node:test";
import { comparable, valuedDays } from "./valued";

const versions = [
  { number: 1, from_date: "2026-11-23", until_date: "2026-12-06" },
  { number: 2, from_date: "2026-11-23", until_date: "2026-11-29" },
];

test("a value belongs to the days of its own version, not to those of older ones still in force", () => {
  const shown = { version: 2, from_date: "2026-11-23", until_date: "2026-12-06" };
  assert.deepEqual(valuedDays(shown, versions), { from: "2026-11-23", until: "2026-11-29" });
});

test("a plan that is not published is valued for its own days", () => {
  const trial = { version: null, from_date: "2026-11-30", until_date: "2026-12-06" };
  assert.deepEqual(valuedDays(trial, versions), { from: "2026-11-30", until: "2026-12-06" });
});

test("values of seven and of fourteen days are not compared", () => {
  const week = { from: "2026-11-23", until: "2026-11-29" };
  assert.equal(comparable(week, { from: "2026-11-23", until: "2026-12-06" }), false);
  assert.equal(comparable(week, { from: "2026-11-30", until: "2026-12-06" }), true);
});
