/** Bugs that can be put into a world by name, to see that the simulator finds them. */
import type { IdFactory } from "@deskhand/doc-schema/document";
import type { SourcePatch } from "./load-hooks.ts";
import type { RoomDiskOptions } from "./room-disk.ts";
import type { World } from "./world.ts";

export interface Plant {
  readonly says: string;
  readonly relay?: (world: World) => Pick<RoomDiskOptions, "syncLater" | "disturb">;
  readonly wrapIds?: (ids: IdFactory) => IdFactory;
  readonly patches?: readonly SourcePatch[];
}

/** The least and the most time that a write stays out of reach of a power cut (milliseconds). */
const SYNC_AFTER_MS = [20, 3_000] as const;

const RELAY_SESSION = "doc-schema/src/sync/relay-session.ts";
const RELAY_KNOWLEDGE = "doc-schema/src/sync/relay-knowledge.ts";

export const PLANTS = {
  "ack-before-fsync": {
    says: "the relay acknowledges a write before it is on the disk",
    relay: (world) => ({
      syncLater: (sync) => void world.after(world.random.between(...SYNC_AFTER_MS), "", sync),
    }),
  },
  "cursor-ahead": {
    says: "a stored cursor is believed although the stored document lacks what lies before it",
    patches: [
      {
        file: "doc-schema/src/sync/resume-state.ts",
        find: "[...sv].every(([client, clock]) => Y.getState(doc.store, client) >= clock) &&",
        replace: "true ||",
      },
    ],
  },
  "delete-set-again": {
    says: "at each reconnect everything that was deleted is appended once more",
    patches: [
      {
        file: RELAY_KNOWLEDGE,
        find: "Y.snapshotContainsUpdate(content(), update) ? undefined : withoutDeletes(update, mergedDeletes()),",
        replace: "update,",
      },
      {
        file: RELAY_KNOWLEDGE,
        find: "has: (update) => Y.snapshotContainsUpdate(content(), update),",
        replace:
          "has: (update) => Y.decodeUpdate(update).ds.clients.size === 0 && Y.snapshotContainsUpdate(content(), update),",
      },
      {
        file: "doc-schema/src/sync/outgoing-updates.ts",
        find: "const needed = lacking && withoutImpliedDeletes(doc, lacking, known.covers);",
        replace: "const needed = lacking;",
      },
    ],
  },
  "compaction-race": {
    says: "a compaction takes along what was appended while its snapshot was on the way",
    relay: () => ({
      disturb: (log) => ({
        ...log,
        compact: (roomId, upto, frame) => {
          const state = log.head(roomId);
          return log.compact(roomId, state.ok && upto <= state.value.head ? state.value.head : upto, frame);
        },
      }),
    }),
  },
  "early-counts": {
    says: "the cursor counts a frame that came early, before it is committed",
    patches: [
      {
        file: RELAY_SESSION,
        find: 'if (message.type === "committed") return commit(message.seq);',
        replace: 'if (message.type === "committed") return;',
      },
      {
        file: RELAY_SESSION,
        find: 'if (message.type === "early") early = message;',
        replace: 'if (message.type === "early") return events.onMessage({ ...message, type: "frame" });',
      },
    ],
  },
  "clock-skew": {
    says: "a device does not raise its clock past the ids that it sees",
    wrapIds: (ids) => ({ ...ids, observe: () => {} }),
  },
} as const satisfies Readonly<Record<string, Plant>>;

export type PlantName = keyof typeof PLANTS;
