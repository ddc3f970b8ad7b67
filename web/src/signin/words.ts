import { translator } from "$lib/language.svelte";

const en = {
  title: "Sign in",
  lead: "Plan, drive and record the outreach vans.",
  login: "Log-in name",
  password: "Password",
  enter: "Sign in",
  wrong: "This name and password do not go together. Check both and try again.",
  emptyLogin: "Enter your log-in name.",
  emptyPassword: "Enter your password.",
};

const es: Record<keyof typeof en, string> = {
  title: "Iniciar sesión",
  lead: "Planifique, conduzca y registre las unidades móviles.",
  login: "Nombre de usuario",
  password: "Contraseña",
  enter: "Iniciar sesión",
  wrong: "El nombre y la contraseña no coinciden. Revise ambos e intente de nuevo.",
  emptyLogin: "Escriba su nombre de usuario.",
  emptyPassword: "Escriba su contraseña.",
};

export const t = translator(en, es);
