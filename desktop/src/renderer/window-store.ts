/**
 * The window's picture of the main process: a read-only copy of the document, and what changes beside it. Orders go
 * back to main, which signs them.
 */
import { readDeviceRegistry } from "@deskhand/doc-schema/document";
import type { Notice, Workspace } from "@deskhand/mobile/shared-ui";
import * as Y from "yjs";
import type { HostFacts, HostState, Opening, Outcome, RequestChannel, RequestOf } from "../ipc-contract.ts";
import { ask, listen } from "./bridge.ts";

export interface WindowStore {
  /** Another one after each renewal of the keys: read it where it is used. */
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
  let state = opening.state;
  let version = 0;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    version++;
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  /** A workspace is of one document; a new epoch has a new one. */
  const workspaceOf = (document: Uint8Array, isRenewed: boolean): Workspace => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, document);
    let notices: readonly Notice[] = isRenewed ? [{ type: "renewed" }] : [];
    let registry = { version: -1, value: readDeviceRegistry(doc, opening.executorKey) };
    return {
      doc,
      deviceId: opening.deviceId,
      role: "window",
      registry: () => {
        if (registry.version !== version)
          registry = { version, value: readDeviceRegistry(doc, opening.executorKey) };
        return registry.value;
      },
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
      notices: () => notices,
      dismiss: (type) => {
        notices = notices.filter((notice) => notice.type !== type);
        changed();
      },
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
        give: (intent) => order("give", { order: intent }),
        createSchedule: (schedule) => order("createSchedule", { schedule }),
      },
    };
  };

  let workspace = workspaceOf(opening.document, false);
  listen("documentUpdate", (update) => {
    Y.applyUpdate(workspace.doc, update);
    changed();
  });
  listen("documentRenewed", (document) => {
    workspace = workspaceOf(document, true);
    changed();
  });
  listen("hostState", (next) => {
    state = next;
    changed();
  });
  return {
    get workspace() {
      return workspace;
    },
    facts: opening.facts,
    state: () => state,
    version: () => version,
    subscribe,
  };
};
