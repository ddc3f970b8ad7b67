import { readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin, Rolldown } from "vite";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const worker = resolve(here, "src/crew/sw.ts");
const pages = readdirSync(here).filter((name) => name.endsWith(".html"));

/** Writes the crew page's own files into its service worker, in place of the text `__CREW_FILES__`. */
function crewFiles(): Plugin {
  return {
    name: "outreach-crew-files",
    generateBundle(_options, bundle) {
      const sw = bundle["crew/sw.js"];
      if (sw?.type !== "chunk") return;
      const files = JSON.stringify(filesOf("crew", bundle).map((file) => `/${file}`));
      sw.code = sw.code.replace(/(["'`])__CREW_FILES__\1/, JSON.stringify(files));
    },
  };
}

/** Everything a page loads: its chunk, what that imports (lazily too), their styles and their pictures. */
function filesOf(page: string, bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const part = bundle[name];
    if (part?.type !== "chunk") return;
    for (const next of [...part.imports, ...part.dynamicImports]) visit(next);
    const extra = (part as { viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } }).viteMetadata;
    for (const file of [...(extra?.importedCss ?? []), ...(extra?.importedAssets ?? [])]) found.add(file);
  };
  for (const part of Object.values(bundle)) if (part.type === "chunk" && part.isEntry && part.name === page) visit(part.fileName);
  return [...found].sort();
}

/** In development the pages answer at the same addresses the API gives them. */
function shortAddresses(): Plugin {
  return {
    name: "outreach-short-addresses",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? "/").split("?")[0] ?? "/";
        const page = `${path.slice(1)}.html`;
        if (pages.includes(page)) request.url = `/${page}`;
        next();
      });
    },
  };
}

export default defineConfig({
  plugins: [svelte(), crewFiles(), shortAddresses()],
  resolve: {
    alias: {
      $lib: resolve(here, "src/lib"),
      dexie: resolve(here, "node_modules/dexie/dist/modern/dexie.mjs"), // the build for today's browsers: the crew page has a budget
    },
  },
  build: {
    outDir: resolve(here, "../api/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome111", "firefox114", "safari16.4"],
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { ...Object.fromEntries(pages.map((name) => [name.replace(".html", ""), resolve(here, name)])), sw: worker },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "crew/sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/api": { target: process.env.OUTREACH_API ?? "http://127.0.0.1:8000", changeOrigin: false } } },
});
