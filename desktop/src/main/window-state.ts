/** What the window is told besides the document: connection, phones, pairing, power, and the step under way. */
import { create as createQr } from "qrcode";
import type { SyncStatus } from "@deskhand/doc-schema/sync";
import type { ExecutorStatus, RelayLink } from "../executor/index.ts";
import type { PairingDeskState } from "../host/pairing-desk.ts";
import type { Host } from "../host/open-host.ts";
import type { HostState, PairingState } from "../ipc-contract.ts";
import type { PowerChange } from "./power.ts";

export const windowState = (
  { executor, relay, pairing, phonesOnline }: Host,
  power: PowerChange,
  now: number,
): HostState => ({
  connection: connectionOf(relay),
  phonesOnline: [...new Set(phonesOnline())],
  pairing: pairingOf(pairing.state()),
  power,
  ...stepOf(executor.status(), now),
});

const PHASES = {
  offline: "connecting",
  connecting: "connecting",
  authenticating: "connecting",
  "catching-up": "catching-up",
  live: "live",
  refused: "refused",
} as const satisfies Record<SyncStatus["phase"], HostState["connection"]["phase"]>;

const connectionOf = (relay: RelayLink): HostState["connection"] => {
  const { phase, pending, replayed, refusal } = relay.status();
  return {
    phase: PHASES[phase],
    unsent: pending,
    ...(phase === "catching-up" ? { received: replayed } : {}),
    ...(refusal === undefined ? {} : { refusal }),
  };
};

const pairingOf = (state: PairingDeskState): PairingState => {
  if (state.type !== "waiting") return state;
  const { link, expiresAt } = state;
  return { type: "waiting", expiresAt, ...drawCode(link) };
};

/** Error correction M: a code on a screen is not dirty, but it may be photographed at an angle. */
const drawCode = (link: string): { readonly image: string; readonly size: number } => {
  const { size, data } = createQr(link, { errorCorrectionLevel: "M" }).modules;
  const squares = [...data].map((isDark, at) =>
    isDark ? `M${at % size} ${Math.floor(at / size)}h1v1h-1z` : "",
  );
  return { image: squares.join(""), size };
};

const stepOf = ({ live }: ExecutorStatus, at: number): Pick<HostState, "step"> => {
  if (live === undefined) return {};
  const { runId, step } = live;
  const text = step.object === undefined ? step.kind : `${step.kind} ${step.object}`;
  return { step: { runId, text, at } };
};
