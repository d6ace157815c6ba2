/** Holes that are cut into the executor's own source, to see that the suite notices what comes through them. */
import type { SourcePatch } from "../../sim/load-hooks.ts";

interface Plant {
  readonly says: string;
  readonly patches: readonly SourcePatch[];
}

export const PLANTS = {
  climbs: {
    says: "a path may climb out of its folder",
    patches: [
      {
        file: "executor/policy/path-scope.ts",
        find: `if (part === "..") return`,
        replace: `if (part === "…") return`,
      },
    ],
  },
  sends: {
    says: "pages are opened without a question",
    patches: [
      {
        file: "executor/policy/decide.ts",
        find: `verdict: "ask",\n    risk: "high",\n    fits: ({ effect, isTainted })`,
        replace: `verdict: "allow",\n    risk: "high",\n    fits: ({ effect, isTainted })`,
      },
      {
        file: "executor/policy/decide.ts",
        find: `verdict: "ask",\n    risk: "medium",\n    fits: ({ effect, isKnownHost })`,
        replace: `verdict: "allow",\n    risk: "medium",\n    fits: ({ effect, isKnownHost })`,
      },
    ],
  },
  "shows-keys": {
    says: "files that may hold keys are read like others",
    patches: [
      {
        file: "executor/policy/protected-names.ts",
        find: "parts.find((part) => isKeyName(plainName(part)))",
        replace: "parts.find(() => false)",
      },
    ],
  },
  "keeps-no-hooks": {
    says: "protected names are written without a question",
    patches: [
      {
        file: "executor/policy/decide.ts",
        find: `{ reason: "protected", verdict: "ask"`,
        replace: `{ reason: "protected", verdict: "allow"`,
      },
    ],
  },
} as const satisfies Record<string, Plant>;

export type PlantName = keyof typeof PLANTS;
export const isPlantName = (name: string): name is PlantName => Object.hasOwn(PLANTS, name);
