import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  parsePresence,
  readPeers,
  stepOfRun,
  writePresence,
  type PresenceState,
} from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { parseAwarenessUpdate } from "../../../../doc-schema/src/sync/provider-messages.ts";
import { createAuthor } from "./frame-author.ts";
import { bytes, freshKeys } from "./room-harness.ts";

const { deviceId } = createDeviceKeys(bytes(32), bytes(32));
const state: PresenceState = {
  deviceId,
  role: "executor",
  appVersion: "0.1.0",
  onlineSince: 1_800_000_000_000,
  power: "awake",
  step: { runId: "run_000000000000000000000000", text: "Reading", at: 1_800_000_000_000 },
};

describe("presence", () => {
  test("peers read what was written; ourselves and what does not parse are left out", () => {
    const [ours, theirs, broken] = [1, 2, 3].map((clientID) => {
      const doc = new Y.Doc();
      doc.clientID = clientID;
      return new Awareness(doc);
    });
    if (ours === undefined || theirs === undefined || broken === undefined) throw new Error("three");
    writePresence(ours, state);
    writePresence(theirs, { ...state, role: "phone" });
    broken.setLocalState({ ...state, role: "king" });
    for (const peer of [theirs, broken])
      applyAwarenessUpdate(ours, encodeAwarenessUpdate(peer, [peer.clientID]), "test");
    expect(readPeers(ours)).toEqual([{ ...state, role: "phone", clientId: 2 }]);
    for (const awareness of [ours, theirs, broken]) awareness.destroy();
  });

  test("other devices' nonsense is undefined, not thrown", () => {
    for (const value of [null, 1, "x", {}, { ...state, deviceId: "dev_x" }, { ...state, power: "maybe" }])
      expect(parsePresence(value)).toBe(undefined);
    expect(parsePresence({ ...state, later: 1 })).toEqual(state);
  });

  test("a long step in any script is cut so that all states make frames of one size", () => {
    const keys = freshKeys();
    const sizes = ["", "Reading", "x".repeat(400), "讀".repeat(400), "👩‍💻".repeat(80)].map((text) => {
      const awareness = new Awareness(new Y.Doc());
      writePresence(awareness, { ...state, step: { runId: "run_0", text, at: 1_800_000_000_000 } });
      const update = encodeAwarenessUpdate(awareness, [awareness.clientID]);
      awareness.destroy();
      expect(parseAwarenessUpdate(update)).toHaveLength(1);
      return createAuthor(keys, bytes(16)).seal("presence", update).length;
    });
    expect(new Set(sizes).size).toBe(1);
  });

  test("two runs at once are told of in a frame of the same size, and found by their run", () => {
    const keys = freshKeys();
    const at = 1_800_000_000_000;
    const runId = `run_${"0".repeat(24)}`;
    const other = `run_${"1".repeat(24)}`;
    const sizeOf = (steps: Partial<PresenceState>): number => {
      const awareness = new Awareness(new Y.Doc());
      writePresence(awareness, { ...state, appVersion: "x".repeat(64), ...steps });
      const update = encodeAwarenessUpdate(awareness, [awareness.clientID]);
      awareness.destroy();
      return createAuthor(keys, bytes(16)).seal("presence", update).length;
    };
    const text = "讀".repeat(400);
    const both = { step: { runId, text, at }, also: { runId: other, text, at } };
    expect(sizeOf(both)).toBe(sizeOf({}));
    expect(stepOfRun(both, other)).toEqual(both.also);
    expect(stepOfRun(both, "run_2")).toBeUndefined();
  });

  test("an awareness update that would throw in the provider is refused", () => {
    for (const update of [
      new Uint8Array(0),
      Uint8Array.of(200, 1),
      Uint8Array.of(1, 2),
      Uint8Array.of(1, 2, 3, 2, 0x7b, 0x7b),
    ])
      expect(parseAwarenessUpdate(update)).toBe(undefined);
    const swap = new TextEncoder().encode('{"__proto__":1}');
    expect(parseAwarenessUpdate(Uint8Array.of(1, 2, 3, swap.length, ...swap))).toBe(undefined);
  });
});
