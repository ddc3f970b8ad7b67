/** What the server keeps about a participant, and which consents hold. The code travels in bodies only. */
import { api } from "$lib/api";
import type { components } from "$lib/schema";

export type Kept = components["schemas"]["ParticipantSeen"];
export type Consent = components["schemas"]["ConsentSeen"];
export type Scope = Consent["scope"];

export const SCOPES: Scope[] = ["follow_up", "treatment", "funder", "research"];

/** The page empties itself after five minutes without a touch. */
export const CLEARED_AFTER = 5 * 60_000;

export function look(code: string): Promise<Kept> {
  return api.post<Kept>("/crew/participants/look", { code });
}

export type Standing = "holds" | "revoked" | "expired" | "none";

/** How the newest consent of a scope stands on a day (ISO). */
export function standing(consents: readonly Consent[], scope: Scope, today: string): { state: Standing; consent: Consent | null } {
  const consent = consents.find((one) => one.scope === scope) ?? null;
  if (consent === null) return { state: "none", consent };
  if (consent.revoked_at) return { state: "revoked", consent };
  return { state: today <= consent.expires_on ? "holds" : "expired", consent };
}
