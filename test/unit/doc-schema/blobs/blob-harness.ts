/** A real relay on a real disk, files in memory, and a line on which a test can change what arrives. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bytesToBase64Url, type BlobRef } from "@deskhand/doc-schema/crypto";
import {
  downloadBlob,
  uploadBlob,
  type BlobFailure,
  type BlobSink,
  type BlobSource,
  type BlobTransferInput,
  type SocketConstructor,
} from "@deskhand/doc-schema/sync";
import {
  BLOB_CHUNK_BYTES,
  parseBlobMessage,
  writeBlobMessage,
  type BlobMessage,
  type Result,
} from "@deskhand/doc-schema/wire";
import type { RelayOptions, RunningRelay } from "@deskhand/sync-server";
import { WebSocket } from "ws";
import { useRelays } from "../../sync-server/relay-fixture.ts";
import { bytes, freshKeys, realPorts } from "../sync/room-harness.ts";

export const CHUNK = BLOB_CHUNK_BYTES;

export const sourceOf = (file: Uint8Array): BlobSource => ({
  byteLength: file.length,
  read: async (offset, length) => file.slice(offset, offset + length),
});

export interface MemorySink extends BlobSink {
  readonly file: Uint8Array;
  /** Offsets, in the order of the writes. */
  readonly offsets: readonly number[];
}

export const sinkOf = (byteLength: number): MemorySink => {
  const file = new Uint8Array(byteLength);
  const offsets: number[] = [];
  return {
    file,
    offsets,
    write: async (offset, written) => {
      offsets.push(offset);
      file.set(written, offset);
    },
  };
};

export const useBlobRelay = () => {
  const relays = useRelays();
  const start = async (options: Partial<RelayOptions> = {}) => {
    const dataDir = options.dataDir ?? relays.folder();
    const relay = await relays.start({ dataDir, ...options });
    const keys = freshKeys();
    const input: BlobTransferInput = { ...realPorts, keys, relayUrl: relay.url.replace("http", "ws") };
    return {
      ...counters(relay),
      relay,
      keys,
      dataDir,
      input,
      upload: (file: Uint8Array, more: Partial<Parameters<typeof uploadBlob>[0]> = {}) =>
        uploadBlob({ ...input, source: sourceOf(file), ...more }),
      download: async (ref: BlobRef, more: Partial<Parameters<typeof downloadBlob>[0]> = {}) => {
        const sink = sinkOf(ref.byteLength);
        const done = await downloadBlob({ ...input, ref, sink, ...more });
        return { done, ...sink };
      },
      /** Takes chunks from the relay's disk; all, or those that `isTaken` names by id. */
      lose: (isTaken: (id: string) => boolean = () => true) => {
        const files = readdirSync(join(dataDir, "blobs"), { recursive: true, withFileTypes: true });
        for (const entry of files) {
          const id = bytesToBase64Url(Buffer.from(entry.name, "hex"));
          if (entry.isFile() && isTaken(id)) rmSync(join(entry.parentPath, entry.name));
        }
      },
    };
  };
  return { ...relays, start };
};

const counters = ({ url }: RunningRelay) => {
  const count = async (name: string): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`${name}_total (\\d+)`).exec(metrics)?.[1]);
  };
  return { putCount: () => count("chunks_stored"), getCount: () => count("chunks_served") };
};

/** A relay that lies: what the true one says passes through `lie`. */
export const lyingLine = (lie: (message: BlobMessage) => BlobMessage): SocketConstructor =>
  class extends WebSocket {
    constructor(url: string) {
      super(url, { perMessageDeflate: false });
    }
    override emit(event: string | symbol, ...rest: unknown[]): boolean {
      const [data] = rest;
      const parsed =
        event === "message" && data instanceof ArrayBuffer
          ? parseBlobMessage(new Uint8Array(data))
          : undefined;
      if (parsed?.ok !== true) return super.emit(event, ...rest);
      const changed = writeBlobMessage(lie(parsed.value));
      return super.emit(event, new Uint8Array(changed).buffer, true);
    }
  };

export const randomFile = (length: number): Uint8Array => bytes(length);

export const refOf = (uploaded: Result<BlobRef, BlobFailure>): BlobRef => {
  if (!uploaded.ok) throw new Error(uploaded.error.type);
  return uploaded.value;
};
