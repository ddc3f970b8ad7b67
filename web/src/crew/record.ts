/**
 * What a stop's events add up to: when the crew came and left, and how much of what was handed out.
 * Pure; events come in the order they were saved.
 */
import type { CrewEvent, OverdoseResponse } from "./events";

export interface StopRecord {
  arrived: string | null;
  left: string | null;
  skipped: { at: string; reason: string } | null;
  counts: Record<string, number>;
  responses: OverdoseResponse[];
  /** How many people were asked to come again. */
  askedBack: number;
  /** The last event that still counts: what "undo" would take back. */
  last: CrewEvent | null;
}

export const EMPTY: StopRecord = { arrived: null, left: null, skipped: null, counts: {}, responses: [], askedBack: 0, last: null };

/** Every stop's record, by uid. A voided event counts for nothing. */
export function addUp(events: readonly CrewEvent[]): Map<string, StopRecord> {
  const voided = new Set(events.flatMap((event) => (event.kind === "void" && event.replaces ? [event.replaces] : [])));
  const stops = new Map<string, StopRecord>();
  for (const event of events) {
    if (event.kind === "void" || event.subject === null || voided.has(event.id)) continue;
    stops.set(event.subject, withEvent(stops.get(event.subject) ?? EMPTY, event));
  }
  return stops;
}

function withEvent(stop: StopRecord, event: CrewEvent): StopRecord {
  const next = { ...stop, last: event };
  switch (event.kind) {
    case "stop.arrived":
      return { ...next, arrived: event.occurred_at, skipped: null };
    case "stop.left":
      return { ...next, left: event.occurred_at };
    case "stop.skipped":
      return { ...next, skipped: { at: event.occurred_at, reason: event.payload.reason } };
    case "tally":
      return { ...next, counts: plus(stop.counts, event.payload.item, event.payload.quantity) };
    case "overdose.response":
      return { ...next, responses: [...stop.responses, event.payload] };
    case "come.back":
      return { ...next, askedBack: stop.askedBack + event.payload.people };
    default:
      return stop;
  }
}

function plus(counts: Record<string, number>, item: string, quantity: number): Record<string, number> {
  return { ...counts, [item]: (counts[item] ?? 0) + quantity };
}
