/** Words that every page says. */
import { Refusal, Unreachable } from "./api";
import { translator } from "./language.svelte";

const en = {
  outreach: "Outreach",
  board: "Board",
  crew: "Crew",
  report: "Report",
  releases: "Releases",
  admin: "Administration",
  participant: "Participant",
  ownPassword: "Your password",
  synthetic: "Synthetic",
  syntheticWhy: "Everything here is invented: streets, incidents, people and visits.",
  language: "Language",
  theme: "Appearance",
  auto: "As this device",
  light: "Light",
  dark: "Dark",
  signOut: "Sign out",
  close: "Close",
  cancel: "Cancel",
  undo: "Undo",
  tryAgain: "Try again",
  loading: "Loading",
  cannotOpen: "This could not be opened",
  noAnswer: "The server did not answer. Nothing on this page is lost. Check the connection, then try again.",
  broken: "Something went wrong on the server. Nothing was changed. Try again, and tell your administrator if it stays.",
  signedOut: "You are signed out. Sign in again to go on.",
  needed: "Fill this in.",
  tooLong: "Write at most {most} characters; these are {length}.",
  skip: "Skip to the page",
  pages: "Pages",
};

const es: Record<keyof typeof en, string> = {
  outreach: "Outreach",
  board: "Tablero",
  crew: "Equipo",
  report: "Informe",
  releases: "Entregas",
  admin: "Administración",
  participant: "Participante",
  ownPassword: "Su contraseña",
  synthetic: "Sintético",
  syntheticWhy: "Aquí todo es inventado: calles, incidentes, personas y visitas.",
  language: "Idioma",
  theme: "Apariencia",
  auto: "Como el dispositivo",
  light: "Claro",
  dark: "Oscuro",
  signOut: "Cerrar sesión",
  close: "Cerrar",
  cancel: "Cancelar",
  undo: "Deshacer",
  tryAgain: "Intentar de nuevo",
  loading: "Cargando",
  cannotOpen: "No se pudo abrir",
  noAnswer: "El servidor no respondió. Nada de esta página se ha perdido. Revise la conexión e intente de nuevo.",
  broken: "Algo falló en el servidor. No se cambió nada. Intente de nuevo y avise a administración si continúa.",
  signedOut: "Su sesión está cerrada. Inicie sesión de nuevo para continuar.",
  needed: "Complete este campo.",
  tooLong: "Escriba como mucho {most} caracteres; aquí hay {length}.",
  skip: "Ir al contenido",
  pages: "Páginas",
};

export const say = translator(en, es);

/** What to tell a person about an error: what happened, what is safe, what to do. */
export function sentence(reason: unknown): string {
  if (reason instanceof Unreachable) return say("noAnswer");
  if (!(reason instanceof Refusal)) throw reason;
  if (reason.status === 401) return say("signedOut");
  const told = reason.problem.detail || say("broken");
  const rows = (reason.problem.problems ?? []).map((one) => [one.what, one.remedy].filter(Boolean).join(" "));
  return [told, ...rows.filter((row) => !told.includes(row))].join(" ");
}
