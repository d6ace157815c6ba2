/** What the load has put into the blob store of one room, and whether it is still there whole. */
import { createHash } from "node:crypto";
import { equalBytes } from "@deskhand/doc-schema/wire";
import { openBlobs } from "../../unit/sync-server/blob-client.ts";
import { createRoomKeys } from "../../unit/sync-server/relay-client.ts";

const MAX_CHUNK_BYTES = 60_000;
const IN_FLIGHT = 3;
/** Older ones were looked at after many crashes; so few that each look is quick. */
const KEPT = 60;

export interface BlobLedger {
  /** Puts chunks, those without an answer first, until `isOver` or the relay goes. */
  load(url: string, isOver?: () => boolean, inFlight?: number): Promise<void>;
  /** What was answered so far as stored. */
  promises(): readonly number[];
  /** Chunks of these that are not there, or not whole. */
  missing(url: string, promised: readonly number[]): Promise<number>;
  stored(): number;
  /** Codes of requests that were denied. */
  denials(): ReadonlySet<string>;
}

const chunk = (room: string, n: number): { readonly id: Uint8Array; readonly bytes: Uint8Array } => {
  const bytes = Uint8Array.from(Buffer.alloc(1 + ((n * 7_919) % MAX_CHUNK_BYTES), `${room} ${n} `));
  return { id: Uint8Array.from(createHash("sha256").update(bytes).digest()), bytes };
};

export const createBlobLedger = (): BlobLedger => {
  const keys = createRoomKeys();
  const room = Buffer.from(keys.roomId).toString("hex");
  let last = 0;
  let total = 0;
  let kept: number[] = [];
  let waiting: number[] = [];
  const denials = new Set<string>();

  const load: BlobLedger["load"] = async (url, isOver = () => false, inFlight = IN_FLIGHT) => {
    const under: number[] = [];
    try {
      const client = await openBlobs(url, keys);
      const sendNext = (): void => {
        const n = waiting.shift() ?? (last += 1);
        under.push(n);
        client.send({ type: "put", request: n, ...chunk(room, n) });
      };
      for (let i = 0; i < inFlight && (waiting.length > 0 || !isOver()); i++) sendNext();
      for (let n = under[0]; n !== undefined; n = under[0]) {
        const answer = await client.next();
        under.shift();
        if (answer.type === "stored") {
          kept = [...kept, n].slice(-KEPT);
          total += 1;
        } else {
          waiting.push(n);
          if (answer.type === "denied") denials.add(answer.code);
        }
        if (!isOver()) sendNext();
      }
      client.socket.terminate();
    } catch {
      waiting = [...under, ...waiting]; // the relay was killed: what had no answer is put again
    }
  };

  return {
    load,
    promises: () => kept,
    missing: async (url, promised) => {
      const client = await openBlobs(url, keys);
      let missing = 0;
      for (const n of promised) {
        const { id, bytes } = chunk(room, n);
        const answer = await client.ask({ type: "get", request: n, id });
        if (answer.type !== "chunk" || !equalBytes(answer.bytes, bytes)) missing += 1;
      }
      client.socket.terminate();
      return missing;
    },
    stored: () => total,
    denials: () => denials,
  };
};
