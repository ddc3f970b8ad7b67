/** One recorded event in plain words, for the undo bar and the list of what waits. */
import { language } from "$lib/language.svelte";
import type { CrewEvent } from "./events";
import type { Counted } from "./office";
import { reasonWords, t } from "./words";

export function what(event: CrewEvent, items: readonly Counted[]): string {
  switch (event.kind) {
    case "stop.arrived":
      return t("whatArrived");
    case "stop.left":
      return t("whatLeft");
    case "stop.skipped":
      return t("whatSkipped", { reason: reasonWords(event.payload.reason) });
    case "tally":
      return t("whatTally", { count: event.payload.quantity, label: itemWords(event.payload.item, items) });
    case "overdose.response":
      return t("whatOverdose");
    case "schedule.seen":
      return t("whatSeen", { count: event.payload.version });
    case "void":
      return t("whatVoid");
  }
}

export function itemWords(key: string, items: readonly Counted[]): string {
  const counted = items.find((item) => item.key === key);
  if (!counted) return key.replaceAll("_", " ");
  return language() === "es" ? counted.label_es : counted.label_en;
}

/** The tablet's own time of day of a moment, "14:05". */
export function timeOf(iso: string): string {
  const at = new Date(iso);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** A schedule's time of day; work after midnight is written 25:30 there and read 01:30 by people. */
export function clock(time: string): string {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return `${String(hours % 24).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}
