import assert from "node:assert/strict";
import { test } from "node:test";
import { against } from "./clash";

const stop = (uid: string, arrive: string, starts: string, ends: string, leave: string, state = "planned") => ({ uid, arrive, starts, ends, leave, state }) as const;
const morning = stop("morning", "09:30", "09:40", "12:40", "12:50");
const evening = stop("evening", "17:35", "17:45", "20:00", "20:10");
const day = [morning, stop("moved", "13:35", "13:45", "16:45", "16:55"), evening];
const travel = (seconds: number, leave: string, arrive: string) => ({ rule: "travel", sentence: `the ${seconds} s drive from ${leave} cannot end by ${arrive}` });
const meal = { rule: "meal_break", sentence: "the break of Van A at 12:50 is in a stop" };
const shift = { rule: "shift", sentence: "Van A has no shift from 09:00 to 22:00" };
const at = (starts: number, ends: number) => ({ uid: "moved", starts, ends });

test("of two stops at the same time one thing is said, not what the judge infers from it", () => {
  const { clashes, others } = against(at(12 * 60, 15 * 60), day, [travel(642, "12:50", "11:50"), meal, shift]);
  assert.deepEqual(clashes.map((one) => [one.other.uid, one.when]), [["morning", "same"]]);
  assert.deepEqual(others, [shift]);
});

test("a stop over two others clashes with both, and never with itself or with what is cancelled", () => {
  const twice = against(at(12 * 60, 18 * 60), [...day, stop("off", "13:00", "13:10", "14:00", "14:10", "cancelled")], [travel(642, "12:50", "11:50")]);
  assert.deepEqual(twice.clashes.map((one) => one.other.uid), ["morning", "evening"]);
});

test("too little time between two stops names the one before or after, and the drive", () => {
  const early = against(at(13 * 60, 16 * 60), day, [travel(642, "12:50", "12:50")]);
  assert.deepEqual(early.clashes, [{ other: morning, when: "before", driveMinutes: 11, withMeal: false }]);
  const late = against(at(14 * 60 + 30, 17 * 60 + 30), day, [travel(300, "17:40", "17:35"), meal]);
  assert.deepEqual(late.clashes, [{ other: evening, when: "after", driveMinutes: 5, withMeal: false }]);
  assert.deepEqual(late.others, [meal]);
});

test("where the drive alone would fit, it is the meal on the way that does not", () => {
  const { clashes } = against(at(13 * 60 + 20, 16 * 60), day, [travel(642, "12:50", "13:10")]);
  assert.equal(clashes[0]?.withMeal, true);
});

test("a drive between others, from the base, or of another wording stays in the judge's words", () => {
  const foreign = [travel(642, "08:00", "08:05"), { rule: "travel", sentence: "too far" }];
  assert.deepEqual(against(at(13 * 60, 16 * 60), day, foreign), { clashes: [], others: foreign });
});

test("times that the judge has nothing against clash with nothing", () => {
  assert.deepEqual(against(at(12 * 60, 15 * 60), day, [shift]).clashes, []);
});
