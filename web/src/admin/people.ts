/** The accounts and tablets as the server tells them, and how long ago somebody was there. */
import { language, moment } from "$lib/language.svelte";
import type { components } from "$lib/schema";
import type { Role } from "$lib/session";

export type Account = components["schemas"]["AccountSeen"];
export type Tablet = components["schemas"]["DeviceSeen"];
export type FirstPassword = components["schemas"]["FirstPassword"];
export type Offered = components["schemas"]["Offered"];

export const ROLES: Exclude<Role, "device">[] = ["crew", "clinician", "dispatch", "manager", "auditor", "operator", "admin"];

/** Whoever sees figures or changes rights; the server insists on it, except in a demonstration. */
export const NEEDS_FACTOR: ReadonlySet<Role> = new Set<Role>(["manager", "admin", "auditor", "operator"]);

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]] as const;

/** "5 minutes ago"; the date itself from a week on. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds > 7 * 86_400) return moment(iso);
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? (["minute", 60] as const);
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-Math.floor(seconds / length), unit);
}
