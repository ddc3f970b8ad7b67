/** An invented town for working on the pages without a server: the shapes of the API, made from one seed. */

let seed = 7;
const chance = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const pick = (from) => from[Math.floor(chance() * from.length)];
const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const plus = (iso, days) => new Date(Date.parse(`${iso}T00:00:00Z`) + days * 864e5).toISOString().slice(0, 10);

const today = "2026-11-23";
const bounds = [-71.15, 42.28, -71.01, 42.39];
const areaNames = ["Roxbury", "South End", "Dorchester", "Mattapan", "Allston", "Chinatown", "Charlestown", "East Boston"];
const areas = areaNames.map((name, id) => ({ id: id + 1, name, lon: -71.13 + (id % 4) * 0.033, lat: 42.305 + Math.floor(id / 4) * 0.045 }));
const near = (lon, lat) => areas.reduce((best, area) => (Math.hypot(area.lon - lon, area.lat - lat) < Math.hypot(best.lon - lon, best.lat - lat) ? area : best)).name;

export const city = {
  name: "Boston", timezone: "America/New_York", synthetic: true, attribution: "SYNTHETIC demo city", bounds,
  center: [-71.08, 42.335], notes: ["Street names and geometry are invented."], today, providers: [],
};

function bend(from, to) {
  const line = [];
  for (let step = 0; step <= 12; step++) {
    const t = step / 12;
    line.push([from[0] + (to[0] - from[0]) * t + Math.sin(t * 6) * 0.001, from[1] + (to[1] - from[1]) * t + Math.cos(t * 5) * 0.001]);
  }
  return line;
}
const road = (kind, name, coordinates) => ({ type: "Feature", properties: { kind, name }, geometry: { type: "LineString", coordinates } });
const roads = [];
for (let k = 0; k < 46; k++) {
  const kind = k % 7 === 0 ? "major" : k % 3 ? "minor" : "service";
  roads.push(road(kind, `Invented Street ${k}`, bend([bounds[0], 42.28 + k * 0.0024], [bounds[2] - 0.02, 42.283 + k * 0.0023])));
  roads.push(road(kind, `Invented Way ${k}`, bend([-71.15 + k * 0.0027, bounds[1]], [-71.146 + k * 0.0026, bounds[3]])));
}
const harbour = { type: "Feature", properties: { kind: "water", name: "Harbour" }, geometry: { type: "Polygon", coordinates: [[[-71.03, 42.28], [-71.04, 42.32], [-71.035, 42.36], [-71.02, 42.39], [-71.0, 42.39], [-71.0, 42.28], [-71.03, 42.28]]] } };
export const basemap = { type: "FeatureCollection", features: [harbour, ...roads] };
export const areaMap = { type: "FeatureCollection", features: areas.map(({ id, name, lon, lat }) => ({ type: "Feature", properties: { id, name }, geometry: { type: "Point", coordinates: [lon, lat] } })) };

const hexagon = (lon, lat) => [[...Array(7).keys()].map((k) => [lon + 0.0062 * Math.cos((k * Math.PI) / 3), lat + 0.0046 * Math.sin((k * Math.PI) / 3)])];
const cells = [];
for (let row = 0; row < 14; row++)
  for (let column = 0; column < 14; column++) {
    const [lon, lat] = [bounds[0] + column * 0.0093, bounds[1] + row * 0.008 + (column % 2) * 0.004];
    const heat = 5 * Math.exp(-(((lon + 71.075) / 0.02) ** 2) - ((lat - 42.332) / 0.016) ** 2) + 2 * Math.exp(-(((lon + 71.13) / 0.012) ** 2) - ((lat - 42.35) / 0.01) ** 2);
    if (lon < -71.035) cells.push({ type: "Feature", properties: { cell: `88-${row}-${column}`, per_week_km2: heat + 0.05, lower: heat * (0.4 + chance() * 0.4), upper: heat * 1.6 + 0.3 }, geometry: { type: "Polygon", coordinates: hexagon(lon, lat) } });
  }
export const risk = (date, days) => ({
  type: "FeatureCollection", features: cells, from_date: date ?? today, days, legend: { unit: "overdoses_per_week_km2", edges: [0, 0.5, 1, 2, 4] }, fitted_at: "2026-11-23T07:10:00Z",
  feeds: [
    { name: "ems", last_event: "2026-11-22T23:40:00Z", last_import: "2026-11-23T06:55:00Z", events: 4312, lag_days: 1 },
    { name: "311 needles", last_event: "2026-11-12T10:00:00Z", last_import: "2026-11-13T06:55:00Z", events: 911, lag_days: 3 },
    { name: "examiner", last_event: null, last_import: null, events: 0, lag_days: 45 },
  ],
});

const corners = ["library side", "by the clinic", "station side", "church lot", "market corner", "park gate"];
export const sites = [...Array(120).keys()].map((k) => {
  const lon = -71.14 + chance() * 0.1, lat = 42.29 + chance() * 0.09;
  return { id: k + 1, code: `site-${k + 1}`, name: `${near(lon, lat)} ${k + 1}, ${pick(corners)}`, lon, lat, area: near(lon, lat), status: k % 17 === 16 ? "proposed" : "active", services: k % 3 ? ["harm_reduction"] : ["harm_reduction", "moud", "wound_care"], windows: [0, 1, 2, 3, 4].map((weekday) => ({ weekday, opens: "09:00", closes: k % 2 ? "21:00" : "17:00" })), setup_minutes: 15, host: "", note: "" };
});
const shifts = [0, 1, 2, 3, 4].map((weekday) => ({ weekday, starts: "09:00", ends: "19:00" }));
export const staff = ["Ines Calder", "Jonah Whitlock", "Mirela Doyle", "Tomas Abreu", "Keisha Lorne", "Rafael Quint", "Dana Ferris", "Yvonne Batiste", "Sam Oyelaran", "Luis Marchetti", "Grace Tolland", "Omar Sayegh"].map((name, k) => ({ id: k + 1, code: `S${k}`, name, roles: [["prescriber"], ["nurse"], ["harm_reduction", "outreach_worker"], ["driver"]][Math.floor(k / 3)], languages: k % 2 ? ["en"] : ["en", "es"], remote: k === 1, active: true, shifts, absences: [] }));
export const vans = ["A", "B", "C"].map((letter, k) => ({ id: k + 1, code: letter, name: `Van ${letter}`, letter, lon: -71.074 + k * 0.01, lat: 42.334 + k * 0.01, active: true, shifts, absences: [] }));
staff[3].absences.push({ id: 1, kind: "staff", subject_id: 4, from_date: plus(today, 2), until_date: plus(today, 4), reason: "Training" });
export const alerts = [{ id: 1, kind: "spike", lon: -71.085, lat: 42.325, radius_m: 900, factor: 2, from_date: today, until_date: plus(today, 6), note: "Eleven in three days around the square", ended_at: null }];

function vanDay(van, date) {
  let at = 540 + van.id * 20, place = [van.lon, van.lat];
  const day = { van: { id: van.id, code: van.code, name: van.name, letter: van.letter }, date, depart: clock(at), crew: staff.filter((one) => one.id % 3 === van.id - 1).slice(0, 3).map(({ id, name, roles }) => ({ id, name, roles })), route: [place], stops: [] };
  const stay = chance() < 0.5 ? [240, 120] : [180, 120, 90];
  stay.forEach((dwell, k) => {
    const site = pick(sites);
    day.route.push(...bend(place, [site.lon, site.lat]));
    place = [site.lon, site.lat];
    const arrive = at + 15 + Math.floor(chance() * 3) * 5;
    day.stops.push({ uid: crypto.randomUUID(), letter: `${van.letter}${k + 1}`, sequence: k + 1, site: { id: site.id, name: site.name, lon: site.lon, lat: site.lat, area: site.area }, arrive: clock(arrive), starts: clock(arrive + 15), ends: clock(arrive + 15 + dwell), leave: clock(arrive + 30 + dwell), services: site.services.slice(0, 2), state: "planned", reason: null, alternative: null, anchor: k === 0 && dwell === 240, reach: 0.4 + chance() });
    at = arrive + 30 + dwell;
    if (k === 0) {
      day.break = { starts: clock(at), ends: clock(at + 30) };
      at += 30;
    }
  });
  day.route.push(...bend(place, [van.lon, van.lat]));
  day.back = clock(at + 20);
  return day;
}

const why = [
  ["no_crew", "No prescriber is on shift after 16:00. One more until 17:00 would serve it."],
  ["outscored", "It is open and staffed, but every van is worth more elsewhere: serving it would cost 0.6 reach."],
  ["closed", "It is closed on every day of this plan."],
  ["unreachable", "No road reaches it from a van's base within a shift."],
];
export function plan(from, days, extra = {}) {
  const van_days = [];
  for (let k = 0; k < days; k++) if ((k + 1) % 7) for (const van of vans) van_days.push(vanDay(van, plus(from, k)));
  const served = new Set(van_days.flatMap((day) => day.stops.map((stop) => stop.site.id)));
  const unserved = sites.filter((site) => !served.has(site.id)).map((site, k) => ({ site: { id: site.id, name: site.name, lon: site.lon, lat: site.lat, area: site.area }, code: why[k % 4][0], sentence: why[k % 4][1], facts: {} }));
  return { version: 3, run_id: 11, state: "published", from_date: from, until_date: plus(from, days - 1), value: 93.2, bound: 101.4, gap: 0.081, score: { reach: 88.1, promises: 6.4, travel: -1.3 }, van_days, unserved, notes: ["Thu 2026-11-26 is Thanksgiving Day: no van goes out."], changes: [], ...extra };
}
export const first = plan(today, 14);
