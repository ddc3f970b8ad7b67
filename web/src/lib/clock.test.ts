import assert from "node:assert/strict";
import { test } from "node:test";
import { about, clock, goBy, leaving, minutes, plusDays, returning, shown, span, timeOf, wall, weekdayOf } from "./clock";

test("times run past midnight on the wire and are shown on a clock face", () => {
  assert.equal(minutes("25:30"), 1530);
  assert.equal(clock(1530), "25:30");
  assert.equal(shown("25:30"), "01:30\u202f+1");
  assert.equal(span("22:00", "24:20"), "22:00–00:20\u202f+1");
});

test("a crew is told to leave early enough and back late enough, on five minutes", () => {
  assert.equal(leaving("12:17"), "12:15");
  assert.equal(leaving("12:20"), "12:20");
  assert.equal(returning("16:41"), "16:45");
  assert.equal(returning("23:58"), "00:00\u202f+1");
});

test("driving is told on five minutes, also across an hour", () => {
  assert.equal(about("09:54"), "09:55");
  assert.equal(about("09:58"), "10:00");
  assert.equal(about("23:59"), "00:00\u202f+1");
});

test("dates are counted without a zone, through the change to winter time and the turn of the year", () => {
  assert.equal(plusDays("2026-10-31", 2), "2026-11-02");
  assert.equal(plusDays("2026-12-31", 1), "2027-01-01");
  assert.equal(weekdayOf("2026-11-23"), 0);
  assert.equal(weekdayOf("2026-11-29"), 6);
});

test("moments are told on the city's clocks, wherever the device believes it is", () => {
  for (const [zone, day, time] of [
    ["America/New_York", "2026-11-23", "23:05"],
    ["Asia/Kolkata", "2026-11-24", "09:35"],
    ["UTC", "2026-11-24", "04:05"],
  ] as const) {
    goBy(zone);
    const at = new Date("2026-11-24T04:05:00Z");
    assert.deepEqual(wall(at), { day, minutes: minutes(time) });
    assert.equal(timeOf(at), time);
  }
  goBy("America/New_York");
  assert.deepEqual(wall(new Date("2026-11-24T05:00:00Z")), { day: "2026-11-24", minutes: 0 });
  goBy(undefined);
});
