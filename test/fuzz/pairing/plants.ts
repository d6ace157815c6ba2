/**
 * Bugs for the simulated pairings to find, each one line of production source changed: a simulation that finds none of
 * them would prove nothing.
 */
import type { SourcePatch } from "../../sim/load-hooks.ts";

const DESKTOP = "/pairing/pairing-desktop.ts";

export const PLANTS = {
  "digits are not compared": {
    file: DESKTOP,
    find: 'text.replace(/\\s/g, "") !== asked.digits',
    replace: "asked.digits === undefined",
  },
  "three digits are enough": {
    file: DESKTOP,
    find: 'text.replace(/\\s/g, "") !== asked.digits',
    replace: "asked.digits.length !== 6 || text.length < 3",
  },
  "wrong entries are not counted": {
    file: DESKTOP,
    find: "wrongEntries >= MAX_WRONG_ENTRIES",
    replace: "wrongEntries > 100",
  },
  "paired without a receipt": {
    file: DESKTOP,
    find: "const isTaken = await deliver({",
    replace: "const isTaken = true; void deliver({",
  },
  "any receipt counts": {
    file: DESKTOP,
    find: "isReceiptFor(sealed.value, receipt, request.signKey) && settle(true)",
    replace: "receipt.length > 0 && settle(true)",
  },
} as const satisfies Readonly<Record<string, SourcePatch>>;

export type PlantName = keyof typeof PLANTS;
