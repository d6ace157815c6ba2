/**
 * `npm run test:faults -- clock`: schedules in a real process whose system clock is set, sleeps, and changes to summer
 * time and back. Needs Debian's libfaketime. All scenarios at once: they mostly wait.
 */
import { hasFakeTime } from "./clock/clock-process.ts";
import { SCENARIOS } from "./clock/scenarios.ts";

if (!hasFakeTime()) {
  console.error(
    "This needs libfaketime (Debian and Ubuntu: apt-get install --no-install-recommends libfaketime).",
  );
  process.exit(1);
}
const wrongs = await Promise.all(
  SCENARIOS.map(async ({ name, play }) => {
    const wrong = await play().catch((error: unknown) => [String(error)]);
    console.log(`${name}: ${wrong.length === 0 ? "all right" : wrong.join("; ")}`);
    return wrong;
  }),
);
process.exit(wrongs.flat().length === 0 ? 0 : 1);
