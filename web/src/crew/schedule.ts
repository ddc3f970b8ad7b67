/**
 * The day's schedule on the tablet. It travels office → tablet only, in whole versions: the newest that could be
 * fetched is kept, and stays valid for as long as there is no signal.
 */
import { minutes, plusDays, wall } from "$lib/clock";
import type { Answer, Bundle, Office, Stop, VanDay } from "./office";
import type { KeptBundle, Tablet } from "./tablet";

/** Schedules older than this are dropped: nobody needs last week's stops in a lost tablet. */
const KEEP_DAYS = 3;

export interface Change {
  kind: "cancelled" | "shortened" | "moved" | "added" | "removed";
  stop: Stop;
  /** What it was before, when it was there before. */
  before: Stop | null;
}

/** Fetch a date's schedule and keep it. On any failure the kept one stays as it is. */
export async function refresh(tablet: Tablet, fetchBundle: Office["bundle"], date: string, now: Date): Promise<Answer<Bundle>> {
  const answer = await fetchBundle(date, await tablet.device());
  if (!answer.ok) return answer;
  await tablet.bundles.put({ date: answer.value.date, fetched: now.toISOString(), bundle: answer.value });
  await tablet.bundles.where("date").below(plusDays(date, -KEEP_DAYS)).delete();
  return answer;
}

export function kept(tablet: Tablet, date: string): Promise<KeptBundle | undefined> {
  return tablet.bundles.get(date);
}

export function vanDay(bundle: Bundle, vanId: number): VanDay | undefined {
  return bundle.days.find((day) => day.van.id === vanId && day.date === bundle.date);
}

/** What differs for one van between the plan its crew has seen and a newer one; in the order of the new day. */
export function changes(before: VanDay | undefined, after: VanDay | undefined): Change[] {
  if (!before) return [];
  const was = new Map(before.stops.map((stop) => [stop.uid, stop]));
  const now = new Map((after?.stops ?? []).map((stop) => [stop.uid, stop]));
  const changed = [...now.values()].flatMap((stop) => change(was.get(stop.uid) ?? null, stop) ?? []);
  const gone = before.stops.filter((stop) => !now.has(stop.uid) && stop.state !== "cancelled");
  return [...changed, ...gone.map((stop): Change => ({ kind: "removed", stop, before: stop }))];
}

function change(before: Stop | null, stop: Stop): Change | null {
  if (!before) return stop.state === "cancelled" ? null : { kind: "added", stop, before };
  if (stop.state !== before.state && stop.state !== "planned") return { kind: stop.state, stop, before };
  if (stop.state === "cancelled") return null;
  const moved = stop.starts !== before.starts || stop.ends !== before.ends || stop.site.id !== before.site.id;
  return moved ? { kind: "moved", stop, before } : null;
}

const LONG_BEFORE = 120;

/** Whether a moment lies more than two hours before a stop of a date in the city starts. */
export function longBefore(date: string, starts: string, now: Date): boolean {
  const here = wall(now);
  return here.day === date ? here.minutes < minutes(starts) - LONG_BEFORE : here.day < date;
}
