/** Three projects: `unit` (Node), `dom` (components in happy-dom), `journeys` (real processes, one file at a time). */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** One copy each, or Ionic's and React's contexts do not meet. */
const dedupe = ["react", "react-dom", "@ionic/react", "@ionic/core"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/plain-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["test/*.test.ts", "test/unit/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [react()],
        resolve: { dedupe },
        test: {
          name: "dom",
          environment: "happy-dom",
          include: ["test/unit/**/*.test.tsx"],
          testTimeout: 30_000,
          server: { deps: { inline: [/@ionic/, /ionicons/] } },
        },
      },
      {
        test: {
          name: "journeys",
          environment: "node",
          include: ["test/journeys/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
