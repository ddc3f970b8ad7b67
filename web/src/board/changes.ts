/** What a draft changes, said in the page's language from the two plans themselves. */
import { shown, span } from "$lib/clock";
import { day, translator, type Words } from "$lib/language.svelte";
import { reasonTold } from "$lib/reasons";
import type { Change, Plan, Schedule, Stop } from "./shapes";

const en = {
  added: "{stop} is new.",
  cancelled: "{stop} is cancelled: {reason}.",
  shortened: "{stop} now ends at {ends}: {reason}.",
  moved: "{stop} was {was} before.",
  dropped: "{stop} is no longer planned.",
  handed_over: "{stop} comes with {van}.",
  unbridged: "{stop}: {refills} refills are due and no van can keep it. Say how people get to their next dose.",
};
const es: Words<keyof typeof en> = {
  added: "{stop} es nueva.",
  cancelled: "{stop} queda cancelada: {reason}.",
  shortened: "{stop} termina ahora a las {ends}: {reason}.",
  moved: "{stop} era antes {was}.",
  dropped: "{stop} ya no está en el plan.",
  handed_over: "{stop} viene con {van}.",
  unbridged: "{stop}: hay {refills} recetas pendientes y ninguna unidad puede cumplirla. Falta decir cómo llega la gente a su dosis.",
};
const say = translator(en, es);

interface Dated {
  stop: Stop;
  date: string;
  van: string;
}

/** A sentence about one change; the server's own where the kind is not known here. */
export function changeInWords(change: Change, schedule: Schedule): string {
  const [before, after] = [find(schedule.published, change.uid), find(schedule.draft, change.uid)];
  const told = after ?? before;
  if (!told || !(change.kind in en)) return change.sentence;
  const then = before ? span(before.stop.starts, before.stop.ends) : "";
  const was = before && before.date !== told.date ? `${day(before.date)} ${then}` : then;
  const known = change.kind === "shortened" && before ? before : told;
  const [reason, ends] = [reasonTold(told.stop.reason ?? ""), shown(told.stop.ends)];
  return say(change.kind as keyof typeof en, { stop: named(known), reason, ends, was, van: told.van, refills: String(told.stop.refills_due) });
}

function find(plan: Plan | null, uid: string): Dated | null {
  for (const { stops, date, van } of plan?.van_days ?? []) {
    const stop = stops.find((one) => one.uid === uid);
    if (stop) return { stop, date, van: van.name };
  }
  return null;
}

function named({ stop, date }: Dated): string {
  return `${stop.site.name}, ${day(date)} ${span(stop.starts, stop.ends)}`;
}
