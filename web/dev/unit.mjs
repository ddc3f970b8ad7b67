/** Runs the pages' unit tests on Node's own test runner; Vite only turns the TypeScript into what Node reads: `npm test`. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const vite = await createServer({
  root,
  configFile: false,
  appType: "custom",
  logLevel: "error",
  resolve: { alias: { $lib: `${root}src/lib` } },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
for (const name of readdirSync(`${root}src`, { recursive: true })) {
  if (name.endsWith(".test.ts")) await vite.ssrLoadModule(`/src/${name}`);
}
await vite.close();
