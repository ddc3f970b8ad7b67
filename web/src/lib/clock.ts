/**
 * Times of day as the wire writes them: "HH:MM", running past 24:00 for work after midnight. And the clocks of the
 * city: every page tells and compares moments in its zone, whatever the device's own clock is set to.
 */

let city: string | undefined;

/** From now on the page goes by the clocks of this zone. Who signed in says which; until then, by the device's. */
export function goBy(timezone: string | undefined): void {
  city = timezone;
}

/** The zone the page goes by; undefined is the device's own. */
export function zone(): string | undefined {
  return city;
}

export function minutes(clock: string): number {
  const [hours, rest] = clock.split(":").map(Number);
  return (hours ?? 0) * 60 + (rest ?? 0);
}

export function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** "25:30" as people read it: "01:30 +1". */
export function shown(time: string): string {
  const at = minutes(time);
  return at < 1440 ? time : `${clock(at - 1440)}\u202f+1`;
}

/** A time of driving, to the nearest five minutes: nobody leaves at 9:54. */
export function about(time: string): string {
  return shown(clock(Math.round(minutes(time) / 5) * 5));
}

/** When a van leaves its base: five-minute steps, rounded so that nobody leaves late. */
export function leaving(time: string): string {
  return shown(clock(Math.floor(minutes(time) / 5) * 5));
}

/** When a van is back: five-minute steps, rounded so that it is back by then. */
export function returning(time: string): string {
  return shown(clock(Math.ceil(minutes(time) / 5) * 5));
}

/** An en dash between two times. */
export function span(from: string, until: string): string {
  return `${shown(from)}–${shown(until)}`;
}

/** The ISO date some days after another. */
export function plusDays(iso: string, days: number): string {
  return new Date(Date.parse(`${iso}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** 0 = Monday. */
export function weekdayOf(iso: string): number {
  return (new Date(`${iso}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The date and the minutes after midnight of a moment, on the city's clocks. */
export function wall(at = new Date()): { day: string; minutes: number } {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: city, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? "0";
  return { day: `${part("year")}-${part("month")}-${part("day")}`, minutes: Number(part("hour")) * 60 + Number(part("minute")) };
}

/** The date in the city. */
export function today(): string {
  return wall().day;
}

/** The city's time of day of a moment, "14:05". */
export function timeOf(at: Date): string {
  return clock(wall(at).minutes);
}
