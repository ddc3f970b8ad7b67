/**
 * What other tablets recorded at a stop, beside what this one holds. The office tells totals and leaves this tablet's own
 * out of them. Times are put together here; counts never are: each tablet's stand for themselves. Pure.
 */
import type { Stop } from "./office";
import type { StopRecord } from "./record";

export type Elsewhere = NonNullable<Stop["elsewhere"]>;

/** How a stop stands. `told`: another tablet's word, not this one's. */
export interface Standing {
  arrived: string | null;
  left: string | null;
  skipped: string | null;
  told: boolean;
}

export const NOTHING: Elsewhere = { arrived_at: null, left_at: null, skipped: null, tallies: {} };

/** What others recorded here; a schedule kept from before an update says nothing of it. */
export function elsewhere(stop: Stop): Elsewhere {
  return stop.elsewhere ?? NOTHING;
}

/** This tablet's own word first. Where it has none, another's: so that who takes over can go on in mid-shift. */
export function standing(own: StopRecord, others: Elsewhere): Standing {
  const silent = own.arrived === null && own.left === null;
  const arrived = own.arrived ?? others.arrived_at;
  if (silent && arrived === null && (own.skipped || others.skipped)) {
    return { arrived, left: null, skipped: own.skipped?.reason ?? others.skipped, told: own.skipped === null };
  }
  return { arrived, left: own.arrived === null ? (own.left ?? others.left_at) : own.left, skipped: null, told: own.arrived === null && arrived !== null };
}
