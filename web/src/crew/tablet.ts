/**
 * What this tablet keeps, in IndexedDB. Every transaction is strict: when it ends the bytes are on disk, so that
 * a flat battery or a killed browser loses nothing that was counted on screen.
 *
 * An event is written once and never again. Whether it was sent is told by two other tables: `waiting` holds what the
 * office has not answered for yet, `receipts` what it said.
 */
import { Dexie, type EntityTable } from "dexie";
import { uuidv7 } from "uuidv7";
import type { CrewEvent } from "./events";
import type { Bundle } from "./office";

export interface SavedEvent {
  /** Grows with every save: the order things happened in, whatever the tablet's clock does. */
  order: number;
  id: string;
  /** uid of the stop, so that one stop's record is one look-up. */
  subject: string;
  /** When it was saved (milliseconds), for clearing out old, sent records. */
  saved: number;
  event: CrewEvent;
}

export interface Receipt {
  id: string;
  state: "stored" | "already" | "held";
  reason: string | null;
  /** Why it is held, as a word that stays the same; absent on older servers. */
  code?: string | null;
  sequence: number | null;
}

export interface Waiting {
  /** The `order` of a saved event. */
  order: number;
}

/** A schedule as the office sent it, kept for the days without signal. */
export interface KeptBundle {
  date: string;
  fetched: string;
  bundle: Bundle;
}

interface Note {
  name: string;
  value: unknown;
}

export class Tablet extends Dexie {
  events!: EntityTable<SavedEvent, "order">;
  waiting!: EntityTable<Waiting, "order">;
  receipts!: EntityTable<Receipt, "id">;
  bundles!: EntityTable<KeptBundle, "date">;
  notes!: EntityTable<Note, "name">;

  constructor(name = "outreach-crew", options: ConstructorParameters<typeof Dexie>[1] = {}) {
    super(name, { chromeTransactionDurability: "strict", ...options });
    this.version(1).stores({
      events: "++order, &id, subject, saved",
      waiting: "order",
      receipts: "id, state",
      bundles: "date",
      notes: "name",
    });
  }

  async note<T>(name: string): Promise<T | undefined> {
    return (await this.notes.get(name))?.value as T | undefined;
  }

  async keepNote(name: string, value: unknown): Promise<void> {
    await this.notes.put({ name, value });
  }

  /** The name this tablet goes by in the office's records: random, made once, tied to no person. */
  async device(): Promise<string> {
    return this.transaction("rw", this.notes, async () => {
      const known = await this.note<string>("device");
      if (known) return known;
      const made = `tablet-${uuidv7()}`;
      await this.keepNote("device", made);
      return made;
    });
  }
}

/** Ask the browser not to clear our storage when the disk is short. It may refuse; saving works all the same. */
export async function askToKeep(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
