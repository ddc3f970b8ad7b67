/** Why people due back cannot come, in the page's language, from the reason's code and its facts. */
import { day, duration, translator, type Words } from "$lib/language.svelte";
import { reasonTold } from "$lib/reasons";
import { term } from "$lib/terms";
import { dated } from "./dates";
import { filled, gained, inEnglish, madeOr, type Said } from "./said";
import type { Due } from "./shapes";

const en = {
  host: "The host does not allow {service}.",
  closed: "The site is not open to vans on any of these days.",
  no_crew: "Nobody in the role of {role} is on shift on a day when the site is open.",
  lacks: "{van} is there on {date} at {start}; its crew lacks: {lacking}.",
  could_join: "{van} is there on {date} at {start} without {service}. With {who} aboard it could offer it; the plan would be worth {by} {compared}.",
  no_room: "No van's day has room for it on these days, and no single stop could make room.",
  could_add: "{van} could serve them on {date} at {start} for {length}; the plan would be worth {by} {compared}.",
  outbid: "{van} could serve them on {date} at {start} for {length} instead of {other}; the plan would be worth {by} {compared}.",
  cancelled: "The stop on {date} at {start} is cancelled: {reason}.",
  no_stop: "No van stops there on these days.",
};
type Code = keyof typeof en;

const es: Words<Code> = {
  host: "El anfitrión no permite {service}.",
  closed: "El lugar no abre a las unidades ninguno de estos días.",
  no_crew: "Nadie con el rol de {role} trabaja los días en que abre el lugar.",
  lacks: "{van} está allí el {date} a las {start}; a su equipo le falta: {lacking}.",
  could_join: "{van} está allí el {date} a las {start} sin {service}. Con {who} a bordo podría ofrecerlo; el plan valdría {by} {compared}.",
  no_room: "No cabe en ninguna jornada de estos días, y ninguna parada podría dejarle sitio.",
  could_add: "{van} podría atenderlas el {date} a las {start} durante {length}; el plan valdría {by} {compared}.",
  outbid: "{van} podría atenderlas el {date} a las {start} durante {length} en lugar de {other}; el plan valdría {by} {compared}.",
  cancelled: "La parada del {date} a las {start} está cancelada: {reason}.",
  no_stop: "Ninguna unidad para allí estos días.",
};

const sentences = translator(en, es);

/** Said from the code and its facts; the server's own English where a fact is missing or the code is new. */
export function whyMissed(one: Due, firstDay: string): Said {
  return one.code in en ? madeOr(sentences(one.code as Code, holes(one, firstDay)), one.sentence) : inEnglish(one.sentence);
}

function holes({ facts, service }: Due, firstDay: string): Record<string, string> {
  const found = filled(facts, {
    role: ["role", term],
    van: ["van", String],
    start: ["start", String],
    who: ["who", String],
    other: ["instead_of", String],
    date: ["date", (told: string) => day(/^\d{4}-/.test(told) ? told : dated(told, firstDay))],
    reason: ["reason", reasonTold],
    length: ["minutes", duration],
    ...gained,
  });
  // "a prescriber": the role is what can be said in every language; a lack of hands is said in English alone.
  const role = /^an? (.+)$/.exec(String(facts.lacking ?? ""))?.[1];
  return { service: term(service), ...found, ...(role ? { lacking: term(role.replaceAll(" ", "_")) } : {}) };
}
