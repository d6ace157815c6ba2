/**
 * What sync says of each relay, in the words of the screens, and all of them as one line.
 * Any relay that is live is enough: what one has, the desktop gets.
 */
import type { SyncPhase, SyncStatus } from "@deskhand/doc-schema/sync";
import type { ConnectionPhase, ConnectionState, RelayState } from "../shared-ui/workspace.ts";
import type { RelayLink } from "./epoch-session.ts";

/** A relay that cannot be reached is no lack of network: between two attempts the phone still connects. */
const PHASES: Readonly<Record<SyncPhase, ConnectionPhase>> = {
  offline: "connecting",
  connecting: "connecting",
  authenticating: "connecting",
  "catching-up": "catching-up",
  live: "live",
  refused: "refused",
};
const BEST_FIRST: readonly ConnectionPhase[] = ["live", "catching-up", "connecting", "refused"];

const phaseOf = ({ phase }: SyncStatus): ConnectionPhase => (navigator.onLine ? PHASES[phase] : "offline");

export const relayStateOf = ({ url, status }: RelayLink): RelayState => {
  const now = status();
  return {
    url,
    phase: phaseOf(now),
    unsent: now.pending,
    held: now.held,
    ignored: now.ignored,
    ...(now.lastLiveAt === undefined ? {} : { heardAt: now.lastLiveAt }),
    ...(now.refusal === undefined ? {} : { refusal: now.refusal }),
    ...(now.alarm === undefined ? {} : { alarm: now.alarm }),
  };
};

/** @param statuses of all relays; none on a phone that was removed */
export const connectionOf = (statuses: readonly SyncStatus[]): ConnectionState => {
  const phase = BEST_FIRST.find((best) => statuses.some((status) => phaseOf(status) === best)) ?? "offline";
  const best = statuses.find((status) => phaseOf(status) === phase);
  return {
    phase,
    unsent: statuses.length === 0 ? 0 : Math.min(...statuses.map(({ pending }) => pending)),
    ...(phase === "catching-up" && best !== undefined ? { received: best.replayed } : {}),
    ...(best?.refusal === undefined ? {} : { refusal: best.refusal }),
  };
};
