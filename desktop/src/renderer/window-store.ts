/**
 * The window's picture of the main process: a read-only copy of the document, and what changes beside it. Orders go
 * back to main, which signs them.
 */
import { readDeviceRegistry } from "@deskhand/doc-schema/document";
import type { Workspace } from "@deskhand/mobile/shared-ui";
import * as Y from "yjs";
import type { HostFacts, HostState, Opening, Outcome, RequestChannel, RequestOf } from "../ipc-contract.ts";
import { ask, listen } from "./bridge.ts";

export interface WindowStore {
  readonly workspace: Workspace;
  readonly facts: HostFacts;
  readonly state: () => HostState;
  /** Rises with every change. */
  readonly version: () => number;
  /** Called after any change of the document or the state. @returns stops the calls */
  readonly subscribe: (listener: () => void) => () => void;
}

/** An order that main turned down; the screens show that it was not carried out. */
const order = async <C extends RequestChannel>(channel: C, request: RequestOf<C>): Promise<void> => {
  const outcome = (await ask(channel, request)) as Outcome; // every order is answered by one
  if (outcome.type === "refused") throw new Error(outcome.reason);
};

export const createWindowStore = (opening: Opening): WindowStore => {
  const doc = new Y.Doc();
  let state = opening.state;
  let version = 0;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    version++;
    for (const listener of listeners) listener();
  };
  Y.applyUpdate(doc, opening.document);
  listen("documentUpdate", (update) => {
    Y.applyUpdate(doc, update);
    changed();
  });
  listen("hostState", (next) => {
    state = next;
    changed();
  });

  let registry = { version: -1, value: readDeviceRegistry(doc, opening.executorKey) };
  const currentRegistry = (): typeof registry.value => {
    if (registry.version !== version)
      registry = { version, value: readDeviceRegistry(doc, opening.executorKey) };
    return registry.value;
  };
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  const workspace: Workspace = {
    doc,
    deviceId: opening.deviceId,
    role: "window",
    registry: currentRegistry,
    // What the window says is with the executor at once: it needs no relay for that.
    isAtRelay: () => true,
    deliveryAt: () => "at-desktop",
    connection: () => {
      const { phase, unsent, received, refusal } = state.connection;
      return {
        phase,
        unsent,
        ...(received === undefined ? {} : { received }),
        ...(refusal === undefined ? {} : { refusal }),
      };
    },
    relays: () => [],
    acceptHistory: () => undefined,
    access: () => ({ type: "full" }),
    notices: () => [],
    dismiss: () => undefined,
    desktop: () => ({
      online: true,
      power: state.power.state,
      powerSince: state.power.since,
      ...(state.step === undefined ? {} : { step: state.step }),
    }),
    subscribe,
    retryNow: () => void ask("retryNow", undefined),
    orders: {
      sendTask: (prompt, locale) => order("sendTask", { prompt, locale }),
      decide: (approvalId, answer) => order("decide", { approvalId, ...answer }),
      cancel: (taskId) => order("cancel", { taskId }),
      steer: (taskId, text) => order("steer", { taskId, text }),
      undo: (runId, stepId) => order("undo", { runId, ...(stepId === undefined ? {} : { stepId }) }),
      stopAll: () => order("stopAll", undefined),
      resume: () => order("resume", undefined),
    },
  };
  return { workspace, facts: opening.facts, state: () => state, version: () => version, subscribe };
};
