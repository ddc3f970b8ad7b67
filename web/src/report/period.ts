/** Which days a report covers. Dates are local ISO dates and never get a zone. */
import { plusDays, weekdayOf } from "$lib/clock";

export interface Span {
  from: string;
  until: string;
}

export type Preset = "week" | "four" | "six" | "quarter" | "own";
export const presets = ["week", "four", "six", "quarter"] as const;
const weeks: Record<(typeof presets)[number], number> = { week: 1, four: 4, six: 6, quarter: 13 };

/** The last so many calendar weeks, this one up to today included. */
export function lastWeeks(preset: (typeof presets)[number], today: string): Span {
  const monday = plusDays(today, -weekdayOf(today));
  return { from: plusDays(monday, -7 * weeks[preset]), until: today };
}

/** Which preset a span is; `own` when it is none. */
export function presetOf(span: Span, today: string): Preset {
  const same = (preset: (typeof presets)[number]): boolean => {
    const found = lastWeeks(preset, today);
    return found.from === span.from && found.until === span.until;
  };
  return presets.find(same) ?? "own";
}

/** The span in the page's address, if there is a whole and sensible one. */
export function fromAddress(query: string): Span | null {
  const asked = new URLSearchParams(query);
  const [from, until] = [asked.get("from") ?? "", asked.get("until") ?? ""];
  return isDay(from) && isDay(until) && within({ from, until }) ? { from, until } : null;
}

/** The number of the release in the page's address: then the report is shown as it was given out. */
export function releaseFrom(query: string): number | null {
  const asked = new URLSearchParams(query).get("release") ?? "";
  return /^[1-9]\d{0,9}$/.test(asked) ? Number(asked) : null;
}

/** The longest period a report may cover, in days, and the dates the server knows. */
export const LONGEST = 400;
export const [EARLIEST, LATEST] = ["2000-01-01", "2099-12-31"];

/** Whether a report can be made for the span: in order, not too long, in this century. */
export function within({ from, until }: Span): boolean {
  return EARLIEST <= from && from <= until && until <= LATEST && until < plusDays(from, LONGEST);
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}
