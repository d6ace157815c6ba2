import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createIdFactory, parseAction, type Action, type ApprovalId } from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import { createLedger, type Ledger } from "../../../../desktop/src/executor/ledger.ts";
import type { LedgerRecord } from "../../../../desktop/src/executor/ledger-records.ts";
import {
  APPROVAL_LIFE_MS,
  createApprovalGate,
  type ApprovalGate,
} from "../../../../desktop/src/executor/runner/approval-gate.ts";
import { certifyDevice, revokeDevice } from "../../../../desktop/src/executor/workspace.ts";
import { keysOf, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";
import { deviceKeys } from "../executor/bench.ts";

const executorKeys = keysOf(3);
const DEVICES = [deviceKeys(1), deviceKeys(2)] as const;
const HOUR = 3600 * 1000;

const memoryJournal = (entries: LedgerRecord[]): Parameters<typeof createLedger>[0] => ({
  entries,
  append: (entry) => {
    entries.push(entry);
  },
  close: () => undefined,
});
const openLedgerOn = (entries: LedgerRecord[]): Ledger =>
  createLedger(memoryJournal(entries), {
    executor: (id) =>
      id === executorKeys.deviceId ? { signKey: executorKeys.signKey, roles: ["execute"] } : undefined,
  });

const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(5) });
const grantId = ids.create("grant");
const actionFor = (file: string): Action => {
  const action = parseAction({
    v: 1,
    kind: "trash",
    tool: "trash",
    grantId,
    folder: "Work",
    items: [{ path: file, preimage: "1:1:1" }],
  });
  if (action === undefined) throw new Error("no action");
  return action;
};
const ACTION = actionFor("a.txt");
const runId = ids.create("run");
const taskId = ids.create("task");

const NO_AUDIT = { write: () => undefined, rows: () => [], head: () => "", close: () => undefined };

/** The certified devices, signed once: what follows is the same in every history. */
const CERTIFIED = ((): readonly LedgerRecord[] => {
  const entries: LedgerRecord[] = [];
  const ledger = openLedgerOn(entries);
  for (const keys of DEVICES) {
    const place = { ledger, audit: NO_AUDIT, ids, now: () => NOW, keys: executorKeys };
    certifyDevice(place, { ...keys, name: "Phone", kind: "phone" });
  }
  return entries;
})();

interface World {
  now: number;
  entries: LedgerRecord[];
  ledger: Ledger;
  gate: ApprovalGate;
}
const openWorld = (entries: LedgerRecord[], now = NOW): World => {
  const ledger = openLedgerOn(entries);
  const world: World = {
    now,
    entries,
    ledger,
    gate: createApprovalGate({ ledger, ids, now: () => world.now }),
  };
  return world;
};
const question = {
  runId,
  taskId,
  callId: "c1",
  action: ACTION,
  risk: "medium" as const,
  reversible: "undo" as const,
};

type Step =
  | { readonly type: "answer"; readonly device: 0 | 1; readonly verdict: "allow" | "deny" | "none" }
  | { readonly type: "forged-request" | "forged-card" | "spend" | "spend-other" | "withdraw" | "restart" }
  | { readonly type: "wait"; readonly hours: number }
  | { readonly type: "revoke"; readonly device: 0 | 1 };

const device = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      device,
      verdict: fc.constantFrom("allow", "allow", "deny", "none"),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: "spend" as const }) },
  fc.record({ type: fc.constantFrom("forged-request", "forged-card", "spend-other", "withdraw", "restart") }),
  fc.record({ type: fc.constant("wait" as const), hours: fc.constantFrom(1, 8, 25) }),
  fc.record({ type: fc.constant("revoke" as const), device }),
);

describe("the gate", () => {
  test("[AP2] [AP3] an effect begins exactly when an unspent, unexpired allow stands and no deny does", () => {
    let effects = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        let world = openWorld([...CERTIFIED]);
        const { approvalId: id, requestDigest } = world.gate.ask(question);
        // The model: what the rules say, in the simplest terms.
        const answers: ("allow" | "deny" | "none")[] = ["none", "none"];
        const revoked = [false, false];
        let isOpen = true;
        let spent = 0;
        const wrong: string[] = [];
        const compare = (what: string, is: boolean, should: boolean): void => {
          if (is !== should) wrong.push(`${what}: ${is}`);
        };
        let n = 0;
        const stands = (verdict: string): boolean =>
          answers.some((answer, at) => answer === verdict && revoked[at] !== true);
        const expired = (): boolean => world.now >= NOW + APPROVAL_LIFE_MS;

        for (const said of steps)
          switch (said.type) {
            case "answer":
            case "forged-request":
            case "forged-card": {
              const at = said.type === "answer" ? said.device : 0;
              const keys = DEVICES[at];
              if (revoked[at] === true) break; // intake has refused it before it comes here
              const verdict = said.type === "answer" ? said.verdict : "allow";
              const taken = world.gate.take(
                {
                  id: `${id}/${keys.deviceId}/${++n}`,
                  createdAt: world.now,
                  approvalId: id,
                  requestDigest: said.type === "forged-request" ? "0".repeat(64) : requestDigest,
                  verdict,
                  scope: "once",
                  shownDigest:
                    said.type === "forged-card" ? "0".repeat(64) : shownDigest(ACTION, question, "en"),
                  locale: "en",
                },
                keys.deviceId,
              );
              const counts = said.type === "answer" && isOpen && !expired();
              compare(`take ${said.type}`, taken.ok, counts);
              if (!counts) break;
              answers[at] = verdict;
              if (stands("deny")) isOpen = false;
              break;
            }
            case "spend":
            case "spend-other": {
              const action = said.type === "spend" ? ACTION : actionFor("b.txt");
              const may = said.type === "spend" && isOpen && !expired() && stands("allow") && !stands("deny");
              compare(said.type, world.gate.spend(id, action).ok, may);
              if (may) {
                spent++;
                effects++;
                isOpen = false;
              }
              break;
            }
            case "withdraw":
              world.gate.withdraw(id);
              isOpen = false;
              break;
            case "wait":
              world.now += said.hours * HOUR;
              break;
            case "revoke":
              if (revoked[said.device] !== true)
                world.entries.push({
                  type: "device-revoked",
                  at: world.now,
                  deviceId: DEVICES[said.device].deviceId,
                  text: "",
                });
              revoked[said.device] = true;
              world = openWorld(world.entries, world.now);
              break;
            case "restart":
              world = openWorld(world.entries, world.now);
              break;
          }
        expect(wrong).toEqual([]);
        expect(spent).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000, seed: 20261121 },
    );
    expect(effects).toBeGreaterThan(200); // the histories do reach effects
  });

  test("asking twice for one call and action is one question; another action withdraws the first", () => {
    const world = openWorld([...CERTIFIED]);
    const first = world.gate.ask(question);
    expect(world.gate.ask(question).approvalId).toBe(first.approvalId);
    const second = world.gate.ask({ ...question, action: actionFor("b.txt") });
    expect(second.approvalId).not.toBe(first.approvalId);
    expect(world.gate.standing(first.approvalId)).toBe("withdrawn");
  });

  describe("a machine that died between a deny and its closing", () => {
    /** One device allows, the other denies; the record that closes the question was not written any more. */
    const diedAfterDeny = (): { world: World; id: ApprovalId } => {
      const before = openWorld([...CERTIFIED]);
      const { approvalId: id, requestDigest } = before.gate.ask(question);
      for (const [verdict, { deviceId }] of [
        ["allow", DEVICES[0]],
        ["deny", DEVICES[1]],
      ] as const)
        before.gate.take(
          {
            id: `${id}/${deviceId}/1`,
            createdAt: NOW,
            approvalId: id,
            requestDigest,
            verdict,
            scope: "once",
            shownDigest: shownDigest(ACTION, question, "en"),
            locale: "en",
          },
          deviceId,
        );
      expect(before.entries.at(-1)).toMatchObject({ type: "approval-closed", state: "denied" });
      return { world: openWorld(before.entries.slice(0, -1)), id };
    };
    const closed = {
      type: "approval-closed",
      state: "denied",
      by: DEVICES[1].deviceId,
      crossed: true,
    };

    test("[AP3] does not lose the deny when the device that denied is removed next", () => {
      const { world, id } = diedAfterDeny();
      const place = { ledger: world.ledger, audit: NO_AUDIT, ids, now: () => NOW, keys: executorKeys };
      revokeDevice(place, DEVICES[1].deviceId, "lost");
      expect(world.gate.spend(id, ACTION)).toEqual({ ok: false, error: "denied" });
      expect(world.entries.at(-1)).toMatchObject(closed);
    });

    test("[AP3] does not lose the deny when the question is withdrawn next: nobody is asked anew", () => {
      const { world, id } = diedAfterDeny();
      world.gate.withdraw(id);
      expect(world.entries.at(-1)).toMatchObject(closed);
      expect(world.gate.standing(id)).toBe("denied");
    });
  });

  test("what is too late when it is withdrawn has expired, whether or not anybody looked before", () => {
    const world = openWorld([...CERTIFIED]);
    const { approvalId: id } = world.gate.ask(question);
    world.now += APPROVAL_LIFE_MS;
    world.gate.withdraw(id);
    expect(world.gate.standing(id)).toBe("expired");
  });

  test("a revoked device takes its standing allow along", () => {
    const world = openWorld([...CERTIFIED]);
    const { approvalId: id, requestDigest } = world.gate.ask(question);
    const [keys] = DEVICES;
    const digest = shownDigest(ACTION, question, "zh-Hant");
    world.gate.take(
      {
        id: `${id}/${keys.deviceId}/1`,
        createdAt: NOW,
        approvalId: id,
        requestDigest,
        verdict: "allow",
        scope: "once",
        shownDigest: digest,
        locale: "zh-TW",
      },
      keys.deviceId,
    );
    expect(world.gate.standing(id)).toBe("allowed");
    const place = { ledger: world.ledger, audit: NO_AUDIT, ids, now: () => NOW, keys: executorKeys };
    revokeDevice(place, keys.deviceId, "lost");
    expect(world.gate.standing(id)).toBe("pending");
    expect(world.gate.spend(id, ACTION)).toEqual({ ok: false, error: "not-allowed" });
  });
});
