/** Serves the built pages and an invented town under the same headers as the real server: `npm run fixtures`. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { alerts, areaMap, basemap, city, first, plan, risk, sites, staff, vans } from "./town.mjs";

const built = fileURLToPath(new URL("../../api/static/", import.meta.url));
const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".mjs": "text/javascript" };
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data: blob:; style-src 'self'; worker-src 'self' blob:; connect-src 'self'";

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const copy = (value) => structuredClone(value);
let person = { login: "dispatch", name: "Dana Dispatch", role: "dispatch", timezone: "America/New_York", demo: true };
const schedule = { published: first, draft: null };
const runs = [];
let next = 100;

const run = (asked) => ({ id: ++next, kind: "plan", state: "running", seed: 1, budget_seconds: asked.budget_seconds ?? 30, message: "", value: null, bound: null, gap: null, trace: [], requested_by: "dispatch", created_at: new Date().toISOString(), started_at: new Date().toISOString(), finished_at: null, cancel_requested: false, ...asked });

async function work(one) {
  for (let step = 1; step <= 40 && !one.cancel_requested; step++) {
    await wait(400);
    one.value = 60 + 33 * (1 - Math.exp(-step / 6));
    one.bound = 101 + 20 * Math.exp(-step / 8);
    one.gap = (one.bound - one.value) / one.bound;
    one.trace.push({ seconds: step * 0.4, value: one.value, bound: one.bound });
  }
  one.state = "done";
  one.finished_at = new Date().toISOString();
}

function draft() {
  schedule.draft ??= { ...copy(schedule.published), version: schedule.published.version + 1, state: "draft", changes: [] };
  return schedule.draft;
}
function change(uid, kind, edit, sentence) {
  const stop = draft().van_days.flatMap((day) => day.stops).find((one) => one.uid === uid);
  Object.assign(stop, edit);
  draft().changes.push({ uid, kind, sentence: `${stop.site.name}: ${sentence}` });
  return draft();
}

const routes = {
  "GET /session": () => person,
  "POST /session": (body) => (person = { login: body.login, name: "Dana Dispatch", role: "dispatch", timezone: "America/New_York", demo: true }),
  "DELETE /session": () => void (person = null),
  "GET /dispatch/city": () => city,
  "GET /dispatch/basemap": () => basemap,
  "GET /dispatch/areas": () => areaMap,
  "GET /dispatch/risk": (_body, query) => risk(query.get("date"), Number(query.get("days") ?? 7)),
  "GET /dispatch/sites": () => sites,
  "POST /dispatch/sites": (body) => (sites.push({ id: ++next, code: `site-${next}`, area: "Roxbury", status: "active", host: "", note: "", ...body }), sites.at(-1)),
  "GET /dispatch/staff": () => staff,
  "GET /dispatch/vans": () => vans,
  "POST /dispatch/absences": (body) => {
    const absence = { id: ++next, ...body };
    (body.kind === "van" ? vans : staff).find((one) => one.id === body.subject_id).absences.push(absence);
    return absence;
  },
  "DELETE /dispatch/absences/:id": (_body, _query, id) => [...staff, ...vans].forEach((one) => (one.absences = one.absences.filter((away) => away.id !== Number(id)))),
  "GET /dispatch/alerts": () => alerts.filter((one) => !one.ended_at),
  "POST /dispatch/alerts": (body) => (alerts.push({ id: ++next, ended_at: null, ...body }), alerts.at(-1)),
  "DELETE /dispatch/alerts/:id": (_body, _query, id) => void (alerts.find((one) => one.id === Number(id)).ended_at = new Date().toISOString()),
  "GET /dispatch/runs": () => [...runs].reverse(),
  "POST /dispatch/runs": (body) => {
    const one = run(body);
    runs.push(one);
    void work(one);
    return one;
  },
  "GET /dispatch/runs/:id": (_body, _query, id) => runs.find((one) => one.id === Number(id)),
  "POST /dispatch/runs/:id/cancel": (_body, _query, id) => Object.assign(runs.find((one) => one.id === Number(id)), { cancel_requested: true }),
  "GET /dispatch/runs/:id/plan": (_body, _query, id) => {
    const one = runs.find((other) => other.id === Number(id));
    return (one.plan ??= plan(one.from_date, one.days, { version: null, run_id: one.id, state: "draft", value: one.value, bound: one.bound, gap: one.gap }));
  },
  "POST /dispatch/runs/:id/publish": (_body, _query, id) => {
    const one = runs.find((other) => other.id === Number(id));
    schedule.published = { ...one.plan, version: schedule.published.version + 1, state: "published" };
    schedule.draft = null;
    return { version: schedule.published.version };
  },
  "GET /dispatch/schedule": () => schedule,
  "POST /dispatch/schedule/publish": () => {
    schedule.published = { ...schedule.draft, state: "published", changes: [] };
    schedule.draft = null;
    return { version: schedule.published.version };
  },
  "DELETE /dispatch/schedule/draft": () => void (schedule.draft = null),
  "POST /dispatch/stops/:id/cancel": (body, _query, uid) => change(uid, "cancelled", { state: "cancelled", reason: body.reason }, "cancelled. " + body.reason),
  "POST /dispatch/stops/:id/shorten": (body, _query, uid) => change(uid, "shortened", { state: "shortened", ends: body.ends, reason: body.reason }, `ends at ${body.ends}. ${body.reason}`),
  "GET /dispatch/versions": () => [schedule.draft, schedule.published].filter(Boolean).map((one) => ({ number: one.version, state: one.state, published_at: one.state === "draft" ? null : "2026-11-23T08:00:00Z", published_by: one.state === "draft" ? null : "Dana Dispatch", note: "", from_date: one.from_date, until_date: one.until_date, value: one.value, gap: one.gap })),
};

function find(method, path) {
  for (const [name, act] of Object.entries(routes)) {
    const [verb, shape] = name.split(" ");
    const match = verb === method && new RegExp(`^${shape.replace(":id", "([^/]+)")}$`).exec(path);
    if (match) return (body, query) => act(body, query, match[1]);
  }
  return null;
}

async function stream(response, id) {
  const one = runs.find((other) => other.id === Number(id));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  while (true) {
    const last = one.trace.at(-1) ?? { seconds: 0, value: null, bound: null };
    const name = one.state === "running" ? "progress" : "end";
    response.write(`event: ${name}\ndata: ${JSON.stringify({ state: one.state, gap: one.gap, message: "", ...last })}\n\n`);
    if (name === "end") return response.end();
    await wait(400);
  }
}

async function read(request) {
  let text = "";
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

async function answer(request, response) {
  const url = new URL(request.url, "http://here");
  response.setHeader("content-security-policy", policy);
  if (!url.pathname.startsWith("/api/v1")) return page(url.pathname, response);
  const path = url.pathname.slice("/api/v1".length);
  const watched = /^\/dispatch\/runs\/(\d+)\/progress$/.exec(path);
  if (watched) return stream(response, watched[1]);
  const act = find(request.method, path);
  const told = act && (person || path === "/session") ? act(await read(request), url.searchParams) : null;
  if (told === null) {
    response.writeHead(act ? 401 : 404, { "content-type": "application/problem+json" });
    return response.end(JSON.stringify({ type: "about:blank", title: "Not here", status: act ? 401 : 404, code: "missing", detail: "There is nothing at this address." }));
  }
  response.writeHead(told === undefined ? 204 : 200, { "content-type": "application/json" });
  response.end(told === undefined ? undefined : JSON.stringify(told));
}

function page(path, response) {
  const name = path === "/" ? "/index.html" : extname(path) ? path : `${path}.html`;
  const file = join(built, name);
  if (!file.startsWith(built) || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": kinds[extname(file)] ?? "application/octet-stream" });
  response.end(readFileSync(file));
}

const port = Number(process.env.PORT ?? 8765);
createServer((request, response) => void answer(request, response)).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/board`));
