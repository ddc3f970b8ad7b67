/** The quiet map under everything: our own roads and water as GeoJSON, names drawn with the device's fonts. */
import type { FeatureCollection, Geometry, Position } from "geojson";
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { colour } from "../theme.svelte";

export const nothing: FeatureCollection = { type: "FeatureCollection", features: [] };

export interface Ground {
  basemap: unknown;
  areas: unknown;
}

export const shape = (data: unknown): SourceSpecification => ({ type: "geojson", data: (data ?? nothing) as FeatureCollection });

/** The name of an empty picture, as large as the page's own marks; the page gives it to the map. */
export const blank = "blank";

/** Nothing drawn where the page's own marks stand, so that names give way to them as they do to one another. */
function kept(): LayerSpecification {
  return { id: "marks", type: "symbol", source: "marks", layout: { "icon-image": blank, "icon-allow-overlap": true } };
}

/** The whole style in the theme worn now; `above` go between the roads and the names, which give way to `marks`. */
export function quietStyle(ground: Ground, sources: Record<string, SourceSpecification>, above: LayerSpecification[]): StyleSpecification {
  return {
    version: 8,
    sources: { ground: shape(ground.basemap), names: shape(middles(ground.areas)), marks: shape(null), ...sources },
    layers: [...land(), ...roads(), ...above, ...names(), kept()],
  };
}

/** One point for each area's name: an outline over several tiles would be named in each. */
function middles(areas: unknown): FeatureCollection {
  const known = (areas ?? nothing) as FeatureCollection;
  return {
    ...known,
    features: known.features.map((area) => ({ ...area, geometry: { type: "Point", coordinates: middle(area.geometry) } })),
  };
}

/** The middle of the largest outline, weighted by the length of its sides. */
function middle(geometry: Geometry): Position {
  if (geometry.type === "Point") return geometry.coordinates;
  const outlines = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.type === "MultiPolygon" ? geometry.coordinates.map((part) => part[0]) : [];
  const largest = outlines.flatMap((ring) => (ring ? [ring] : [])).sort((a, b) => b.length - a.length)[0] ?? [[0, 0]];
  let [east, north, total] = [0, 0, 0];
  largest.forEach(([x = 0, y = 0], index) => {
    const [nextX = 0, nextY = 0] = largest[(index + 1) % largest.length] ?? [];
    const side = Math.hypot(nextX - x, nextY - y) || 1e-12;
    [east, north, total] = [east + ((x + nextX) / 2) * side, north + ((y + nextY) / 2) * side, total + side];
  });
  return [east / total, north / total];
}

function land(): LayerSpecification[] {
  const fill = (id: string, kinds: string[], token: string): LayerSpecification => ({
    id, type: "fill", source: "ground", filter: ["in", ["get", "kind"], ["literal", kinds]], paint: { "fill-color": colour(token) },
  });
  return [
    { id: "land", type: "background", paint: { "background-color": colour("map-land") } },
    fill("park", ["park", "green"], "map-park"),
    fill("water", ["water", "sea", "harbour"], "map-water"),
  ];
}

function roads(): LayerSpecification[] {
  const road = (id: string, kinds: string[], token: string, near: number, far: number, minzoom = 0): LayerSpecification => ({
    id, type: "line", source: "ground", minzoom,
    filter: ["in", ["get", "kind"], ["literal", kinds]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour(token), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, far, 16, near] },
  });
  return [
    road("service", ["service"], "map-road", 3, 0.2, 12.5),
    road("minor", ["minor", "residential", "tertiary"], "map-road", 6, 0.4, 10.5),
    road("major", ["major", "primary", "secondary"], "map-road-big", 10, 1.2),
  ];
}

function names(): LayerSpecification[] {
  const font = ["sans-serif"];
  const paint = { "text-color": colour("map-label"), "text-halo-color": colour("map-halo"), "text-halo-width": 1.4 };
  return [
    {
      id: "street-names", type: "symbol", source: "ground", minzoom: 14, filter: ["all", ["has", "name"], ["!=", ["geometry-type"], "Polygon"]],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": font, "text-size": 11, "symbol-spacing": 320 }, paint,
    },
    {
      id: "area-names", type: "symbol", source: "names", maxzoom: 15,
      layout: { "text-field": ["get", "name"], "text-font": font, "text-size": ["interpolate", ["linear"], ["zoom"], 10, 10, 14, 14], "text-letter-spacing": 0.04, "text-max-width": 7, "text-padding": 8, "text-variable-anchor": ["center", "top", "bottom"], "text-radial-offset": 1.2 },
      paint,
    },
  ];
}
