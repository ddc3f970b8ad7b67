/** A date as the planner's sentences write it ("Thu 26 Nov"), read back. */
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The ISO date meant: the first such day that is not before a plan's first. */
export function dated(written: string, firstDay: string): string {
  const [, dayOfMonth = "1", month = "Jan"] = written.split(" ");
  const rest = `-${String(months.indexOf(month) + 1).padStart(2, "0")}-${dayOfMonth.padStart(2, "0")}`;
  const year = Number(firstDay.slice(0, 4));
  return `${year}${rest}` < firstDay ? `${year + 1}${rest}` : `${year}${rest}`;
}
