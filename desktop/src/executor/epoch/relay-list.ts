/**
 * The relays of this workspace: kept in the ledger, told to the phones in `meta.relays`, dialled in every epoch.
 * 1. Several at once carry the same document, whichever can be reached. The last one cannot be taken away.
 * 2. A link is asked for by the relay's URL each time: every epoch has a connection of its own.
 */
import { INITIAL_STATUS, type SyncStatus } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Ledger } from "../ledger.ts";
import type { LiveEpoch } from "./live-epoch.ts";
import type { Relay } from "./workspace-fold.ts";

/** As many as `meta.relays` takes. */
export const MAX_RELAYS = 16;

/** The way to one relay, in whichever epoch is live. */
export interface RelayLink {
  readonly url: string;
  readonly status: () => SyncStatus;
  /** Dials now, instead of when the backoff ends. */
  readonly retryNow: () => void;
}

export type RelayListError = { readonly type: "unknown-relay" | "last-relay" | "too-many-relays" };

export interface RelayList {
  /** In the order in which they were added. */
  readonly all: () => readonly Relay[];
  /** A relay that is there already may get another address for phones. */
  readonly add: (relay: Relay) => Result<RelayLink, RelayListError>;
  readonly remove: (url: string) => Result<void, RelayListError>;
  readonly link: (url: string) => RelayLink;
  /** At the start, and in each new epoch. */
  readonly connectAll: () => void;
}

export interface RelayListPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly now: () => number;
  readonly live: () => LiveEpoch;
}

export const createRelayList = ({ ledger, audit, now, live }: RelayListPorts): RelayList => {
  const { relays } = ledger.state;
  const link = (url: string): RelayLink => ({
    url,
    status: () => live().links.of(url)?.status() ?? INITIAL_STATUS,
    retryNow: () => live().links.of(url)?.retryNow(),
  });
  return {
    all: () => [...relays.values()],
    link,
    add: ({ url, publicUrl }) => {
      const known = relays.get(url);
      if (known === undefined && relays.size >= MAX_RELAYS) return err({ type: "too-many-relays" });
      if (known?.publicUrl !== publicUrl) {
        ledger.append({ type: "relay-added", at: now(), url, publicUrl });
        audit.write({ kind: "relay", what: url, outcome: "added" });
      }
      live().links.connect(url);
      return ok(link(url));
    },
    remove: (url) => {
      if (!relays.has(url)) return err({ type: "unknown-relay" });
      if (relays.size === 1) return err({ type: "last-relay" });
      ledger.append({ type: "relay-removed", at: now(), url });
      audit.write({ kind: "relay", what: url, outcome: "removed" });
      live().links.disconnect(url);
      return ok(undefined);
    },
    connectAll: () => {
      for (const url of relays.keys()) live().links.connect(url);
    },
  };
};
