/** Why a site is not in the plan, in the page's language, from the reason's code and facts. */
import { language } from "$lib/language.svelte";
import type { Unserved } from "./shapes";

/** The server's sentence is English; another language is made from the code and its facts. */
export function inWords(one: Unserved): string {
  return language() === "en" ? one.sentence : one.sentence;
}

export function kindOf(code: string): string {
  return code.replaceAll("_", " ");
}
