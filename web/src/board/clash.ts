/** Which stops of a van's day a moved one gets in the way of, where the judge finds the drives too long. */
import { minutes } from "$lib/clock";
import type { EditVerdict, Stop } from "./shapes";

/** A rule that a moved stop breaks. */
export type Broken = EditVerdict["broken"][number];
type Placed = Pick<Stop, "uid" | "arrive" | "starts" | "ends" | "leave" | "state">;

export interface Clash<One extends Placed = Stop> {
  other: One;
  /** Open at the same time; or the other comes before or after, with too little time between. */
  when: "same" | "before" | "after";
  /** What has to fit between, where the two do not overlap. */
  driveMinutes: number;
  withMeal: boolean;
}
export interface Against<One extends Placed = Stop> {
  clashes: Clash<One>[];
  /** What else the judge has against it, in the judge's own words. */
  others: Broken[];
}

/** What the judge says of two stops at the same time, too: drives back in time, and a meal eaten while open. */
const saidOfOverlaps = ["travel", "meal_break"];

export function against<One extends Placed>(moved: { uid: string; starts: number; ends: number }, stops: readonly One[], broken: readonly Broken[]): Against<One> {
  if (!broken.some((one) => one.rule === "travel")) return { clashes: [], others: [...broken] };
  const beside = stops.filter((one) => one.uid !== moved.uid && one.state !== "cancelled");
  const same = beside.filter((one) => minutes(one.starts) < moved.ends && moved.starts < minutes(one.ends));
  if (same.length) return { clashes: same.map((other) => ({ other, when: "same", driveMinutes: 0, withMeal: false })), others: broken.filter((one) => !saidOfOverlaps.includes(one.rule)) };
  const found: Against<One> = { clashes: [], others: [] };
  for (const one of broken) {
    const clash = tooFar(one, beside);
    if (clash) found.clashes.push(clash);
    else found.others.push(one);
  }
  return found;
}

/** The stop that a drive too long leads from or to, found by the minute it is left or reached; null for other rules and drives. */
function tooFar<One extends Placed>({ rule, sentence }: Broken, beside: readonly One[]): Clash<One> | null {
  const drive = rule === "travel" ? /^the (\d+) s drive from (\d+:\d\d) cannot end by (\d+:\d\d)$/.exec(sentence) : null;
  if (!drive) return null;
  const [seconds, leave, arrive] = [Number(drive[1]), minutes(drive[2] ?? ""), minutes(drive[3] ?? "")];
  const between = { driveMinutes: Math.ceil(seconds / 60), withMeal: leave * 60 + seconds <= arrive * 60 };
  const before = beside.find((one) => minutes(one.leave) === leave);
  if (before) return { other: before, when: "before", ...between };
  const after = beside.find((one) => minutes(one.arrive) === arrive);
  return after ? { other: after, when: "after", ...between } : null;
}
