/**
 * Builds the window, the main process with its broker and its threads for documents and pictures, and the preload
 * script: `node build.ts`.
 * 1. Workspaces and packages are bundled, because Electron runs no TypeScript; Electron and Node's own are left out.
 * 2. Preload is CommonJS: a sandboxed window loads no other. It is written last, which says that a build is complete.
 */
import react from "@vitejs/plugin-react";
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build, type InlineConfig } from "vite";

import { CODEC_FILES } from "./src/executor/tools/previews/codecs.ts";

const HERE = import.meta.dirname;
const require = createRequire(import.meta.url);
const OUT = path.join(HERE, "dist");
/** One copy each: two of yjs do not know each other's types, two of React break hooks. */
const DEDUPE = ["react", "react-dom", "yjs", "@ionic/react", "@ionic/core"];
/** The oldest Electron that we run on: 33, with Chrome 130 and Node 20. */
const CHROME = "chrome130";
const NODE = "node20";

const shared = {
  configFile: false,
  logLevel: "warn",
  resolve: { dedupe: DEDUPE },
} as const satisfies InlineConfig;

const window: InlineConfig = {
  ...shared,
  root: path.join(HERE, "src/renderer"),
  base: "./",
  plugins: [react()],
  build: {
    outDir: path.join(OUT, "renderer"),
    emptyOutDir: true,
    target: CHROME,
    modulePreload: false,
    // One local file: the web's advice on sizes does not apply.
    chunkSizeWarningLimit: 4_000,
  },
};

const node = (entry: string, file: string, format: "es" | "cjs"): InlineConfig => ({
  ...shared,
  root: HERE,
  publicDir: false,
  ssr: { noExternal: true, external: ["electron"], target: "node" },
  build: {
    ssr: entry,
    outDir: OUT,
    emptyOutDir: false,
    target: NODE,
    minify: false,
    rolldownOptions: {
      // ws looks for two native helpers and does without them.
      external: ["electron", /^node:/, "bufferutil", "utf-8-validate"],
      output: { format, entryFileNames: file, codeSplitting: false },
    },
  },
});

await build(window);
await build(node("src/main/main.ts", "main.js", "es"));
await build(node("src/executor/models/broker/broker-process.ts", "broker-process.js", "es"));
await build(node("src/executor/tools/read-document/document-thread.ts", "document-thread.js", "es"));
await build(node("src/executor/tools/previews/preview-thread.ts", "preview-thread.js", "es"));
for (const file of Object.values(CODEC_FILES))
  copyFileSync(require.resolve(`@jsquash/${file}`), path.join(OUT, path.basename(file)));
await build(node("src/preload/preload.ts", "preload.cjs", "cjs"));
