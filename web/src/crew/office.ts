/**
 * The tablet's line to the office: every request the crew page makes, and what became of it in plain kinds.
 *
 * A tablet meets captive portals, half-dead proxies and log-ins that ran out. An answer therefore counts only when it
 * has the shape we asked for: a 200 with a hotel's log-in page in it is "no signal", never a receipt.
 */
import type { components } from "$lib/schema";
import type { CrewEvent } from "./events";
import type { Receipt } from "./tablet";

type Shapes = components["schemas"];
export type Bundle = Shapes["Bundle"];
export type VanDay = Shapes["CrewDay"];
export type Stop = Shapes["CrewStop"];
export type Step = Shapes["WayStep"];
export type Counted = Shapes["TallyItem"];
export type SkipReason = Shapes["SkipReason"];

export type Person = Shapes["SignedIn"];

/** Why there is no answer. `refused`: the office understood us and will not take this message as it is. */
export type Failure = "no-signal" | "signed-out" | "not-allowed" | "refused" | "trouble";

export type Answer<T> = { ok: true; value: T; clockError: number | null } | { ok: false; why: Failure; message: string };

export type Pushed = Omit<Shapes["Receipts"], "receipts"> & { receipts: Receipt[] };

const ROOT = "/api/v1";
const PATIENCE = 20_000;

export const office = {
  who: () => ask("GET", "/session", undefined, isPerson),
  signIn: (login: string, password: string) => ask("POST", "/session", { login, password }, isPerson),
  signOut: () => ask("DELETE", "/session", undefined, () => true),
  /** `device`: the name this tablet sends under, so that it is told what others recorded and not what it did itself. */
  bundle: (date: string, device: string) =>
    ask("GET", `/crew/bundle?${new URLSearchParams({ date, device })}`, undefined, isBundle),
  push: (device: string, events: readonly CrewEvent[]) => ask("POST", "/crew/events", { device, events }, isPushed),
};

export type Office = typeof office;

async function ask<T>(
  method: string,
  path: string,
  body: unknown,
  fits: (answer: unknown) => answer is T,
): Promise<Answer<T>>;
async function ask(method: string, path: string, body: unknown, fits: (answer: unknown) => boolean): Promise<Answer<unknown>>;
async function ask(method: string, path: string, body: unknown, fits: (answer: unknown) => boolean): Promise<Answer<unknown>> {
  const asked = Date.now();
  let response: Response;
  try {
    response = await send(method, path, body);
    // An enrolled tablet's log-in is short, and renewed with a secret that no script can read. A wrong password stays one.
    const over = response.status === 401 && !(method === "POST" && path === "/session");
    if (over && (await send("POST", "/device/token")).ok) response = await send(method, path, body);
  } catch {
    return { ok: false, why: "no-signal", message: "" };
  }
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
  if (!response.ok) return { ok: false, why: failureOf(response.status, answer), message: sentenceOf(answer) };
  if (!fits(answer)) return { ok: false, why: "no-signal", message: "" };
  return { ok: true, value: answer, clockError: clockError(response.headers.get("Date"), asked, Date.now()) };
}

function send(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(ROOT + path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { "X-Outreach": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
}

/** What a status means for the records on this tablet. Anything not spoken by our own server is "no signal". */
function failureOf(status: number, answer: unknown): Failure {
  if (status === 401) return "signed-out";
  if (!isObject(answer) || !("detail" in answer)) return status >= 500 ? "trouble" : "no-signal";
  if (status === 403) return "not-allowed";
  if (status === 408 || status === 429 || status >= 500) return "trouble";
  return "refused";
}

function sentenceOf(answer: unknown): string {
  return isObject(answer) && typeof answer.detail === "string" ? answer.detail : "";
}

/** Seconds by which this tablet's clock is ahead of the office's (negative: behind); null when it cannot be told. */
export function clockError(serverDate: string | null, asked: number, answered: number): number | null {
  const server = serverDate ? Date.parse(serverDate) : Number.NaN;
  if (Number.isNaN(server)) return null;
  return Math.round(((asked + answered) / 2 - server) / 1000);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPerson(answer: unknown): answer is Person {
  return isObject(answer) && typeof answer.login === "string" && typeof answer.role === "string";
}

function isBundle(answer: unknown): answer is Bundle {
  return isObject(answer) && typeof answer.date === "string" && Array.isArray(answer.days) && Array.isArray(answer.items);
}

function isPushed(answer: unknown): answer is Pushed {
  return isObject(answer) && Array.isArray(answer.receipts) && answer.receipts.every(isReceipt);
}

function isReceipt(value: unknown): value is Receipt {
  return isObject(value) && typeof value.id === "string" && ["stored", "already", "held"].includes(String(value.state));
}
