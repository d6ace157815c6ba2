/**
 * Builds the phone app into dist/, which the relay serves.
 * 1. No inline script: the relay's content security policy lets none run.
 * 2. The app works offline after its first load; a new version waits until the person takes it.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import manifest from "./package.json" with { type: "json" };

/** Ionic registers all of its components in one chunk, larger than Workbox's default of 2 MB allows for growth. */
const MAX_CACHED_BYTES = 4e6;

export default defineConfig({
  root: import.meta.dirname,
  define: { APP_VERSION: JSON.stringify(manifest.version) },
  // One copy each: two of yjs do not know each other's types, two of React or Ionic show a blank page.
  resolve: { dedupe: ["react", "react-dom", "yjs", "@ionic/react", "@ionic/core"] },
  build: { outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 2_500, modulePreload: false },
  plugins: [
    react(),
    VitePWA({
      registerType: "prompt",
      injectRegister: null,
      manifest: {
        id: "/",
        name: "Deskhand",
        short_name: "Deskhand",
        description: "Give your computer work from your phone.",
        display: "standalone",
        start_url: "/",
        background_color: "#f6f6f4",
        theme_color: "#f6f6f4",
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        navigateFallback: "index.html",
        globPatterns: ["**/*.{js,css,html,png,svg,woff2}"],
        maximumFileSizeToCacheInBytes: MAX_CACHED_BYTES,
      },
    }),
  ],
});
