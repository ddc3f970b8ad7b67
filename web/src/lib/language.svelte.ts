/** Which language the page speaks, and how it says words, plurals, numbers, dates and times in it. */
import { today, wall, zone } from "./clock";

export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;

/** A sentence, or one per plural form (`other` always) chosen by the variable `count`. Holes are `{name}`. */
export type Phrase = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);
export type Words<Key extends string> = Record<Key, Phrase>;
type Holes = Record<string, string | number>;

const remembered = "outreach.language";

function first(): Language {
  const asked = localStorage.getItem(remembered) ?? navigator.language;
  return asked.startsWith("es") ? "es" : "en";
}

const start = first();
let current = $state<Language>(start);
document.documentElement.lang = start;

export function language(): Language {
  return current;
}

/** Changes every word on the page at once and remembers it on this device. */
export function speak(next: Language): void {
  current = next;
  localStorage.setItem(remembered, next);
  document.documentElement.lang = next;
}

/** Dates are written day before month in both languages ("Tue 24 Nov"), so English uses its British order. */
const locale = (): string => (current === "es" ? "es" : "en-GB");

/** The function that says a page's words: both dictionaries must hold the same keys. */
export function translator<Key extends string>(en: Words<Key>, es: Words<NoInfer<Key>>) {
  return (key: Key, holes: Holes = {}): string => {
    const phrase = (current === "es" ? es : en)[key];
    return fill(typeof phrase === "string" ? phrase : form(phrase, Number(holes.count ?? 0)), holes);
  };
}

function form(phrase: Exclude<Phrase, string>, count: number): string {
  return phrase[new Intl.PluralRules(locale()).select(count)] ?? phrase.other;
}

function fill(sentence: string, holes: Holes): string {
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = holes[name];
    if (value === undefined) return hole;
    return typeof value === "number" ? number(value) : value;
  });
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value).replace("-", "−");
}

/** A share from 0 to 1 as "41 %" with a thin space, the same in both languages. */
export function percent(share: number, digits = 0): string {
  return `${number(share * 100, digits)}\u202f%`;
}

/** "Tue 24 Nov" (`dated`: "Tue 24 Nov 2026") from an ISO date, which has no zone and must not be given one. */
export function day(iso: string, style: "short" | "dated" | "long" | "weekday" = "short"): string {
  const shapes: Record<typeof style, Intl.DateTimeFormatOptions> = {
    short: { weekday: "short", day: "numeric", month: "short" },
    dated: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
    long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    weekday: { weekday: "long" },
  };
  return plain(new Intl.DateTimeFormat(locale(), { ...shapes[style], timeZone: "UTC" }).format(Date.parse(`${iso}T00:00:00Z`)));
}

/** The name of a weekday, 0 = Monday. */
export function weekday(index: number, width: "short" | "long" = "short"): string {
  return new Intl.DateTimeFormat(locale(), { weekday: width, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index));
}

/** A moment (ISO, UTC) as "Tue 24 Nov, 16:05" in the city's zone; of another year with that year. */
export function moment(iso: string): string {
  const year = wall(new Date(iso)).day.slice(0, 4) === today().slice(0, 4) ? undefined : "numeric";
  const shape: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short", year, hour: "2-digit", minute: "2-digit" };
  return plain(new Intl.DateTimeFormat(locale(), { ...shape, hourCycle: "h23", timeZone: zone() }).format(new Date(iso)));
}

/** Minutes as "45 min", "4 h" or "2 h 30 min". */
export function duration(minutes: number): string {
  const whole = Math.round(minutes);
  const [hours, rest] = [Math.floor(whole / 60), whole % 60];
  if (hours === 0) return `${rest}\u202fmin`;
  return rest === 0 ? `${hours}\u202fh` : `${hours}\u202fh ${rest}\u202fmin`;
}

/** "nurse, driver and prescriber" */
export function list(parts: string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(parts);
}

/** "Tue, 24 Nov" is written without its comma. */
function plain(date: string): string {
  return date.replace(/^(\p{L}+\.?), /u, "$1 ");
}
