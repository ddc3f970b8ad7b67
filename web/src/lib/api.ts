/** The one way to the server: JSON in and out, the session cookie, and errors that say what to do. */

export interface Problem {
  title: string;
  status: number;
  code: string;
  detail: string;
  problems?: { file?: string | null; row?: number | null; column?: string | null; what: string; remedy?: string | null }[];
}

/** The server refused, with a sentence for people. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

/** No answer came: no signal, or the server is not running. What was asked may or may not have been done. */
export class Unreachable extends Error {}

const base = "/api/v1";

export const api = {
  get: <T>(path: string, signal?: AbortSignal): Promise<T> => call<T>("GET", path, undefined, signal),
  post: <T>(path: string, body: unknown = {}): Promise<T> => call<T>("POST", path, body),
  put: <T>(path: string, body: unknown): Promise<T> => call<T>("PUT", path, body),
  delete: <T = void>(path: string): Promise<T> => call<T>("DELETE", path),
  /** A file that the server hands over, as its text. */
  text: (path: string): Promise<string> => file(path),
};

/** A path with its query, undefined values left out. */
export function withQuery(path: string, query: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** Server-sent events on a path under /api/v1; the browser takes the line up again by itself. */
export function listen(path: string, heard: Record<string, (data: unknown) => void>): () => void {
  const line = new EventSource(base + path);
  for (const [name, act] of Object.entries(heard)) {
    line.addEventListener(name, (event: MessageEvent<string>) => act(event.data ? JSON.parse(event.data) : null));
  }
  return () => line.close();
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await answered(method, path, body, signal);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function file(path: string): Promise<string> {
  const answer = await answered("POST", path, {});
  try {
    return await answer.text();
  } catch (reason) {
    throw new Unreachable("the file broke off", { cause: reason });
  }
}

async function answered(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const answer = await send(method, path, body, signal);
  if (!answer.ok) throw new Refusal(await problemOf(answer));
  return answer;
}

async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", "x-outreach": "1" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  try {
    return await fetch(base + path, request);
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new Unreachable("no answer", { cause: reason });
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  const plain: Problem = { title: answer.statusText, status: answer.status, code: `http-${answer.status}`, detail: "" };
  try {
    return { ...plain, ...((await answer.json()) as Partial<Problem>) };
  } catch {
    return plain;
  }
}
