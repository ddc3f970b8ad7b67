/** The board's own things on the map: risk, routes, candidate sites and alerts, as sources and layers. */
import type { Feature, FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { riskLayers } from "$lib/map/risk";
import { colour } from "$lib/theme.svelte";
import type { Alert, Place, Site, Stop, Van, VanDay } from "./shapes";

export const vanColours = 7;

const gather = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });

export function routesOf(vanDays: VanDay[], colourOf: (van: number) => number): FeatureCollection {
  return gather(
    vanDays.map((one) => ({ type: "Feature", properties: { colour: colourOf(one.van.id) }, geometry: { type: "LineString", coordinates: one.route } })),
  );
}

/** Where stops and bases are marked: names on the map give way there. */
export function marksOf(vanDays: VanDay[], vans: Van[]): FeatureCollection {
  const places = [...vanDays.flatMap((one) => one.stops.map(({ site }) => site)), ...vans];
  return gather(places.map(({ lon, lat }) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lon, lat] } })));
}

/** How many marks to the right of its place each stop is drawn: stops of one day at the same site stand side by side. */
export function sideBySide(vanDays: { stops: Pick<Stop, "uid" | "site">[] }[]): Map<string, number> {
  const stops = vanDays.flatMap((one) => one.stops);
  return new Map(
    stops.map(({ uid, site }) => {
      const there = stops.filter((other) => other.site.id === site.id);
      return [uid, there.findIndex((other) => other.uid === uid) - (there.length - 1) / 2];
    }),
  );
}

export function sitesOf(sites: Site[], chosen: number | null): FeatureCollection {
  return gather(
    sites
      .filter((site) => site.status !== "retired")
      .map((site) => ({ type: "Feature", properties: { id: site.id, name: site.name, status: site.status, chosen: site.id === chosen }, geometry: { type: "Point", coordinates: [site.lon, site.lat] } })),
  );
}

export function alertsOf(alerts: Alert[]): FeatureCollection {
  return gather(alerts.map((alert) => ({ type: "Feature", properties: { id: alert.id }, geometry: { type: "Polygon", coordinates: [circle([alert.lon, alert.lat], alert.radius_m)] } })));
}

/** A ring around a place, near enough to a circle at city size. */
export function circle([lon, lat]: Place, metres: number): Place[] {
  const [north, east] = [metres / 111_320, metres / (111_320 * Math.cos((lat * Math.PI) / 180))];
  return [...Array(49).keys()].map((step) => {
    const angle = (step * Math.PI) / 24;
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)];
  });
}

/** Everything of ours above the roads, in the order it is painted. */
export function boardLayers(edges: number[]): LayerSpecification[] {
  return [...riskLayers("risk", edges), ...alertLayers(), ...siteLayers(), ...routeLayers()];
}

function alertLayers(): LayerSpecification[] {
  return [
    { id: "alerts", type: "fill", source: "alerts", paint: { "fill-color": colour("bad"), "fill-opacity": 0.08 } },
    { id: "alerts-edge", type: "line", source: "alerts", paint: { "line-color": colour("bad"), "line-width": 2, "line-dasharray": [3, 2] } },
  ];
}

function siteLayers(): LayerSpecification[] {
  return [
    {
      id: "sites", type: "circle", source: "sites",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 15, 6],
        "circle-color": colour("surface"),
        "circle-stroke-width": 1.5,
        "circle-stroke-color": colour("ink-soft"),
      },
    },
    {
      id: "site-chosen", type: "circle", source: "sites", filter: ["get", "chosen"],
      paint: { "circle-radius": 9, "circle-color": colour("accent"), "circle-opacity": 0.25, "circle-stroke-width": 3, "circle-stroke-color": colour("accent") },
    },
  ];
}

function routeLayers(): LayerSpecification[] {
  const colours = [...Array(vanColours).keys()].flatMap((index) => [index + 1, colour(`van-${index + 1}`)]);
  const byVan = ["match", ["get", "colour"], ...colours, colour("ink")] as unknown as ExpressionSpecification;
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  return [
    { id: "routes-edge", type: "line", source: "routes", layout, paint: { "line-color": colour("map-halo"), "line-width": 6, "line-opacity": 0.9 } },
    { id: "routes", type: "line", source: "routes", layout, paint: { "line-color": byVan, "line-width": 3 } },
  ];
}
