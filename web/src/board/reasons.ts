/** Why a site is not in the plan, in the page's language, from the reason's code and its facts. */
import { language, translator, type Words } from "$lib/language.svelte";
import { term } from "$lib/terms";
import type { Unserved } from "./shapes";

const kindsEn = {
  closed: "Not open to vans",
  proposed: "Waits for its host",
  unreachable: "No road reaches it",
  no_base_service: "Host does not allow it",
  host: "Host does not allow it",
  no_duty: "No crewed van then",
  outbid: "Others reach more",
};
const kindsEs: Words<keyof typeof kindsEn> = {
  closed: "Cerrado a las unidades",
  proposed: "Espera a su anfitrión",
  unreachable: "Sin calle que llegue",
  no_base_service: "El anfitrión no lo permite",
  host: "El anfitrión no lo permite",
  no_duty: "Sin unidad con equipo",
  outbid: "Otros alcanzan a más",
};
const sentencesEs: Words<keyof typeof kindsEn> = {
  closed: "{site} está cerrado a las unidades todos estos días (horario, permiso o cierre).",
  proposed: "{site} espera el acuerdo de un anfitrión.",
  unreachable: "Ninguna calle llega a {site}. Muévalo a una calle o revise sus coordenadas.",
  no_base_service: "El anfitrión de {site} no permite reducción de daños.",
  host: "{site} no permite {service}.",
  no_duty: "{site} nunca está abierto mientras sale una unidad con equipo.",
  outbid: "Otras paradas alcanzan a más personas que {site}.",
};

const kinds = translator(kindsEn, kindsEs);
const inSpanish = translator(sentencesEs, sentencesEs);
const known = (code: string): code is keyof typeof kindsEn => code in kindsEn;

/** The server's sentence is English; Spanish is said from the code and the facts in it. */
export function inWords({ code, sentence, facts, site }: Unserved): string {
  if (language() === "en" || !known(code)) return sentence;
  return inSpanish(code, holes({ site: site.name, ...facts }));
}

/** Whether Spanish can be said for it; otherwise the server's English stands and is marked as such. */
export function inOurWords({ code }: Unserved): boolean {
  return known(code);
}

/** A reason's short name, for the filter. */
export function kindOf(code: string): string {
  return known(code) ? kinds(code) : code.replaceAll("_", " ");
}

function holes(facts: Record<string, unknown>): Record<string, string | number> {
  const entries = Object.entries(facts).map(([name, value]) => [name, typeof value === "number" ? value : /service|role/.test(name) ? term(String(value)) : String(value)]);
  return Object.fromEntries(entries) as Record<string, string | number>;
}
