/** The judge's rules, in the page's language. English has the judge's own sentence, which names names and times. */
import { language } from "$lib/language.svelte";
import type { EditVerdict } from "./shapes";
import type { Said } from "./reasons";

type Broken = EditVerdict["broken"][number];

const es: Record<string, string> = {
  shift: "El turno de la unidad no alcanza para este horario.",
  van_twice: "La unidad saldría antes de haber vuelto.",
  travel: "El trayecto no alcanza: la unidad no puede llegar a tiempo.",
  window: "El sitio no está abierto a las unidades a esa hora.",
  dwell: "El sitio no permite una estancia de esa duración.",
  on_the_clock: "La hora no es de las que se anuncian (cada cinco minutos).",
  meal_break: "La pausa de comida ya no cabe.",
  site_twice: "La misma unidad pararía dos veces allí ese día.",
  crowd: "No caben tantas unidades en el sitio a la vez.",
  spacing: "Las estancias en el sitio quedarían demasiado seguidas.",
  van_fits: "Esa unidad no puede parar en el sitio.",
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
export function brokenInWords(all: readonly Broken[]): Said[] {
  const said = new Map(all.map((one) => inWords(one)).map((one) => [one.text, one]));
  return [...said.values()];
}

function inWords(one: Broken): Said {
  if (language() === "en") {
    const said = one.sentence.replace(/(\d+) s drive/, (_, seconds: string) => `${Math.ceil(Number(seconds) / 60)}-minute drive`);
    return { text: `${said.charAt(0).toUpperCase()}${said.slice(1)}.`, lang: undefined };
  }
  const said = es[one.rule];
  return said ? { text: said, lang: undefined } : { text: one.sentence, lang: "en" };
}
