/** Bugs that are put into the executor's own source, to see that the histories find them. */
import type { SourcePatch } from "../../sim/load-hooks.ts";

interface Plant {
  readonly says: string;
  readonly patches: readonly SourcePatch[];
}

const GATE = "executor/runner/approval-gate.ts";
const RECORDS = "doc-schema/src/document/signed-record.ts";

const inGate = (find: string, replace: string): readonly SourcePatch[] => [{ file: GATE, find, replace }];

export const PLANTS = {
  "spent-in-memory": {
    says: "that an allow was used up is forgotten by a crash",
    patches: inGate(
      `ledger.append({ type: "approval-spent", at: now(), approvalId: id, by: allow.device });`,
      `approval.answers;`,
    ),
  },
  "no-expiry": {
    says: "an allow counts also after its time",
    patches: inGate("now() < approval.expiresAt", "true"),
  },
  "revoked-counts": {
    says: "the allow of a removed device goes on counting",
    patches: inGate("known.revokedAt === undefined", "true"),
  },
  "allow-beats-deny": {
    says: "a deny that stands beside an allow is passed over",
    patches: inGate(`decision.verdict === "deny"`, "decision.verdict === undefined"),
  },
  "any-card": {
    says: "an allow counts for another card than this desktop renders",
    patches: inGate("!== decision.shownDigest", "=== undefined"),
  },
  "any-request": {
    says: "an answer to another question counts",
    patches: inGate("approval.requestDigest !== answered", "approval.requestDigest === undefined"),
  },
  "any-action": {
    says: "the allow of one action serves another",
    patches: inGate("=== actionDigest(action);", "!== undefined;"),
  },
  "older-answer": {
    says: "an answer that comes late undoes a newer one of its device",
    patches: [
      {
        file: "executor/ledger-state.ts",
        find: "answerNumber(before) > answerNumber(decision)",
        replace: "answerNumber(before) < 0",
      },
    ],
  },
  "no-signature": {
    says: "signatures are not looked at",
    patches: [
      { file: RECORDS, find: "if (!verifyValue(", replace: "if (deviceOf === undefined && !verifyValue(" },
    ],
  },
  "no-role": {
    says: "a device may approve without the role",
    patches: [
      { file: RECORDS, find: "!device.roles.includes(role)", replace: "!device.signKey" },
      { file: GATE, find: ` && known.roles.includes("approve")`, replace: "" },
    ],
  },
  "any-name": {
    says: "a device may answer under the name of another",
    patches: [
      {
        file: "executor/intake.ts",
        find: "isOwnDecision(decision, device) ?",
        replace: "decision.id !== device ?",
      },
    ],
  },
} as const satisfies Record<string, Plant>;

export type PlantName = keyof typeof PLANTS;
export const isPlantName = (name: string): name is PlantName => Object.hasOwn(PLANTS, name);
