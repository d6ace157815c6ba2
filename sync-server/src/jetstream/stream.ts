/**
 * The one stream that holds all rooms, and its subjects.
 *
 *   deskhand.room.<id>.log    what was appended, a batch a message; once stored also published as deskhand.told.<id>.log
 *   deskhand.snap.<id>        snapshots; the log says which is the present one
 *   deskhand.told.<id>.live   relay messages between nodes, not stored
 *   deskhand.barrier          one empty message: who got it stored has heard from a quorum
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { fieldsOf, type Fields, type JetStream } from "./jetstream-api.ts";

export const STREAM = "DESKHAND";
export const BARRIER_SUBJECT = "deskhand.barrier";
export const LEADER_NEWS = `$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${STREAM}`;
/** A frame has up to 1 MiB; a snapshot carries the hashes of up to 50,000 frames besides. */
export const NEEDED_PAYLOAD_BYTES = 3 * 1024 * 1024;

export interface RoomSubjects {
  readonly log: string;
  readonly snap: string;
  readonly live: string;
  /** All that is told of the room. */
  readonly told: string;
}

export const subjectsOf = (roomId: Uint8Array): RoomSubjects => {
  const name = Buffer.from(roomId).toString("hex");
  return {
    log: `deskhand.room.${name}.log`,
    snap: `deskhand.snap.${name}`,
    live: `deskhand.told.${name}.live`,
    told: `deskhand.told.${name}.*`,
  };
};

/** Without these the log could lose frames: old ones by age or size, or room by room. */
const ESSENTIALS = {
  subjects: ["deskhand.room.>", "deskhand.snap.>", BARRIER_SUBJECT],
  retention: "limits",
  discard: "new",
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  allow_rollup_hdrs: true,
  republish: { src: "deskhand.room.>", dest: "deskhand.told.>" },
} as const;

export interface StreamState {
  readonly replicas: number;
}

/** Makes the stream when it is not there. The error is a sentence for the operator, or `away`: try again. */
export const ensureStream = async (
  jetStream: JetStream,
  replicas: number,
): Promise<Result<StreamState, { readonly type: "away" | "unfit"; readonly sentence: string }>> => {
  const found = await jetStream.ask(`STREAM.INFO.${STREAM}`, {});
  const isMissing = !found.ok && found.error.type === "refused" && found.error.code === 10_059;
  const config = { name: STREAM, storage: "file", num_replicas: replicas, ...ESSENTIALS };
  const answer = isMissing ? await jetStream.ask(`STREAM.CREATE.${STREAM}`, config) : found;
  if (!answer.ok) return err(faultOf(answer.error.type, answer.error.detail));
  const present = fieldsOf(answer.value.get("config"));
  const wrong = Object.entries(ESSENTIALS).filter(([name, value]) => !isSame(present, name, value));
  if (wrong.length === 0) return ok({ replicas: Number(present.get("num_replicas")) });
  const names = wrong.map(([name]) => name).join(", ");
  return err({
    type: "unfit",
    sentence: `The JetStream stream ${STREAM} has other settings than a relay needs (${names}).`,
  });
};

/** No leader yet, or too few servers to place the replicas: both pass while a cluster starts. */
const faultOf = (type: "away" | "refused", detail: string) => {
  const passes = type === "away" || /temporarily|no suitable peers|insufficient/.test(detail);
  return {
    type: passes ? ("away" as const) : ("unfit" as const),
    sentence: `JetStream does not give the relay its stream (${detail}).`,
  };
};

const isSame = (present: Fields, name: string, value: unknown): boolean => {
  const there = present.get(name);
  if (name !== "republish") return JSON.stringify(there) === JSON.stringify(value);
  const [have, want] = [fieldsOf(there), fieldsOf(value)];
  return have.get("src") === want.get("src") && have.get("dest") === want.get("dest");
};
