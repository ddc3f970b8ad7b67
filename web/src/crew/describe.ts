/** One recorded event in plain words, for the undo bar and the list of what waits. */
import { language } from "$lib/language.svelte";
import type { CrewEvent } from "./events";
import type { Bundle } from "./office";
import { t } from "./words";

/** What this programme counts and why stops fall out, in both languages: it comes with the schedule. */
type Labels = Pick<Bundle, "items" | "skip_reasons">;

export function what(event: CrewEvent, labels: Labels): string {
  switch (event.kind) {
    case "stop.arrived":
      return t("whatArrived");
    case "stop.left":
      return t("whatLeft");
    case "stop.skipped":
      return t("whatSkipped", { reason: labelOf(event.payload.reason, labels.skip_reasons) });
    case "tally":
      return t("whatTally", { count: event.payload.quantity, label: labelOf(event.payload.item, labels.items) });
    case "overdose.response":
      return t("whatOverdose");
    case "come.back":
      return t("whatComeBack", { count: event.payload.people });
    case "schedule.seen":
      return t("whatSeen", { count: event.payload.version });
    case "void":
      return t("whatVoid");
  }
}

/** A label in the page's language; a key the schedule does not name is shown as written. */
export function labelOf(key: string, labels: readonly { key: string; label_en: string; label_es: string }[]): string {
  const found = labels.find((label) => label.key === key);
  if (!found) return key.replaceAll("_", " ");
  return language() === "es" ? found.label_es : found.label_en;
}
