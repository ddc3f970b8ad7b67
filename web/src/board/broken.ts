/** What stands in a moved stop's way, in the page's language: other stops by name and time, rules as the judge says
 * them (in English; other languages have a sentence for each rule). */
import { clock, shown, span } from "$lib/clock";
import { duration, language, translator, type Words } from "$lib/language.svelte";
import type { Broken, Clash } from "./clash";
import type { Moved } from "./moving.svelte";
import { inEnglish, type Said } from "./said";

const clashesEn = {
  same: "{van} would be at {site} {at} and at {other} {then} at the same time.",
  before: "{van} is at {other} until {until} and due at {site} at {from}: packing up, {drive} of driving and setting up do not fit in between.",
  after: "{van} is at {site} until {until} and due at {other} at {from}: packing up, {drive} of driving and setting up do not fit in between.",
  beforeMeal: "{van} is at {other} until {until} and due at {site} at {from}: packing up, {drive} of driving, the meal break and setting up do not fit in between.",
  afterMeal: "{van} is at {site} until {until} and due at {other} at {from}: packing up, {drive} of driving, the meal break and setting up do not fit in between.",
};
const clashesEs: Words<keyof typeof clashesEn> = {
  same: "{van} estaría a la vez en {site} ({at}) y en {other} ({then}).",
  before: "{van} está en {other} hasta las {until} y debe atender en {site} a las {from}: entre medias no caben recoger, {drive} de trayecto y montar.",
  after: "{van} está en {site} hasta las {until} y debe atender en {other} a las {from}: entre medias no caben recoger, {drive} de trayecto y montar.",
  beforeMeal: "{van} está en {other} hasta las {until} y debe atender en {site} a las {from}: entre medias no caben recoger, {drive} de trayecto, la pausa de comida y montar.",
  afterMeal: "{van} está en {site} hasta las {until} y debe atender en {other} a las {from}: entre medias no caben recoger, {drive} de trayecto, la pausa de comida y montar.",
};
const sayClash = translator(clashesEn, clashesEs);

const es: Record<string, string> = {
  shift: "El turno de la unidad no alcanza para este horario.",
  van_twice: "La unidad saldría antes de haber vuelto.",
  travel: "El trayecto no alcanza: la unidad no puede llegar a tiempo.",
  window: "El lugar no está abierto a las unidades a esa hora.",
  dwell: "El lugar no permite una estancia de esa duración.",
  on_the_clock: "La hora no es de las que se anuncian (cada cinco minutos).",
  meal_break: "La pausa de comida ya no cabe.",
  site_twice: "La misma unidad pararía dos veces allí ese día.",
  crowd: "No caben tantas unidades en el lugar a la vez.",
  spacing: "Las estancias en el lugar quedarían demasiado seguidas.",
  van_fits: "Esa unidad no puede parar en el lugar.",
  host: "El anfitrión no permite alguno de los servicios.",
  staffed: "Al equipo le falta alguien para uno de los servicios.",
  language: "Nadie del equipo habla el idioma que pide el anfitrión.",
  on_shift: "Alguien del equipo no está de turno a esa hora.",
  two_vans: "Alguien estaría en dos unidades a la vez.",
  rest: "Alguien no descansaría lo suficiente.",
  day_hours: "Alguien trabajaría demasiadas horas ese día.",
  week_hours: "Alguien trabajaría demasiadas horas esa semana.",
};

/** What stands in the way, each said once. */
export function inTheWay({ against, van, site, starts, ends }: Moved): Said[] {
  const named = against.clashes.map((clash): Said => ({ text: clashInWords(clash, { van, site, starts, ends }), lang: undefined }));
  const said = [...named, ...against.others.map(inWords)];
  return [...new Map(said.map((one) => [one.text, one])).values()];
}

function clashInWords({ other, when, driveMinutes, withMeal }: Clash, { van, site, starts, ends }: Omit<Moved, "against">): string {
  const [from, until] = [clock(starts), clock(ends)];
  const between = when === "before" ? { until: shown(other.ends), from: shown(from) } : { until: shown(until), from: shown(other.starts) };
  const key = when !== "same" && withMeal ? (`${when}Meal` as const) : when;
  return sayClash(key, { van, site, other: other.site.name, at: span(from, until), then: span(other.starts, other.ends), drive: duration(driveMinutes), ...between });
}

function inWords(one: Broken): Said {
  if (language() === "en") {
    const said = one.sentence
      .replace(/(\d+) s drive/, (_, seconds: string) => `${Math.ceil(Number(seconds) / 60)}-minute drive`)
      .replace(/\b\d\d:\d\d\b/g, shown);
    return { text: `${said.charAt(0).toUpperCase()}${said.slice(1)}.`, lang: undefined };
  }
  const said = es[one.rule];
  return said ? { text: said, lang: undefined } : inEnglish(one.sentence);
}
