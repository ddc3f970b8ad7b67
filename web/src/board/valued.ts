/** Which days a plan's value and bound were computed for, and when two values may be compared. */
import type { Plan, Version } from "./shapes";

export interface Days {
  from: string;
  until: string;
}
type Valued = Pick<Plan, "version" | "from_date" | "until_date">;
type Known = Pick<Version, "number" | "from_date" | "until_date">;

/** The published plan shows the days of every version in force; its value is that of the newest alone. */
export function valuedDays(plan: Valued, versions: readonly Known[]): Days {
  const own = versions.find((version) => version.number === plan.version) ?? plan;
  return { from: own.from_date, until: own.until_date };
}

/** Values add up over days, so only those of equally many days tell which plan is better. */
export function comparable(one: Days, other: Days): boolean {
  return length(one) === length(other);
}

function length({ from, until }: Days): number {
  return Date.parse(until) - Date.parse(from);
}
