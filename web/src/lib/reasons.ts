/** The usual reasons for changing a stop. One is stored as it was said; every reader gets it in their own language. */
import { translator, type Words } from "./language.svelte";

const en = {
  weather: "Severe weather",
  vanBroken: "The van is out of service",
  staffAway: "Not enough staff",
  siteClosed: "The site is closed",
  event: "Event or road closure",
};
export type Usual = keyof typeof en;

const es: Words<Usual> = {
  weather: "Mal tiempo",
  vanBroken: "La unidad está fuera de servicio",
  staffAway: "Falta de personal",
  siteClosed: "El lugar está cerrado",
  event: "Evento o calle cerrada",
};

export const usualReasons = Object.keys(en) as Usual[];
export const reasonSaid = translator<Usual>(en, es);

/** A stored reason in the page's language; one in somebody's own words stays as it was written. */
export function reasonTold(stored: string): string {
  const usual = usualReasons.find((one) => en[one] === stored || es[one] === stored);
  return usual === undefined ? stored : reasonSaid(usual);
}
