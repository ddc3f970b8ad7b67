/**
 * Neighbourhoods as shapes on a flat sheet. Where only a middle is known, the neighbourhood is everything nearer to
 * it than to any other (that is how the programme assigns places), no further out than a walk across it.
 */
import { apart, type Box } from "$lib/map/apart";

export type Point = [number, number];
export type Ring = Point[];

interface Feature<Facts> {
  properties: Facts;
  geometry: { type: string; coordinates: unknown };
}

export interface Shape<Facts> {
  facts: Facts;
  rings: Ring[];
  middle: Point;
}

/** How far a neighbourhood with no outline reaches from its middle, in metres. */
const REACH = 1_500;
const SIDES = 32;
const METRES_PER_DEGREE = 111_320;

/** Lon-lat to metres east and south of the north-west corner of everything (so that y grows downwards, as in SVG). */
export type Sheet = (point: Point) => Point;

export function sheet(points: readonly Point[]): Sheet {
  const west = Math.min(...points.map(([lon]) => lon));
  const north = Math.max(...points.map(([, lat]) => lat));
  const south = Math.min(...points.map(([, lat]) => lat));
  const squeeze = Math.cos((((north + south) / 2) * Math.PI) / 180);
  return ([lon, lat]) => [(lon - west) * METRES_PER_DEGREE * squeeze, (north - lat) * METRES_PER_DEGREE];
}

export function shapes<Facts>(features: readonly Feature<Facts>[]): Shape<Facts>[] {
  const flat = sheet(features.flatMap((feature) => points(feature)));
  const middles = features.map((feature) => average(points(feature).map(flat)));
  return features.map((feature, index) => {
    const middle = middles[index]!;
    const rings = outline(feature).map((ring) => ring.map(flat));
    return { facts: feature.properties, middle, rings: rings.length > 0 ? rings : [nearestTo(index, middles)] };
  });
}

/** The place nearer to the given middle than to any other, cut out of a disc around it. */
export function nearestTo(index: number, middles: readonly Point[]): Ring {
  const mine = middles[index]!;
  const disc = [...Array(SIDES).keys()].map((side): Point => {
    const angle = (2 * Math.PI * side) / SIDES;
    return [mine[0] + REACH * Math.cos(angle), mine[1] + REACH * Math.sin(angle)];
  });
  return middles.reduce((ring, other, position) => (position === index ? ring : nearer(ring, mine, other)), disc);
}

/** The part of a convex ring that is nearer to `mine` than to `other`. */
function nearer(ring: Ring, mine: Point, other: Point): Ring {
  const [across, down] = [other[0] - mine[0], other[1] - mine[1]];
  const edge = (across * (mine[0] + other[0]) + down * (mine[1] + other[1])) / 2;
  const side = ([x, y]: Point): number => across * x + down * y - edge;
  return ring.flatMap((point, position) => {
    const next = ring[(position + 1) % ring.length]!;
    const [here, there] = [side(point), side(next)];
    const kept: Ring = here <= 0 ? [point] : [];
    if (here < 0 !== there < 0 && here !== there) kept.push(between(point, next, here / (here - there)));
    return kept;
  });
}

function between([ax, ay]: Point, [bx, by]: Point, share: number): Point {
  return [ax + (bx - ax) * share, ay + (by - ay) * share];
}

function outline(feature: Feature<unknown>): Ring[] {
  const { type, coordinates } = feature.geometry;
  if (type === "Polygon") return coordinates as Ring[];
  return type === "MultiPolygon" ? (coordinates as Ring[][]).flat() : [];
}

function points(feature: Feature<unknown>): Point[] {
  return feature.geometry.type === "Point" ? [feature.geometry.coordinates as Point] : outline(feature).flat();
}

function average(all: readonly Point[]): Point {
  const [x, y] = all.reduce(([sumX, sumY], [px, py]) => [sumX + px, sumY + py], [0, 0]);
  return [x / all.length, y / all.length];
}

export function bounds(all: readonly Shape<unknown>[], margin: number): Box {
  const spread = all.flatMap((shape) => shape.rings.flat());
  const xs = spread.map(([x]) => x);
  const ys = spread.map(([, y]) => y);
  const [x, y] = [Math.min(...xs) - margin, Math.min(...ys) - margin];
  return { x, y, width: Math.max(...xs) + margin - x, height: Math.max(...ys) + margin - y };
}

export function path(rings: readonly Ring[]): string {
  return rings.map((ring) => `M${ring.map(([x, y]) => `${Math.round(x)} ${Math.round(y)}`).join("L")}Z`).join("");
}

/** Which names can be written without covering one another, the first ones first. `size` is the letters' height. */
export function readable<Facts>(all: readonly Shape<Facts>[], name: (facts: Facts) => string, size: number): Set<Facts> {
  const free = apart(
    all.map(({ facts, middle: [x, y] }) => {
      const width = (name(facts).length + 1) * size * 0.6;
      return { x: x - width / 2, y: y - size / 2, width, height: size * 1.15 };
    }),
  );
  return new Set(all.filter((_, index) => free[index]).map((shape) => shape.facts));
}
