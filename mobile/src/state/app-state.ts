/**
 * What the app has to go on: nothing yet, no workspace, or one that is open.
 * 1. A pairing link is taken out of the address bar before anything is drawn, and out of the history.
 * 2. Storage that cannot be opened is an error that is shown, never an empty app.
 */
import { deleteOwnDatabases } from "../device/indexed-db.ts";
import { loadMembership, saveMembership, type Membership } from "../device/membership-store.ts";
import { hasTrace, leaveTrace, removeTrace } from "../device/paired-trace.ts";
import { openValueStore, type ValueStore } from "../device/value-store.ts";
import { eraseMember, openMember, type MemberState } from "./member.ts";

export type AppPhase =
  | { readonly type: "opening" }
  | {
      readonly type: "unpaired";
      readonly store: ValueStore;
      /** It was paired, and what it kept is gone. */
      readonly isUnexpected: boolean;
    }
  | ({ readonly type: "paired"; readonly store: ValueStore } & MemberState)
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
  const unpaired = (store: ValueStore, isUnexpected: boolean): void =>
    change({ type: "unpaired", store, isUnexpected });
  const fail = (error: unknown): void => change({ type: "broken", reason: String(error) });
  const open = async (store: ValueStore, membership: Membership): Promise<void> => {
    leaveTrace();
    await openMember(
      {
        values: store,
        onState: (state) => change({ type: "paired", store, ...state }),
        onErased: () => unpaired(store, false),
        onError: fail,
      },
      membership,
    );
  };
  const start = async (): Promise<void> => {
    const store = await openValueStore("deskhand");
    const membership = await loadMembership(store);
    if (membership === undefined) unpaired(store, hasTrace());
    else await open(store, membership);
  };
  // A link that is opened in this tab changes the fragment only, and loads nothing.
  addEventListener("hashchange", () => {
    link = takePairingLink() ?? link;
    tell();
  });
  start().catch(fail);

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
      unpaired(store, false);
      removeTrace();
      await eraseMember(store, { workspace, membership });
    },
    eraseAll: async () => {
      removeTrace();
      await deleteOwnDatabases();
      location.reload();
    },
  };
};
