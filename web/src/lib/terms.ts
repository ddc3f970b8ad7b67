/** What services and roles are called. A programme's own additions are shown as written. */
import { translator } from "./language.svelte";

const en = {
  harm_reduction: "harm reduction",
  moud: "addiction medication",
  wound_care: "wound care",
  walking_outreach: "outreach on foot",
  vaccination: "vaccination",
  testing: "testing",
  hiv_hcv_testing: "HIV and hepatitis C testing",
  drug_checking: "drug checking",
  case_management: "case management",
  outreach: "outreach",
  prescriber: "prescriber",
  nurse: "nurse",
  driver: "driver",
  outreach_worker: "outreach worker",
  case_manager: "case manager",
};

const es: Record<keyof typeof en, string> = {
  harm_reduction: "reducción de daños",
  moud: "medicación para adicciones",
  wound_care: "cuidado de heridas",
  walking_outreach: "alcance a pie",
  vaccination: "vacunación",
  testing: "pruebas",
  hiv_hcv_testing: "pruebas de VIH y hepatitis C",
  drug_checking: "análisis de drogas",
  case_management: "gestión de casos",
  outreach: "acercamiento",
  prescriber: "prescriptor",
  nurse: "enfermería",
  driver: "conductor",
  outreach_worker: "trabajador de calle",
  case_manager: "gestor de casos",
};

const known = translator(en, es);

export function term(code: string): string {
  return code in en ? known(code as keyof typeof en) : code.replaceAll("_", " ");
}

export const knownServices = ["harm_reduction", "moud", "wound_care", "walking_outreach"] as const;
