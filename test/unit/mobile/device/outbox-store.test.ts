/** What a phone wrote stays in its outbox until a relay has it and its own database too. */
import { createEpochKeys, redact } from "@deskhand/doc-schema/crypto";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { openOutbox, type Outbox } from "../../../../mobile/src/device/outbox-store.ts";
import type { ValueStore } from "../../../../mobile/src/device/value-store.ts";

const createValues = (): ValueStore => {
  const values = new Map<string, unknown>();
  return {
    get: async (key) => values.get(key),
    put: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
    list: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
    removeAll: async () => values.clear(),
  };
};

test("an entry goes when a relay has it and the document is stored, not before: a relay may lose it", async () => {
  const values = createValues();
  let isStored = false;
  const key = createEpochKeys(redact("root-key", new Uint8Array(32).fill(1)), 1).localSealKey;
  const open = (): Promise<Outbox> =>
    openOutbox({
      name: "workspace-1",
      key,
      values,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      isDocumentStored: () => isStored,
      onProblem: (reason) => {
        throw new Error(reason);
      },
    });
  const outbox = await open();
  const doc = new Y.Doc();
  doc.on("update", (update: Uint8Array) => outbox.keep(update));
  doc.getMap("tasks").set("one", "1");
  const kept = async (): Promise<number> => {
    await outbox.flush();
    return (await open()).unsent.length;
  };
  const place = { client: doc.clientID, clock: 0 };

  outbox.settle(() => true);
  expect([outbox.holds(place), await kept()]).toEqual([true, 1]);
  isStored = true;
  outbox.settle(() => false);
  expect([outbox.holds(place), await kept()]).toEqual([true, 1]);
  outbox.settle(() => true);
  expect([outbox.holds(place), await kept()]).toEqual([false, 0]);
});
