/** The coverage report as the server tells it, and the shapes the page draws of it. No drawing here. */
import { api, withQuery } from "$lib/api";
import type { components } from "$lib/schema";
import type { Language } from "$lib/language.svelte";
import type { Span } from "./period";

type Shapes = components["schemas"];
export type Coverage = Shapes["CoverageReport"];
export type Figures = Shapes["CoverageFigures"];
export type Area = Shapes["AreaCoverage"];
export type Week = Shapes["WeekCoverage"];
export type Given = Shapes["ReleasedPage"];
export type City = Shapes["City"];

export function fetchCoverage(span: Span, exact: boolean, language: Language): Promise<Coverage> {
  return api.get<Coverage>(withQuery("/manage/coverage", { from: span.from, until: span.until, exact, language }));
}

/** A report as it was given out, whatever was logged since. */
export function fetchRelease(id: number, language: Language): Promise<Given> {
  return api.get<Given>(withQuery(`/manage/releases/${id}`, { language }));
}

export function fetchCity(): Promise<City> {
  return api.get<City>("/dispatch/city");
}

/** Below half an expected overdose a share says nothing: one van passing by would make it 100 %. */
export const LEAST_RISK = 0.5;

/** Where the classes of the share map begin. Fixed, so that two periods can be laid side by side. Low: a van
    is at a place for a few of the week's 168 hours. */
export const SHARES = [0, 0.005, 0.01, 0.02, 0.04];

/** The class of a share, 0 for the lowest; null when there is too little risk to say. */
export function shareClass(area: Pick<Figures, "risk" | "share_served">): number | null {
  if (area.share_served === null || area.risk < LEAST_RISK) return null;
  return classOf(area.share_served, SHARES);
}

export function classOf(value: number, edges: readonly number[]): number {
  return Math.max(0, edges.findLastIndex((edge) => value >= edge));
}

/** Round, doubling edges for at most five classes (0, 5, 10, 20, 40): most places have little, a few have much. */
export function doublingEdges(values: readonly number[]): number[] {
  const highest = Math.max(0, ...values);
  if (highest === 0) return [0];
  const first = roundDown(highest / 8);
  return [0, first, 2 * first, 4 * first, 8 * first];
}

/** The last number of 1, 2 or 5 times a power of ten. */
function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const lead = [5, 2, 1].find((digit) => digit * power <= value * 1.001) ?? 1;
  return lead * power;
}

/** Areas by what is not reached yet, most first: where a van would find most of what is missed. */
export function byMissed(areas: readonly Area[]): Area[] {
  return [...areas].sort((one, other) => missed(other) - missed(one));
}

export function missed(figures: Pick<Figures, "risk_hours" | "risk_hours_served">): number {
  return Math.max(0, figures.risk_hours - figures.risk_hours_served);
}

export function isEmpty(report: Coverage): boolean {
  return report.total.stops_planned === 0 && report.total.stops_delivered === 0;
}
