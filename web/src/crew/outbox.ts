/**
 * The tablet's outbox: events are saved here first, counted on screen second, sent third, and leave only on a receipt.
 * Sending is in sync.ts.
 */
import type { CrewEvent } from "./events";
import type { Receipt, SavedEvent, Tablet } from "./tablet";

/** The most events one message to the office may carry. */
export const BATCH = 200;

/** Sent records stay this long, so that they can be sent again should the office lose its newest ones. */
export const KEEP_DAYS = 14;

export interface Held {
  event: CrewEvent;
  reason: string | null;
  code: string | null;
}

/** Save one event. When the promise resolves the event is on disk and in the queue; when it rejects, neither. */
export async function save(tablet: Tablet, event: CrewEvent): Promise<void> {
  await tablet.transaction("rw", tablet.events, tablet.waiting, async () => {
    const row = { id: event.id, subject: event.subject ?? "", saved: Date.parse(event.occurred_at), event };
    const order = await tablet.events.add(row);
    await tablet.waiting.add({ order });
  });
}

/** The oldest events without a receipt, at most one batch. */
export async function nextBatch(tablet: Tablet, limit = BATCH): Promise<CrewEvent[]> {
  return tablet.transaction("r", tablet.events, tablet.waiting, async () => {
    const queue = await tablet.waiting.orderBy("order").limit(limit).toArray();
    const saved = await tablet.events.bulkGet(queue.map((entry) => entry.order));
    return saved.filter((row): row is SavedEvent => row !== undefined).map((row) => row.event);
  });
}

export function countWaiting(tablet: Tablet): Promise<number> {
  return tablet.waiting.count();
}

/** Take receipts in. Only an event with a receipt leaves the queue; an id we never made is ignored. */
export async function settle(tablet: Tablet, receipts: readonly Receipt[]): Promise<void> {
  const said = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  await tablet.transaction("rw", tablet.events, tablet.waiting, tablet.receipts, async () => {
    const rows = await tablet.events.where("id").anyOf([...said.keys()]).toArray();
    await tablet.receipts.bulkPut(rows.map((row) => said.get(row.id)!));
    await tablet.waiting.bulkDelete(rows.map((row) => row.order));
  });
}

/** What the office received but set aside for a coordinator, oldest first. */
export async function heldEvents(tablet: Tablet): Promise<Held[]> {
  return tablet.transaction("r", tablet.events, tablet.receipts, async () => {
    const receipts = await tablet.receipts.where("state").equals("held").toArray();
    const said = new Map(receipts.map((receipt) => [receipt.id, receipt]));
    const rows = await tablet.events.where("id").anyOf([...said.keys()]).sortBy("order");
    return rows.map(({ id, event }) => ({ event, reason: said.get(id)?.reason ?? null, code: said.get(id)?.code ?? null }));
  });
}

/** Everything recorded for these stops, in the order it was made. */
export async function recordedFor(tablet: Tablet, subjects: readonly string[]): Promise<CrewEvent[]> {
  const rows = await tablet.events.where("subject").anyOf([...subjects]).sortBy("order");
  return rows.map((row) => row.event);
}

/** Put everything still kept back in the queue: the office was restored from a copy and may have lost our newest. */
export async function queueAgain(tablet: Tablet): Promise<void> {
  await tablet.transaction("rw", tablet.events, tablet.waiting, tablet.receipts, async () => {
    const orders = await tablet.events.toCollection().primaryKeys();
    await tablet.waiting.bulkPut(orders.map((order) => ({ order })));
    await tablet.receipts.clear();
  });
}

/** Clear out old records the office has stored. What is waiting or held stays, however old. */
export async function clearOld(tablet: Tablet, now: Date): Promise<number> {
  const before = now.getTime() - KEEP_DAYS * 86_400_000;
  return tablet.transaction("rw", tablet.events, tablet.receipts, async () => {
    const old = await tablet.events.where("saved").below(before).toArray();
    const receipts = await tablet.receipts.bulkGet(old.map((row) => row.id));
    const stored = old.filter((_, position) => ["stored", "already"].includes(receipts[position]?.state ?? ""));
    await tablet.events.bulkDelete(stored.map((row) => row.order));
    await tablet.receipts.bulkDelete(stored.map((row) => row.id));
    return stored.length;
  });
}

/** The whole outbox as a file's text: the last resort when a tablet cannot reach the office. Import is idempotent. */
export async function asFile(tablet: Tablet, now: Date): Promise<string> {
  const [device, rows, waiting] = await Promise.all([
    tablet.device(),
    tablet.events.toArray(),
    tablet.waiting.toArray(),
  ]);
  const queued = new Set(waiting.map((entry) => entry.order));
  const unsent = rows.filter((row) => queued.has(row.order)).map((row) => row.id);
  const events = rows.map((row) => row.event);
  return JSON.stringify({ format: "outreach-tablet-1", device, exported_at: now.toISOString(), unsent, events }, null, 1);
}
