/** Places that are only read on the map: other providers and when they are open, and what was noted of sites and alerts. */
import type { Alert, City, Site } from "./shapes";

type ProviderHours = City["providers"][number];

/** A service at the same hours on these weekdays (0 = Monday). */
export interface Offer {
  service: string;
  weekdays: number[];
  opens: string;
  closes: string;
}
export interface Provider {
  key: string;
  name: string;
  lon: number;
  lat: number;
  offers: Offer[];
}
export interface Noted {
  key: string;
  /** The site's, or what the kind of alert is called. */
  name: string;
  lon: number;
  lat: number;
  note: string;
}

/** One place for each provider, its hours of several weekdays told together. */
export function providersOf(hours: readonly ProviderHours[]): Provider[] {
  const found = new Map<string, Provider>();
  for (const { name, lon, lat, service, weekday, opens, closes } of hours) {
    const key = `${name} ${lon} ${lat}`;
    const provider = found.get(key) ?? { key, name, lon, lat, offers: [] };
    found.set(key, provider);
    const offer = provider.offers.find((one) => one.service === service && one.opens === opens && one.closes === closes);
    if (offer) offer.weekdays.push(weekday);
    else provider.offers.push({ service, weekdays: [weekday], opens, closes });
  }
  for (const { offers } of found.values()) for (const offer of offers) offer.weekdays.sort((a, b) => a - b);
  return [...found.values()];
}

/** Every site and alert of which something was noted. */
export function notesOf(
  sites: readonly Pick<Site, "id" | "name" | "lon" | "lat" | "note" | "status">[],
  alerts: readonly Pick<Alert, "id" | "kind" | "lon" | "lat" | "note">[],
  named: (kind: Alert["kind"]) => string,
): Noted[] {
  return [
    ...sites.filter((site) => site.status !== "retired").map(({ id, name, lon, lat, note }) => ({ key: `site ${id}`, name, lon, lat, note })),
    ...alerts.map(({ id, kind, lon, lat, note }) => ({ key: `alert ${id}`, name: named(kind), lon, lat, note })),
  ].filter((one) => one.note.trim());
}
