/** Sentences made from the server's codes and facts, or its own English where they cannot be made. */
import { language, number } from "$lib/language.svelte";

export interface Said {
  text: string;
  /** Set when only the server's English could be said. */
  lang: "en" | undefined;
}

export const inEnglish = (text: string): Said => ({ text, lang: language() === "en" ? undefined : "en" });

/** The sentence made; the server's English where a hole of it stayed open. */
export const madeOr = (made: string, english: string): Said => (made.includes("{") ? inEnglish(english) : { text: made, lang: undefined });

/** Which fact fills a hole, and how it is said. */
export type Saying = [fact: string, say: (value: never) => string];

/** The holes that these facts can fill. */
export function filled(facts: Record<string, unknown>, sayings: Record<string, Saying>): Record<string, string> {
  const known = Object.entries(sayings).filter(([, [fact]]) => facts[fact] !== undefined);
  return Object.fromEntries(known.map(([hole, [fact, say]]) => [hole, say(facts[fact] as never)]));
}

/** "0.25 more": what a change would do to the plan. */
export const gained: Record<"by" | "compared", Saying> = {
  by: ["gain", (gain: number) => number(Math.abs(gain), Math.abs(gain) < 0.1 ? 3 : 2)],
  compared: ["gain", (gain: number) => (language() === "es" ? (gain > 0 ? "más" : "menos") : gain > 0 ? "more" : "less")],
};
