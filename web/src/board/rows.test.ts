import assert from "node:assert/strict";
import { test } from "node:test";
import { Across, fitted, grouped, heightOf, names, neighbour, row, rowAt, rowBeside, topOf } from "./rows";
import type { VanDay } from "./shapes";

const monday = "2026-11-23";
const tuesday = "2026-11-24";
const wednesday = "2026-11-25";
const out = (date: string, letter: string, ...uids: string[]): VanDay =>
  ({ date, van: { id: letter.charCodeAt(0), letter, name: `Van ${letter}` }, depart: "09:20", back: "16:10", stops: uids.map((uid) => ({ uid })) }) as unknown as VanDay;
const groups = grouped([monday, tuesday, wednesday], [out(monday, "B", "b1"), out(monday, "A", "a1", "a2"), out(wednesday, "A", "a3")]);
const [vanA, vanB] = [65, 66];

test("a day has a row for each van, in the vans' order, and an empty day keeps one for saying so", () => {
  assert.deepEqual(groups.map((group) => group.rows.map((one) => one.van.letter)), [["A", "B"], [], ["A"]]);
  assert.deepEqual(groups.map((group) => group.tall / row), [2, 1, 1]);
  assert.ok(heightOf(groups) >= groups[2]!.top + row);
});

test("what is drawn at a height is found there again, and nothing between the days", () => {
  const top = topOf(groups, vanB, monday)!;
  assert.equal(rowAt(groups, top + row / 2)?.van.letter, "B");
  assert.equal(rowAt(groups, top + row + 1), null);
  assert.equal(rowAt(groups, groups[1]!.top + 3), null);
  assert.equal(topOf(groups, vanB, wednesday), null);
});

test("times lie across whole hours around the longest day, and pixels lead back to minutes", () => {
  const across = new Across([out(monday, "A")], 1000);
  assert.deepEqual([across.first, across.last], [480, 1080]);
  assert.equal(across.at("08:00"), names);
  assert.ok(Math.abs(across.minutes(across.at("11:00") - across.at("09:30")) - 90) < 1e-9);
  assert.ok(new Across([out(monday, "A")], 300).named.length < across.named.length);
});

test("a night shift stretches the hours beyond midnight", () => {
  assert.equal(new Across([{ ...out(monday, "A"), back: "26:20" }], 1000).last, 27 * 60);
});

test("arrows go along a van's day and on to the next, up and down over days without vans", () => {
  assert.equal(neighbour(groups, "a1", "ArrowRight")?.uid, "a2");
  assert.equal(neighbour(groups, "a2", "ArrowRight")?.uid, "b1");
  assert.equal(neighbour(groups, "b1", "ArrowLeft")?.uid, "a2");
  assert.equal(neighbour(groups, "b1", "ArrowDown")?.uid, "a3");
  assert.equal(neighbour(groups, "a3", "ArrowUp")?.uid, "b1");
  assert.equal(neighbour(groups, "a1", "ArrowUp"), undefined);
  assert.equal(neighbour(groups, "a1", "Enter"), undefined);
});

test("the row beside is the next van-day, whatever the day", () => {
  assert.equal(rowBeside(groups, vanB, monday, 1)?.date, wednesday);
  assert.equal(rowBeside(groups, vanA, monday, -1), undefined);
});

test("a name that does not fit is cut with an ellipsis, and left out where four letters have no room", () => {
  assert.equal(fitted("Andrew Square", 200), "Andrew Square");
  assert.equal(fitted("Andrew Square", 55), "Andrew…");
  assert.equal(fitted("Andrew Square", 20), "");
});
