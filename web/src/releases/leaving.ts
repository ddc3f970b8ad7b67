/** Exports and releases as the server tells them, and where in its way an export is. */
import type { components } from "$lib/schema";

export type Export = components["schemas"]["ExportSeen"];
export type Release = components["schemas"]["ReleaseSeen"];
export type Terms = components["schemas"]["LeavingTerms"];

export type Step = "waiting" | "approved" | "handed" | "declined" | "over";

export function step(one: Export, now = Date.now()): Step {
  if (one.handed_at) return "handed";
  if (one.declined_at) return "declined";
  if (now > Date.parse(one.good_until)) return "over";
  return one.approved_at ? "approved" : "waiting";
}
