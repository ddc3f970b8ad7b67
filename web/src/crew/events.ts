/**
 * What a crew can record. Every tap becomes one frozen event; nothing is ever edited: a correction is another event.
 * Saving is in outbox.ts, counting in record.ts.
 */
import { uuidv7 } from "uuidv7";

/** The body of each kind of event, as `POST /crew/events` takes it. */
export interface Payloads {
  "stop.arrived": Record<string, never>;
  "stop.left": Record<string, never>;
  "stop.skipped": { reason: string };
  tally: { item: string; quantity: number };
  "overdose.response": OverdoseResponse;
  "come.back": AskedBack;
  void: Record<string, never>;
  "schedule.seen": { version: number };
}

/** An overdose the crew answered on the spot. `null`: not known. */
export interface OverdoseResponse {
  naloxone_doses: number;
  survived: boolean | null;
  ems_called: boolean | null;
}

/** So many people were asked to come again for a service, so many days after the stop. Never who. */
export interface AskedBack {
  service: string;
  people: number;
  from_days: number;
  until_days: number;
}

export type Kind = keyof Payloads;

/**
 * One frozen record. `subject` is the uid of the stop it belongs to (null: none, as for a schedule that was seen);
 * `replaces` the id of the event it takes back.
 */
export type CrewEvent = {
  [K in Kind]: Readonly<{
    id: string;
    kind: K;
    subject: string | null;
    replaces: string | null;
    occurred_at: string;
    payload: Readonly<Payloads[K]>;
  }>;
}[Kind];

/** A new event with an id made on this tablet (UUIDv7: ids sort by the time they were made). */
export function record<K extends Kind>(kind: K, subject: string | null, payload: Payloads[K], now: Date): CrewEvent {
  return frozen(kind, subject, payload, null, now);
}

/** The event that takes another one back. The first stays on record; it just no longer counts. */
export function takeBack(event: CrewEvent, now: Date): CrewEvent {
  return frozen("void", event.subject, {}, event.id, now);
}

function frozen<K extends Kind>(kind: K, subject: string | null, payload: Payloads[K], replaces: string | null, now: Date): CrewEvent {
  const event = {
    id: uuidv7(),
    kind,
    subject,
    replaces,
    occurred_at: now.toISOString(),
    payload: Object.freeze({ ...payload }),
  };
  return Object.freeze(event) as unknown as CrewEvent;
}
