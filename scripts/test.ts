/** `npm test`: system packages, builds, Electron's runtime, then every test under a virtual display. */
import { spawnSync } from "node:child_process";
import { buildMissing, ROOT } from "./build-missing.ts";
import { findElectron } from "./find-electron.ts";
import { ensurePackages } from "./system-packages.ts";

const missing = ensurePackages();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
if (!buildMissing(console.error)) process.exit(1);
const electron = findElectron({ mayDownload: true, say: console.error });
if (electron === undefined) {
  console.error("The tests need an Electron runtime, and none could be prepared (see above).");
  process.exit(1);
}
const { status } = spawnSync(
  "xvfb-run",
  ["-a", "-s", "-screen 0 1280x800x24", "vitest", "run", ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      ELECTRON_OVERRIDE_DIST_PATH: electron,
      ...(process.getuid?.() === 0 ? { ELECTRON_DISABLE_SANDBOX: "1" } : {}),
    },
  },
);
process.exit(status ?? 1);
