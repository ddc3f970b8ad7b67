import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { goBy } from "$lib/clock";
import { record } from "./events";
import type { Bundle, Stop, VanDay } from "./office";
import { save } from "./outbox";
import { changes, kept, longBefore, refresh, vanDay } from "./schedule";
import { pushAll } from "./sync";
import { Tablet } from "./tablet";

const NOW = new Date("2026-11-23T17:00:00Z");
let tablets = 0;

function stop(uid: string, more: Partial<Stop> = {}): Stop {
  return {
    uid,
    letter: "A1",
    sequence: 1,
    site: { id: 1, name: "Larkmoor Square", lon: -71, lat: 42.3, area: "Roxbury" },
    arrive: "09:45",
    starts: "10:00",
    ends: "14:00",
    leave: "14:15",
    services: ["harm_reduction"],
    state: "planned",
    reason: null,
    alternative: null,
    ...more,
  };
}

function day(stops: Stop[], van = 1): VanDay {
  return { van: { id: van, code: `V${van}`, name: `Van ${van}`, letter: "A" }, date: "2026-11-23", depart: "09:30", back: "15:00", break: null, crew: [], stops };
}

function bundle(version: number, days: VanDay[]): Bundle {
  return { version, generated_at: NOW.toISOString(), date: "2026-11-23", days, items: [], skip_reasons: [], vans: [], epoch: "first" };
}

const answering = (value: Bundle) => async () => ({ ok: true as const, value, clockError: 0 });
const deaf = async () => ({ ok: false as const, why: "no-signal" as const, message: "" });

test("the schedule fetched once is there without signal", async () => {
  const tablet = new Tablet(`schedule-${tablets++}`);
  await refresh(tablet, answering(bundle(3, [day([stop("a")])])), "2026-11-23", NOW);
  const failed = await refresh(tablet, deaf, "2026-11-23", NOW);
  assert.equal(failed.ok, false);
  assert.equal((await kept(tablet, "2026-11-23"))?.bundle.version, 3);
});

test("the schedule is asked for under the name that records are sent under, or others' counts would hold our own", async () => {
  const tablet = new Tablet(`schedule-${tablets++}`);
  const names: string[] = [];
  await save(tablet, record("tally", "a", { item: "contacts", quantity: 1 }, NOW));
  await pushAll(tablet, async (device) => (names.push(device), { ok: false as const, why: "no-signal" as const, message: "" }));
  await refresh(tablet, async (_, device) => (names.push(device), answering(bundle(3, []))()), "2026-11-23", NOW);
  assert.equal(names.length, 2);
  assert.equal(names[0], names[1]);
});

test("last week's schedule leaves the tablet", async () => {
  const tablet = new Tablet(`schedule-${tablets++}`);
  await tablet.bundles.put({ date: "2026-11-16", fetched: NOW.toISOString(), bundle: bundle(1, []) });
  await refresh(tablet, answering(bundle(3, [])), "2026-11-23", NOW);
  assert.equal(await kept(tablet, "2026-11-16"), undefined);
});

test("each van sees its own day", () => {
  const both = bundle(3, [day([stop("a")], 1), day([stop("b")], 2)]);
  assert.deepEqual(vanDay(both, 2)?.stops.map((each) => each.uid), ["b"]);
  assert.equal(vanDay(both, 9), undefined);
});

test("a new version tells what was cancelled, shortened, moved, added and taken off", () => {
  const before = day([stop("a"), stop("b"), stop("c"), stop("d")]);
  const after = day([
    stop("a", { state: "cancelled", reason: "Van trouble" }),
    stop("b", { state: "shortened", ends: "12:00" }),
    stop("c", { starts: "11:00" }),
    stop("e"),
  ]);
  const told = changes(before, after).map((change) => [change.kind, change.stop.uid]);
  assert.deepEqual(told, [["cancelled", "a"], ["shortened", "b"], ["moved", "c"], ["added", "e"], ["removed", "d"]]);
});

test("an unchanged day and a first look have nothing to tell", () => {
  const cancelled = day([stop("a", { state: "cancelled" }), stop("b")]);
  assert.deepEqual(changes(cancelled, day([stop("a", { state: "cancelled" }), stop("b")])), []);
  assert.deepEqual(changes(undefined, cancelled), []);
});

test("a van taken off the road has all its stops taken off", () => {
  assert.deepEqual(changes(day([stop("a")]), undefined).map((change) => change.kind), ["removed"]);
});

test("an arrival is early when the stop starts more than two hours later in the city, or on a later day", () => {
  for (const [zone, offset] of [["America/New_York", "-05:00"], ["Asia/Kolkata", "+05:30"]] as const) {
    goBy(zone);
    const early = (date: string, starts: string, at: string): boolean => longBefore(date, starts, new Date(`${at}${offset}`));
    assert.equal(early("2026-11-23", "12:45", "2026-11-23T07:57:00"), true);
    assert.equal(early("2026-11-23", "12:45", "2026-11-23T10:45:00"), false);
    assert.equal(early("2026-11-24", "09:00", "2026-11-23T23:50:00"), true);
    assert.equal(early("2026-11-23", "25:30", "2026-11-24T01:30:00"), false);
  }
  goBy(undefined);
});
