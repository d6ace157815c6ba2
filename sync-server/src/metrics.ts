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
  early: "Frames handed on before their commit",
  taken_back: "Frames handed on before a commit that then failed",
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

const GAUGES = {
  open_sockets: "WebSockets that are open now",
  open_rooms: "Rooms that somebody is in now",
  writable: "1 when frames can be stored, 0 when the relay is read-only",
  free_disk_bytes: "Free disk under the data folder",
  resident_memory_bytes: "Memory of the process",
} as const;
export type Gauges = Readonly<Record<keyof typeof GAUGES, number>>;

/** Seconds. An fsync of a good disk takes below one millisecond. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5] as const;

export interface Metrics {
  count(counter: Counter, by?: number): void;
  refused(code: RefusalCode): void;
  /** How long a transaction took (seconds): what every acknowledgement waits for. */
  committed(seconds: number): void;
  /** Prometheus text exposition format 0.0.4. */
  render(gauges: Gauges): string;
}

const head = (name: string, type: string, help: string): readonly string[] => [
  `# HELP deskhand_relay_${name} ${help}`,
  `# TYPE deskhand_relay_${name} ${type}`,
];

export const createMetrics = (): Metrics => {
  const totals = new Map<Counter, number>();
  const refusals = new Map<RefusalCode, number>();
  const commits = { count: 0, seconds: 0, within: COMMIT_BUCKETS.map(() => 0) };
  return {
    count: (counter, by = 1) => void totals.set(counter, (totals.get(counter) ?? 0) + by),
    refused: (code) => void refusals.set(code, (refusals.get(code) ?? 0) + 1),
    committed: (seconds) => {
      commits.count += 1;
      commits.seconds += seconds;
      for (const [i, bound] of COMMIT_BUCKETS.entries()) {
        if (seconds <= bound) commits.within[i] = (commits.within[i] ?? 0) + 1;
      }
    },
    render: (gauges) =>
      [
        ...Object.entries(COUNTERS).flatMap(([name, help]) => [
          ...head(`${name}_total`, "counter", help),
          // `as`: the keys of COUNTERS are its type.
          `deskhand_relay_${name}_total ${totals.get(name as Counter) ?? 0}`,
        ]),
        ...head("refusals_total", "counter", "Messages or sockets refused, by reason"),
        ...[...refusals].map(([code, total]) => `deskhand_relay_refusals_total{code="${code}"} ${total}`),
        ...head("commit_seconds", "histogram", "How long a transaction that stores frames takes"),
        ...COMMIT_BUCKETS.map(
          (bound, i) => `deskhand_relay_commit_seconds_bucket{le="${bound}"} ${commits.within[i] ?? 0}`,
        ),
        `deskhand_relay_commit_seconds_bucket{le="+Inf"} ${commits.count}`,
        `deskhand_relay_commit_seconds_sum ${commits.seconds}`,
        `deskhand_relay_commit_seconds_count ${commits.count}`,
        ...Object.entries(GAUGES).flatMap(([name, help]) => [
          ...head(name, "gauge", help),
          // `as`: the keys of GAUGES are its type.
          `deskhand_relay_${name} ${gauges[name as keyof Gauges]}`,
        ]),
        "",
      ].join("\n"),
  };
};
