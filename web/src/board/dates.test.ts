import assert from "node:assert/strict";
import { test } from "node:test";
import { dated } from "./dates";

test("a date in a planner's sentence lies in the plan, also across New Year", () => {
  assert.equal(dated("Thu 26 Nov", "2026-11-23"), "2026-11-26");
  assert.equal(dated("Fri 1 Jan", "2026-12-28"), "2027-01-01");
  assert.equal(dated("Mon 28 Dec", "2026-12-28"), "2026-12-28");
});
