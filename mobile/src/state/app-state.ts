/**
 * What the app has to go on: nothing yet, no workspace, or one that is open.
 * 1. A pairing link is taken out of the address bar before anything is drawn, and out of the history.
 * 2. Storage that cannot be opened is an error that is shown, never an empty app.
 */
import { forgetCopyFacts } from "../device/copy-facts.ts";
import { eraseDocument } from "../device/document-store.ts";
import {
  documentNameOf,
  forgetMembership,
  loadMembership,
  saveMembership,
  type Membership,
} from "../device/membership-store.ts";
import { deleteOwnDatabases } from "../device/indexed-db.ts";
import { eraseOutbox } from "../device/outbox-store.ts";
import { hasTrace, leaveTrace, removeTrace } from "../device/paired-trace.ts";
import { eraseResumes } from "../device/resume-store.ts";
import { openValueStore, type ValueStore } from "../device/value-store.ts";
import { forgetDraft } from "./use-draft.ts";
import { openPhoneWorkspace, type PhoneWorkspace } from "./phone-workspace.ts";

export type AppPhase =
  | { readonly type: "opening" }
  | {
      readonly type: "unpaired";
      readonly store: ValueStore;
      /** It was paired, and what it kept is gone. */
      readonly isUnexpected: boolean;
    }
  | {
      readonly type: "paired";
      readonly store: ValueStore;
      readonly workspace: PhoneWorkspace;
      readonly membership: Membership;
    }
  | { readonly type: "broken"; readonly reason: string };

export interface AppState {
  readonly phase: () => AppPhase;
  /** The pairing link that opened the app or came into its tab, until it is used or put aside. */
  readonly link: () => string | undefined;
  readonly dropLink: () => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Stores the keys, then opens the workspace. */
  readonly join: (membership: Membership) => Promise<void>;
  /** Forgets keys and thread on this phone. */
  readonly erase: () => Promise<void>;
  /** Deletes what cannot be opened, and starts anew. */
  readonly eraseAll: () => Promise<void>;
}

/** Taken out of the address bar; one that was mangled is told as such, so it counts. */
export const takePairingLink = (): string | undefined => {
  if (location.hash.length < 2) return undefined;
  const link = location.href;
  history.replaceState(history.state, "", location.pathname);
  return link;
};

export const createAppState = (): AppState => {
  let phase: AppPhase = { type: "opening" };
  let link = takePairingLink();
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  const change = (next: AppPhase): void => {
    // A code works once: who was paired with it, or erases this phone later, starts without it.
    if (phase.type !== "opening" && next.type !== phase.type) link = undefined;
    phase = next;
    tell();
  };
  // A link that is opened in this tab changes the fragment only, and loads nothing.
  addEventListener("hashchange", () => {
    link = takePairingLink() ?? link;
    tell();
  });
  const open = async (store: ValueStore, membership: Membership): Promise<void> => {
    const workspace = await openPhoneWorkspace({
      values: store,
      membership,
      onGone: () => {
        change({ type: "unpaired", store, isUnexpected: false });
        void workspace.close();
      },
    });
    leaveTrace();
    change({ type: "paired", store, workspace, membership });
  };
  const start = async (): Promise<void> => {
    const store = await openValueStore("deskhand");
    const membership = await loadMembership(store);
    if (membership === undefined) change({ type: "unpaired", store, isUnexpected: hasTrace() });
    else await open(store, membership);
  };
  start().catch((error: unknown) => change({ type: "broken", reason: String(error) }));

  return {
    phase: () => phase,
    link: () => link,
    dropLink: () => {
      link = undefined;
      tell();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    join: async (membership) => {
      if (phase.type !== "unpaired") return;
      const { store } = phase;
      await saveMembership(store, membership);
      // Best effort by design: the settings page shows whether the browser agreed.
      void navigator.storage?.persist?.();
      await open(store, membership);
    },
    erase: async () => {
      if (phase.type !== "paired") return;
      const { store, workspace, membership } = phase;
      change({ type: "unpaired", store, isUnexpected: false });
      removeTrace();
      await forgetMembership(store);
      await forgetDraft(store);
      await workspace.close();
      const name = documentNameOf(membership.workspaceId, membership.epoch);
      await Promise.all([
        eraseDocument(store, name),
        eraseOutbox(store, name),
        eraseResumes(store, name),
        forgetCopyFacts(store, membership.workspaceId),
      ]);
    },
    eraseAll: async () => {
      removeTrace();
      await deleteOwnDatabases();
      location.reload();
    },
  };
};
