/** The one door to MapLibre. Its worker is a file of ours, so the strict Content-Security-Policy holds. */
import "maplibre-gl/dist/maplibre-gl.css";
import { setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

setWorkerUrl(workerUrl);

export { type GeoJSONSource, LngLatBounds, Map, Marker } from "maplibre-gl";
