import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { record, type CrewEvent } from "./events";
import type { Answer, Pushed } from "./office";
import { countWaiting, heldEvents, save } from "./outbox";
import { pushAll, Sender, type Push } from "./sync";
import { Tablet } from "./tablet";

const NOON = new Date("2026-11-23T17:00:00Z");
let tablets = 0;

async function tabletWith(events: number): Promise<Tablet> {
  const tablet = new Tablet(`sync-${tablets++}`);
  for (let made = 0; made < events; made += 1) {
    await save(tablet, record("tally", "stop-a", { item: "contacts", quantity: 1 }, NOON));
  }
  return tablet;
}

function stored(events: readonly CrewEvent[], epoch = "first"): Answer<Pushed> {
  const receipts = events.map((event) => ({ id: event.id, state: "stored" as const, reason: null, sequence: 1 }));
  return { ok: true, value: { receipts, epoch }, clockError: 0 };
}

/** An office that keeps what it gets, as ours does: the same id twice is one record. */
class KeepingOffice {
  readonly kept = new Map<string, CrewEvent>();
  readonly batches: number[] = [];
  epoch = "first";

  readonly push: Push = async (_device, events) => {
    this.batches.push(events.length);
    for (const event of events) this.kept.set(event.id, event);
    return stored(events, this.epoch);
  };
}

test("everything waiting is sent in batches of two hundred", async () => {
  const office = new KeepingOffice();
  const tablet = await tabletWith(450);
  assert.equal(await pushAll(tablet, office.push), "sent");
  assert.deepEqual(office.batches, [200, 200, 50]);
  assert.equal(await countWaiting(tablet), 0);
});

test("without signal nothing leaves the tablet", async () => {
  const tablet = await tabletWith(3);
  assert.equal(await pushAll(tablet, async () => ({ ok: false, why: "no-signal", message: "" })), "no-signal");
  assert.equal(await countWaiting(tablet), 3);
});

test("an answer lost on the way back is repaired by sending the same ids again", async () => {
  const office = new KeepingOffice();
  const tablet = await tabletWith(3);
  const lossy: Push = async (device, events) => {
    await office.push(device, events);
    return { ok: false, why: "no-signal", message: "" };
  };
  await pushAll(tablet, lossy);
  assert.equal(await countWaiting(tablet), 3);
  await pushAll(tablet, office.push);
  assert.equal(office.kept.size, 3);
  assert.equal(await countWaiting(tablet), 0);
});

test("an event the office forgot to answer for keeps waiting", async () => {
  const tablet = await tabletWith(2);
  const forgetful: Push = async (_device, events) => stored(events.slice(0, 1).map((event) => event));
  const calls: number[] = [];
  const once: Push = async (device, events) => {
    calls.push(events.length);
    return calls.length === 1 ? forgetful(device, events) : { ok: false, why: "no-signal", message: "" };
  };
  assert.equal(await pushAll(tablet, once), "no-signal");
  assert.equal(await countWaiting(tablet), 1);
});

test("receipts for other tablets' events do not count as ours and are not asked for again at once", async () => {
  const tablet = await tabletWith(2);
  const stranger: Push = async () => ({
    ok: true,
    value: { receipts: [{ id: "someone-else", state: "stored", reason: null, sequence: 1 }], epoch: "first" },
    clockError: 0,
  });
  assert.equal(await pushAll(tablet, stranger), "trouble");
  assert.equal(await countWaiting(tablet), 2);
});

test("one record the office cannot take never blocks the others", async () => {
  const office = new KeepingOffice();
  const tablet = await tabletWith(7);
  const bad = (await tablet.events.toArray())[4]!.id;
  const picky: Push = async (device, events) =>
    events.some((event) => event.id === bad)
      ? { ok: false, why: "refused", message: "Quantity must be at least 1." }
      : office.push(device, events);
  assert.equal(await pushAll(tablet, picky), "sent");
  assert.equal(office.kept.size, 6);
  assert.deepEqual((await heldEvents(tablet)).map((held) => [held.event.id, held.reason]), [
    [bad, "Quantity must be at least 1."],
  ]);
});

test("a restored office gets everything again and ends with every record once", async () => {
  const before = new KeepingOffice();
  const tablet = await tabletWith(5);
  await pushAll(tablet, before.push);
  const restored = new KeepingOffice();
  restored.epoch = "second";
  await save(tablet, record("stop.left", "stop-a", {}, NOON));
  await pushAll(tablet, restored.push);
  assert.equal(restored.kept.size, 6);
  assert.equal(await countWaiting(tablet), 0);
});

test("a tap during sending is sent right after, by the same attempt", async () => {
  const office = new KeepingOffice();
  const tablet = await tabletWith(1);
  const sender = new Sender(tablet, office.push, () => {});
  const first = sender.nudge();
  await save(tablet, record("stop.left", "stop-a", {}, NOON));
  await Promise.all([first, sender.nudge()]);
  assert.equal(await countWaiting(tablet), 0);
  assert.equal(office.kept.size, 2);
});

test("while records wait it tries again, slower each time up to a minute, and stops once they are gone", async () => {
  const office = new KeepingOffice();
  const tablet = await tabletWith(1);
  let signal = false;
  const waits: number[] = [];
  let next: (() => void) | null = null;
  const outcomes: string[] = [];
  const heard = new EventTarget();
  const sender = new Sender(
    tablet,
    async (device, events) => (signal ? office.push(device, events) : { ok: false, why: "no-signal", message: "" }),
    (outcome) => {
      outcomes.push(outcome);
      heard.dispatchEvent(new Event("told"));
    },
    {
      after(milliseconds, act) {
        waits.push(milliseconds);
        next = act;
        return () => (next = null);
      },
    },
  );
  await sender.nudge();
  for (let tries = 0; tries < 6; tries += 1) {
    signal = tries === 5;
    const told = new Promise((resolve) => heard.addEventListener("told", resolve, { once: true }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    next!();
    await told;
  }
  assert.deepEqual(waits, [3000, 6000, 12000, 24000, 48000, 60000]);
  assert.equal(outcomes.at(-1), "sent");
  assert.equal(await countWaiting(tablet), 0);
});
