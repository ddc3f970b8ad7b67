/** Why a site is not in the plan, in the page's language, from the reason's code and its facts. */
import { plusDays } from "$lib/clock";
import { day, duration, language, translator, type Words } from "$lib/language.svelte";
import { term } from "$lib/terms";
import { filled, gained, inEnglish, madeOr, type Said } from "./said";
import type { Unserved } from "./shapes";

const kindsEn = {
  proposed: "Waits for its host",
  unreachable: "No road reaches it",
  closed: "Not open to vans",
  host: "Host does not allow it",
  no_base_service: "Host does not allow it",
  window: "Open too short",
  no_van: "No van then",
  too_far: "Too far for a shift",
  no_crew: "No crew then",
  could_add: "Could be added",
  not_worth: "Costs more than it brings",
  no_room: "No room left",
  outbid: "Others reach more",
};
type Code = keyof typeof kindsEn;

const kindsEs: Words<Code> = {
  proposed: "Espera a su anfitrión",
  unreachable: "Sin calle que llegue",
  closed: "Cerrado a las unidades",
  host: "El anfitrión no lo permite",
  no_base_service: "El anfitrión no lo permite",
  window: "Abre muy poco tiempo",
  no_van: "Sin unidad a esa hora",
  too_far: "Demasiado lejos",
  no_crew: "Sin equipo a esa hora",
  could_add: "Se podría agregar",
  not_worth: "Cuesta más de lo que aporta",
  no_room: "Ya no cabe",
  outbid: "Otros alcanzan a más",
};

const sentencesEn: Words<Code> = {
  proposed: "{site} waits for a host's agreement.",
  unreachable: "No road reaches {site}. Move it to a street, or look at its coordinates.",
  closed: "{site} is closed to vans on all of these days (hours, permit or closure).",
  host: "The host of {site} does not allow {service}.",
  no_base_service: "The host of {site} does not allow harm reduction.",
  window: "{site} is open {open}; the shortest stay takes {needed}.",
  no_van: "No van that may stand at {site} is out while it is open.",
  too_far: "There and back, {site} takes {over} more than a shift.",
  no_crew: "Nobody in the role of {role} is on shift on a day when {site} is open.",
  could_add: "{van} could serve it on {date} at {start} for {length}: worth {by} more.",
  not_worth: "{van} could serve it on {date} at {start} for {length}, but the plan would be worth {by} less.",
  no_room: "No van's day has room for it, and no single stop could make room for it at its time.",
  outbid: "{van} could serve it on {date} at {start} for {length} instead of {other}; the plan would be worth {by} {compared}.",
};

const sentencesEs: Words<Code> = {
  proposed: "{site} espera el acuerdo de un anfitrión.",
  unreachable: "Ninguna calle llega a {site}. Muévalo a una calle o revise sus coordenadas.",
  closed: "{site} está cerrado a las unidades todos estos días (horario, permiso o cierre).",
  host: "El anfitrión de {site} no permite {service}.",
  no_base_service: "El anfitrión de {site} no permite reducción de daños.",
  window: "{site} abre {open}; la estancia más corta toma {needed}.",
  no_van: "Ninguna unidad que pueda parar en {site} está fuera mientras abre.",
  too_far: "Ir y volver de {site} toma {over} más que un turno.",
  no_crew: "Nadie con el rol de {role} trabaja los días en que abre {site}.",
  could_add: "{van} podría atenderlo el {date} a las {start} durante {length}: vale {by} más.",
  not_worth: "{van} podría atenderlo el {date} a las {start} durante {length}, pero el plan valdría {by} menos.",
  no_room: "No cabe en ninguna jornada, y ninguna parada podría dejarle sitio a su hora.",
  outbid: "{van} podría atenderlo el {date} a las {start} durante {length} en lugar de {other}; el plan valdría {by} {compared}.",
};

/** What would lift the rule that blocks a site, and what serving it would then do to the plan. */
const remediesEn = {
  open: "Were it open on {date} from {from} to {until}, {van} could serve it at {start} for {length}{instead}: worth {by} {compared}.",
  allow: "Were it allowed, {van} could serve it on {date} at {start} for {length}{instead}: worth {by} {compared}.",
  van_shift: "Were {van} out with a crew on {date} from {from} to {until}, it could serve it at {start} for {length}{instead}: worth {by} {compared}.",
  longer_shift: "Were the shift of {van} on {date} from {from} to {until}, it could serve it at {start} for {length}{instead}: worth {by} {compared}.",
  crew: "Were somebody there on {date} from {from} to {until}, {van} could serve it at {start} for {length}{instead}: worth {by} {compared}.",
};
type Remedy = keyof typeof remediesEn;

const remediesEs: Words<Remedy> = {
  open: "Si abriera el {date} de {from} a {until}, {van} podría atenderlo a las {start} durante {length}{instead}: vale {by} {compared}.",
  allow: "Si se permitiera, {van} podría atenderlo el {date} a las {start} durante {length}{instead}: vale {by} {compared}.",
  van_shift: "Si {van} saliera con un equipo el {date} de {from} a {until}, podría atenderlo a las {start} durante {length}{instead}: vale {by} {compared}.",
  longer_shift: "Si el turno de {van} el {date} fuera de {from} a {until}, podría atenderlo a las {start} durante {length}{instead}: vale {by} {compared}.",
  crew: "Si hubiera alguien el {date} de {from} a {until}, {van} podría atenderlo a las {start} durante {length}{instead}: vale {by} {compared}.",
};

const kinds = translator(kindsEn, kindsEs);
const sentences = translator(sentencesEn, sentencesEs);
const remedies = translator(remediesEn, remediesEs);
const remedied = (code: unknown): code is Remedy => typeof code === "string" && code in remediesEn;
const known = (code: string): code is Code => code in kindsEn;

/** Said from the code and its facts; the server's own English where a fact is missing or the code is new. */
export function inWords(one: Unserved, firstDay: string): Said {
  const found = holes(one, firstDay);
  const lifted = remedied(one.facts.remedy) ? ` ${remedies(one.facts.remedy, found)}` : "";
  return known(one.code) ? madeOr(sentences(one.code, found) + lifted, one.sentence) : inEnglish(one.sentence);
}

/** A reason's short name, for headings and the filter. */
export function kindOf(code: string): string {
  return known(code) ? kinds(code) : code.replaceAll("_", " ");
}

function holes({ site, facts }: Unserved, firstDay: string): Record<string, string> {
  const found = filled(facts, {
    service: ["service", term],
    role: ["role", term],
    van: ["van", String],
    start: ["start", String],
    date: ["day", (index: number) => day(plusDays(firstDay, index))],
    from: ["from", String],
    until: ["until", String],
    length: ["minutes", duration],
    over: ["over_minutes", duration],
    open: ["open_minutes", duration],
    needed: ["needed_minutes", duration],
    other: ["instead_of", String],
    instead: ["instead_of", (other: string) => (language() === "es" ? ` en lugar de ${other}` : ` instead of ${other}`)],
    ...gained,
  });
  return { site: site.name, instead: "", ...found };
}
