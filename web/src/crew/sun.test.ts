import assert from "node:assert/strict";
import { test } from "node:test";
import { isDark } from "./sun";

const BOSTON = [-71.06, 42.36] as const;
const MINUTES = 60_000;

/** Sunsets and a sunrise from the almanac for Boston, in UTC. */
for (const [name, moment, thenDark] of [
  ["midsummer sunset", "2026-06-22T00:25:00Z", true],
  ["midwinter sunset", "2026-12-21T21:15:00Z", true],
  ["November sunset", "2026-11-23T21:16:00Z", true],
  ["November sunrise", "2026-11-23T11:44:00Z", false],
] as const) {
  test(`the page turns at the ${name}, to within five minutes`, () => {
    const at = Date.parse(moment);
    assert.equal(isDark(new Date(at - 5 * MINUTES), ...BOSTON), !thenDark);
    assert.equal(isDark(new Date(at + 5 * MINUTES), ...BOSTON), thenDark);
  });
}

test("noon is light and midnight is dark south of the equator too", () => {
  assert.equal(isDark(new Date("2026-06-21T02:00:00Z"), 151.2, -33.9), false);
  assert.equal(isDark(new Date("2026-06-21T14:00:00Z"), 151.2, -33.9), true);
});
