/** What the planner notes about single days, in the page's language. A note it does not know stays in English. */
import { day, language } from "$lib/language.svelte";
import { term } from "$lib/terms";
import { dated } from "./dates";
import { inEnglish, type Said } from "./said";

const holidays: Record<string, string> = {
  "New Year's Day": "Año Nuevo",
  "Martin Luther King Jr. Day": "el Día de Martin Luther King Jr.",
  "Washington's Birthday": "el Día de los Presidentes",
  "Patriots' Day": "el Día de los Patriotas",
  "Memorial Day": "el Día de los Caídos",
  Juneteenth: "Juneteenth",
  "Juneteenth National Freedom Day": "Juneteenth",
  "Independence Day": "el Día de la Independencia",
  "Victory Day": "el Día de la Victoria",
  "Labor Day": "el Día del Trabajo",
  "Columbus Day": "el Día de la Raza",
  "Veterans Day": "el Día de los Veteranos",
  "Veterans' Day": "el Día de los Veteranos",
  "Thanksgiving Day": "el Día de Acción de Gracias",
  "Christmas Day": "Navidad",
};
const holiday = (name: string): string => holidays[name] ?? name;

/** Why no van can be at a promised session. */
function unkept(why: string): string {
  const minutes = /needs (\d+) minutes more/.exec(why)?.[1];
  if (minutes) return `con el viaje necesita ${minutes} minutos más de los que tiene cualquier turno`;
  return why.startsWith("no road") ? "ninguna calle lleva una unidad hasta allí y de vuelta" : "ninguna unidad que pueda parar allí sale ese día";
}

/** Each note's English as the planner writes it, and what it is in Spanish; `on` says a date. */
const spanish: [RegExp, (found: string[], on: (date: string) => string) => string][] = [
  [/^(\w{3} \d+ \w{3}) is (.+): no van goes out\.$/, ([date = "", name = ""], on) => `El ${on(date)} es ${holiday(name)}: no sale ninguna unidad.`],
  [
    /^The promised session at (.+) on (\w{3} \d+ \w{3}) falls on (.+)\. Tell its people another date\.$/,
    ([site = "", date = "", name = ""], on) => `La sesión prometida en ${site} el ${on(date)} cae en ${holiday(name)}. Avise a su gente de otra fecha.`,
  ],
  [
    /^No van can go out on (\w{3} \d+ \w{3}), though a session is promised\. Look at shifts and absences\.$/,
    ([date = ""], on) => `Ninguna unidad puede salir el ${on(date)}, aunque hay una sesión prometida. Revise turnos y ausencias.`,
  ],
  [
    /^Nobody is at work on (\w{3} \d+ \w{3}): no van goes out\. Look at shifts and absences\.$/,
    ([date = ""], on) => `Nadie trabaja el ${on(date)}: no sale ninguna unidad. Revise turnos y ausencias.`,
  ],
  [
    /^The session promised at (.+) on (\w{3} \d+ \w{3}) at (\d\d:\d\d) cannot be kept: (.+)\.$/,
    ([site = "", date = "", time = "", why = ""], on) => `La sesión prometida en ${site} el ${on(date)} a las ${time} no se puede cumplir: ${unkept(why)}.`,
  ],
  [
    /^(\d+) (?:person is|people are) due at (.+) for (.+), (\w{3} \d+ \w{3}) to (\w{3} \d+ \w{3}): /,
    ([count = "", site = "", service = "", from = "", until = ""], on) => `${count} ${count === "1" ? "persona citada" : "personas citadas"} en ${site} para ${term(service.replaceAll(" ", "_"))} del ${on(from)} al ${on(until)}: allí no se puede atender.`,
  ],
  [/^SYNTHETIC street/, () => "Calles SINTÉTICAS: generadas para la demostración; no son el mapa de una ciudad real."],
  [/^Traffic factors are assumed, not measured\.$/, () => "Los factores de tráfico son supuestos, no medidos."],
];

export function noteTold(note: string, firstDay: string): Said {
  if (language() === "en") return inEnglish(note);
  for (const [pattern, say] of spanish) {
    const found = pattern.exec(note);
    if (found) return { text: say(found.slice(1), (date) => day(dated(date, firstDay))), lang: undefined };
  }
  return inEnglish(note);
}
