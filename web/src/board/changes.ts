/** What a draft changes, said in the page's language from the two plans themselves. */
import { span } from "$lib/clock";
import { day, translator, type Words } from "$lib/language.svelte";
import type { Change, Plan, Schedule, Stop } from "./shapes";

const en = {
  added: "{stop} is new.",
  cancelled: "{stop} is cancelled: {reason}.",
  shortened: "{stop} now ends earlier: {reason}.",
  moved: "{stop} was {was} before.",
  dropped: "{stop} is no longer planned.",
};
const es: Words<keyof typeof en> = {
  added: "{stop} es nueva.",
  cancelled: "{stop} queda cancelada: {reason}.",
  shortened: "{stop} termina antes: {reason}.",
  moved: "{stop} era antes {was}.",
  dropped: "{stop} ya no está en el plan.",
};
const say = translator(en, es);

interface Dated {
  stop: Stop;
  date: string;
}

/** A sentence about one change; the server's own where the kind is not known here. */
export function changeInWords(change: Change, schedule: Schedule): string {
  const [before, after] = [find(schedule.published, change.uid), find(schedule.draft, change.uid)];
  const told = after ?? before;
  if (!told || !(change.kind in en)) return change.sentence;
  const was = before ? span(before.stop.starts, before.stop.ends) : "";
  return say(change.kind as keyof typeof en, { stop: named(told), reason: told.stop.reason ?? "", was });
}

function find(plan: Plan | null, uid: string): Dated | null {
  for (const { stops, date } of plan?.van_days ?? []) {
    const stop = stops.find((one) => one.uid === uid);
    if (stop) return { stop, date };
  }
  return null;
}

function named({ stop, date }: Dated): string {
  return `${stop.site.name}, ${day(date)} ${span(stop.starts, stop.ends)}`;
}
