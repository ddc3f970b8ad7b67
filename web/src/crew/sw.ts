/**
 * The crew page's service worker: keeps the page itself on the tablet, so that it opens without signal.
 *
 * It keeps files only, all of one build or none. What people ask of the server (`/api/…`) and every POST passes by
 * untouched: the schedule and the outbox live in IndexedDB, where signing out and the office's receipts rule them.
 */
export {};

declare const self: ServiceWorkerGlobalScope;

/** Written here by the build: every file the page loads. Their names change with their content. */
const FILES: string[] = JSON.parse("__CREW_FILES__");
const PAGE = "/crew";
const SHELF = `outreach-crew-${FILES.join("|").split("").reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)}`;

self.addEventListener("install", (event) => {
  event.waitUntil(stock().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldShelves().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname.replace(/\/$/, "") === PAGE) event.respondWith(fromShelf(PAGE, request));
  else if (FILES.includes(url.pathname)) event.respondWith(fromShelf(url.pathname, request));
});

/** Fetch every file; one that fails fails the lot, and the build before stays in use. */
async function stock(): Promise<void> {
  const shelf = await caches.open(SHELF);
  await Promise.all([PAGE, ...FILES].map(async (path) => shelf.put(path, await whole(path))));
}

/** A redirect is somebody else's page (a log-in, a captive portal): never keep it as ours. */
async function whole(path: string): Promise<Response> {
  const answer = await fetch(path, { cache: path === PAGE ? "reload" : "default", credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(`${path} could not be kept: ${answer.status}`);
  return answer;
}

async function fromShelf(path: string, request: Request): Promise<Response> {
  const kept = await caches.open(SHELF).then((shelf) => shelf.match(path));
  return kept ?? fetch(request);
}

async function dropOldShelves(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("outreach-crew-") && name !== SHELF).map((name) => caches.delete(name)));
}
