/** What the window is told besides the document: relays, recovery kit, phones, pairing, power, the step under way. */
import { create as createQr } from "qrcode";
import type { SyncStatus } from "@deskhand/doc-schema/sync";
import type { ExecutorStatus, RelayLink } from "../executor/index.ts";
import type { PairingDeskState } from "../host/pairing-desk.ts";
import type { Host } from "../host/open-host.ts";
import type { HostState, KitState, PairingState, RelayFacts } from "../ipc-contract.ts";
import type { PowerChange } from "./power.ts";

export const windowState = (
  { executor, relay, pairing, phonesOnline, settings }: Host,
  { power, kit, now }: { readonly power: PowerChange; readonly kit: KitState; readonly now: number },
): HostState => ({
  connection: connectionOf(relay),
  relays: executor.relays
    .all()
    .map((known) => relayFacts(known, executor.relays.link(known.url), settings.relayUrl)),
  kit,
  phonesOnline: [...new Set(phonesOnline())],
  pairing: pairingOf(pairing.state()),
  power,
  ...factsOf(executor.status(), now),
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

const relayFacts = (
  { url, publicUrl }: Pick<RelayFacts, "url" | "publicUrl">,
  link: RelayLink,
  fixedUrl: string,
): RelayFacts => {
  const { phase, lastLiveAt, pending, held, ignored, refusal, alarm } = link.status();
  return {
    url,
    publicUrl,
    phase: PHASES[phase],
    unsent: pending,
    held,
    ignored: Object.values(ignored).reduce((sum, count) => sum + count, 0),
    isFixed: url === fixedUrl,
    ...(lastLiveAt === undefined ? {} : { heardAt: lastLiveAt }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(alarm === undefined ? {} : { alarm: alarm.type }),
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

const factsOf = (
  status: ExecutorStatus,
  at: number,
): Pick<HostState, "step" | "commands" | "auditAlarm"> => ({
  commands: status.commands ?? { type: "untested" },
  ...(status.auditAlarm === undefined ? {} : { auditAlarm: status.auditAlarm }),
  ...stepOf(status, at),
});

const stepOf = ({ live }: ExecutorStatus, at: number): Pick<HostState, "step"> => {
  if (live === undefined) return {};
  const { runId, step } = live;
  const text = step.object === undefined ? step.kind : `${step.kind} ${step.object}`;
  return { step: { runId, text, at } };
};
