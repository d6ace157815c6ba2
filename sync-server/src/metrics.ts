/**
 * What the relay counts, in Prometheus text. Nothing here tells one room, socket or address from another: labels
 * come from closed lists in the code.
 */
import type { RefusalCode } from "@deskhand/doc-schema/wire";

const COUNTERS = {
  sockets: "WebSockets accepted",
  members: "Sockets that proved their room's key",
  blob_sockets: "Sockets that proved their room's key for blob chunks",
  appends: "Frames stored",
  duplicates: "Frames that were sent again and not stored again",
  appended_bytes: "Bytes of frames stored",
  commits: "Transactions that stored frames",
  failed_commits: "Transactions that the disk refused",
  delivered: "Frames handed to other members",
  ephemerals: "Ephemeral frames taken",
  compactions: "Snapshots that replaced frames",
  closed_rooms: "Rooms closed for ever by their closing frame",
  chunks_stored: "Blob chunks taken, known ones too",
  chunk_bytes: "Bytes of blob chunks taken",
  chunks_served: "Blob chunks read",
  chunks_expired: "Blob chunks deleted because nobody touched them",
  failed_chunks: "Blob requests that the disk refused",
  turned_away: "Upgrades refused before a WebSocket existed",
} as const;
export type Counter = keyof typeof COUNTERS;

export interface Gauges {
  readonly open_sockets: number;
  readonly open_rooms: number;
  /** 1 or 0. */
  readonly writable: number;
}

export interface Metrics {
  count(counter: Counter, by?: number): void;
  refused(code: RefusalCode): void;
  /** Prometheus text exposition format 0.0.4. */
  render(gauges: Gauges): string;
}

export const createMetrics = (): Metrics => {
  const totals = new Map<Counter, number>();
  const refusals = new Map<RefusalCode, number>();
  return {
    count: (counter, by = 1) => void totals.set(counter, (totals.get(counter) ?? 0) + by),
    refused: (code) => void refusals.set(code, (refusals.get(code) ?? 0) + 1),
    render: (gauges) =>
      [
        ...Object.entries(COUNTERS).flatMap(([name, help]) => [
          `# HELP deskhand_relay_${name}_total ${help}`,
          `# TYPE deskhand_relay_${name}_total counter`,
          // `as`: the keys of COUNTERS are its type.
          `deskhand_relay_${name}_total ${totals.get(name as Counter) ?? 0}`,
        ]),
        "# HELP deskhand_relay_refusals_total Messages or sockets refused, by reason",
        "# TYPE deskhand_relay_refusals_total counter",
        ...[...refusals].map(([code, total]) => `deskhand_relay_refusals_total{code="${code}"} ${total}`),
        ...Object.entries(gauges).flatMap(([name, value]) => [
          `# TYPE deskhand_relay_${name} gauge`,
          `deskhand_relay_${name} ${value}`,
        ]),
        "",
      ].join("\n"),
  };
};
