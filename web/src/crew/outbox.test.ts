import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { record, takeBack, type CrewEvent } from "./events";
import { asFile, clearOld, countWaiting, heldEvents, nextBatch, queueAgain, recordedFor, save, settle } from "./outbox";
import { addUp } from "./record";
import { Tablet, type Receipt } from "./tablet";

const NOON = new Date("2026-11-23T17:00:00Z");
let tablets = 0;

function freshTablet(): Tablet {
  return new Tablet(`outbox-${tablets++}`);
}

function contact(stop = "stop-a"): CrewEvent {
  return record("tally", stop, { item: "contacts", quantity: 1 }, NOON);
}

function receipt(event: CrewEvent, state: Receipt["state"] = "stored", reason: string | null = null): Receipt {
  return { id: event.id, state, reason, sequence: 1 };
}

test("a tap is on disk and waiting before it counts", async () => {
  const tablet = freshTablet();
  await save(tablet, contact());
  tablet.close();
  const reopened = new Tablet(tablet.name);
  assert.equal(await countWaiting(reopened), 1);
  assert.equal(addUp(await recordedFor(reopened, ["stop-a"])).get("stop-a")?.counts.contacts, 1);
});

test("transactions ask the disk for strict durability", async () => {
  const asked: unknown[] = [];
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    if (mode === "readwrite") asked.push((options as { durability?: string } | undefined)?.durability);
    return real.call(this, stores, mode, options);
  };
  try {
    await save(freshTablet(), contact());
  } finally {
    IDBDatabase.prototype.transaction = real;
  }
  assert.ok(asked.length > 0);
  assert.deepEqual(new Set(asked), new Set(["strict"]));
});

test("an event is frozen and the same event cannot be saved twice", async () => {
  const tablet = freshTablet();
  const event = contact();
  assert.throws(() => Object.assign(event, { subject: "elsewhere" }), TypeError);
  assert.throws(() => Object.assign(event.payload, { quantity: 5 }), TypeError);
  await save(tablet, event);
  await assert.rejects(save(tablet, event));
  assert.equal(await countWaiting(tablet), 1);
});

test("only a receipt that names an event takes it out of the queue", async () => {
  const tablet = freshTablet();
  const [sent, unsent] = [contact(), contact()];
  await save(tablet, sent);
  await save(tablet, unsent);
  await settle(tablet, [receipt(sent), { id: "never-ours", state: "stored", reason: null, sequence: 9 }]);
  assert.deepEqual((await nextBatch(tablet)).map((event) => event.id), [unsent.id]);
  assert.equal(await tablet.receipts.count(), 1);
});

test("events are sent in the order they were saved even when the tablet's clock jumps back", async () => {
  const tablet = freshTablet();
  const later = record("stop.arrived", "stop-a", {}, NOON);
  const earlier = record("stop.left", "stop-a", {}, new Date("2025-01-01T00:00:00Z"));
  await save(tablet, later);
  await save(tablet, earlier);
  assert.deepEqual((await nextBatch(tablet)).map((event) => event.kind), ["stop.arrived", "stop.left"]);
});

test("a batch holds two hundred at most", async () => {
  const tablet = freshTablet();
  for (let made = 0; made < 203; made += 1) await save(tablet, contact());
  assert.equal((await nextBatch(tablet)).length, 200);
});

test("a held event is listed with the office's reason and no longer waits", async () => {
  const tablet = freshTablet();
  const event = contact();
  await save(tablet, event);
  await settle(tablet, [receipt(event, "held", "This stop is not in any published plan.")]);
  assert.equal(await countWaiting(tablet), 0);
  assert.deepEqual(await heldEvents(tablet), [
    { event, reason: "This stop is not in any published plan.", code: null },
  ]);
});

test("after the office was restored everything kept is queued once more, once each", async () => {
  const tablet = freshTablet();
  const events = [contact(), contact(), contact()];
  for (const event of events) await save(tablet, event);
  await settle(tablet, events.slice(0, 2).map((event) => receipt(event)));
  await queueAgain(tablet);
  assert.deepEqual((await nextBatch(tablet)).map((event) => event.id), events.map((event) => event.id));
});

test("old records go once they are stored; old waiting and held ones stay", async () => {
  const tablet = freshTablet();
  const [stored, held, waiting] = [contact(), contact(), contact()];
  for (const event of [stored, held, waiting]) await save(tablet, event);
  await settle(tablet, [receipt(stored), receipt(held, "held", "?")]);
  assert.equal(await clearOld(tablet, new Date("2026-12-01T00:00:00Z")), 0);
  assert.equal(await clearOld(tablet, new Date("2026-12-20T00:00:00Z")), 1);
  assert.deepEqual((await tablet.events.toArray()).map((row) => row.id), [held.id, waiting.id]);
});

test("undo is one more event; both stay on record and the count goes back", async () => {
  const tablet = freshTablet();
  const event = contact();
  await save(tablet, event);
  await save(tablet, takeBack(event, NOON));
  const events = await recordedFor(tablet, ["stop-a"]);
  assert.equal(events.length, 2);
  assert.equal(addUp(events).get("stop-a"), undefined);
});

test("the export names every record and which of them were not sent", async () => {
  const tablet = freshTablet();
  const [sent, unsent] = [contact(), contact()];
  await save(tablet, sent);
  await save(tablet, unsent);
  await settle(tablet, [receipt(sent)]);
  const file = JSON.parse(await asFile(tablet, NOON));
  assert.deepEqual(file.unsent, [unsent.id]);
  assert.deepEqual(file.events.map((event: CrewEvent) => event.id), [sent.id, unsent.id]);
  assert.equal(file.device, await tablet.device());
});
