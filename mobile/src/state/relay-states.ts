/**
 * What sync says of each relay, in the words of the screens, and all of them as one line.
 * Any relay that is live is enough: what one has, the desktop gets.
 */
import type { RelaySet, SyncPhase, SyncStatus } from "@deskhand/doc-schema/sync";
import type { ConnectionPhase, ConnectionState, RelayState } from "../shared-ui/workspace.ts";

/** A relay that cannot be reached is no lack of network: between two attempts the phone still connects. */
const PHASES: Readonly<Record<SyncPhase, ConnectionPhase>> = {
  offline: "connecting",
  connecting: "connecting",
  authenticating: "connecting",
  "catching-up": "catching-up",
  live: "live",
  refused: "refused",
};
const phaseOf = ({ phase }: SyncStatus): ConnectionPhase => (navigator.onLine ? PHASES[phase] : "offline");

export const relayStatesOf = (relays: RelaySet): readonly RelayState[] =>
  [...relays.links()].map(([url, { status }]) => relayStateOf(url, status()));

const relayStateOf = (url: string, now: SyncStatus): RelayState => ({
  url,
  phase: phaseOf(now),
  unsent: now.pending,
  held: now.held,
  ignored: now.ignored,
  ...(now.lastLiveAt === undefined ? {} : { heardAt: now.lastLiveAt }),
  ...(now.refusal === undefined ? {} : { refusal: now.refusal }),
  ...(now.alarm === undefined ? {} : { alarm: now.alarm }),
});

/** Of the relay that is furthest; without any, as on a phone that was removed, it is offline. */
export const connectionOf = (relays: RelaySet): ConnectionState => {
  const now = relays.status();
  const phase = relays.links().size === 0 ? "offline" : phaseOf(now);
  return {
    phase,
    unsent: now.pending,
    ...(phase === "catching-up" ? { received: now.replayed } : {}),
    ...(now.refusal === undefined ? {} : { refusal: now.refusal }),
  };
};
