/** The words of driving directions: loaded with them, so that they cost the crew page nothing until asked for. */
import { number, translator } from "$lib/language.svelte";
import type { Step } from "./office";

const en = {
  depart: "Start on {street}",
  straight: "Straight on into {street}",
  slight_left: "Bear left into {street}",
  slight_right: "Bear right into {street}",
  left: "Left into {street}",
  right: "Right into {street}",
  sharp_left: "Sharp left into {street}",
  sharp_right: "Sharp right into {street}",
  u_turn: "Turn round into {street}",
  nameless: "a street without a name",
};

const es: typeof en = {
  depart: "Salga por {street}",
  straight: "Siga recto por {street}",
  slight_left: "Ligeramente a la izquierda por {street}",
  slight_right: "Ligeramente a la derecha por {street}",
  left: "A la izquierda por {street}",
  right: "A la derecha por {street}",
  sharp_left: "Giro cerrado a la izquierda por {street}",
  sharp_right: "Giro cerrado a la derecha por {street}",
  u_turn: "Dé la vuelta por {street}",
  nameless: "una calle sin nombre",
};

const say = translator(en, es);
const FEET = 3.28084;
const MILE = 1609.344;
const NEAR = 300;

export function turned(step: Step): string {
  return say(step.turn, { street: step.name || say("nameless") });
}

/** Feet or miles, and metres or kilometres: dashboards show either. */
export function distance(metres: number): string {
  const miles = metres < NEAR ? `${number(Math.round((metres * FEET) / 10) * 10)} ft` : `${number(metres / MILE, 1)} mi`;
  return `${miles} · ${metres < 1000 ? `${number(metres)} m` : `${number(metres / 1000, 1)} km`}`;
}
