/**
 * `npm run test:faults -- clock`: schedules in a real process whose system clock is set, sleeps, and changes to summer
 * time and back. With Debian's libfaketime. All scenarios at once: they mostly wait.
 */
import { ensurePackages } from "../../scripts/system-packages.ts";
import { SCENARIOS } from "./clock/scenarios.ts";

const missing = ensurePackages();
if (missing !== undefined) throw new Error(missing);
const wrongs = await Promise.all(
  SCENARIOS.map(async ({ name, play }) => {
    const wrong = await play().catch((error: unknown) => [String(error)]);
    console.log(`${name}: ${wrong.length === 0 ? "all right" : wrong.join("; ")}`);
    return wrong;
  }),
);
process.exit(wrongs.flat().length === 0 ? 0 : 1);
