/** How risk is drawn: one even ramp from light to dark, and hatching where little is known. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { colour } from "../theme.svelte";

/** The ramp's tokens for a number of classes, lightest to darkest. */
export function ramp(classes: number): string[] {
  if (classes <= 1) return ["risk-4"];
  return [...Array(classes).keys()].map((index) => `risk-${1 + Math.round((index * 5) / (classes - 1))}`);
}

/** A step expression over `property`: the n-th edge is where the n-th colour begins. */
export function steps(property: string, edges: number[]): ExpressionSpecification {
  const colours = ramp(edges.length).map(colour);
  const stops = edges.slice(1).flatMap((edge, index) => [edge, colours[index + 1] ?? ""]);
  return ["step", ["get", property], colours[0] ?? "", ...stops] as ExpressionSpecification;
}

export const hatching = "hatching";

/** Filled hexagons, and a hatch over those whose upper bound is more than four times the lower. */
export function riskLayers(source: string, edges: number[]): LayerSpecification[] {
  const { colour, opacity, unsure } = riskLook(edges);
  return [
    { id: "risk", type: "fill", source, paint: { "fill-color": colour, "fill-opacity": opacity, "fill-antialias": false } },
    { id: "risk-unsure", type: "fill", source, filter: unsure, paint: { "fill-pattern": hatching, "fill-opacity": 0.7 } },
  ];
}

/** What changes with the legend's edges; the lowest class is faint, so that roads show through. */
export function riskLook(edges: number[]): { colour: ExpressionSpecification | string; opacity: ExpressionSpecification; unsure: ExpressionSpecification } {
  const first = edges[1] ?? 0.5;
  return {
    colour: edges.length > 1 ? steps("per_week_km2", edges) : colour("risk-4"),
    opacity: ["case", ["<", ["get", "per_week_km2"], first], 0.14, 0.58],
    unsure: ["all", [">", ["get", "upper"], ["*", 4, ["max", ["get", "lower"], 0.01]]], [">", ["get", "per_week_km2"], first]],
  };
}

/** An 8 px tile of diagonal lines in the land's colour. */
export function hatchTile(): ImageData {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(size, size);
  pen.strokeStyle = colour("map-land");
  pen.lineWidth = 2.5;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}
