/**
 * Runs the crew page's unit tests on Node's own test runner; Vite only turns the TypeScript into what Node reads.
 *     node src/crew/unit.mjs
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const vite = await createServer({
  root,
  configFile: false,
  appType: "custom",
  resolve: { alias: { $lib: `${root}src/lib` } },
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
for (const name of readdirSync(here).filter((file) => file.endsWith(".test.ts"))) {
  await vite.ssrLoadModule(`/src/crew/${name}`);
}
await vite.close();
