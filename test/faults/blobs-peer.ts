/**
 * A process that sends or fetches one blob: `node blobs-peer.ts`, with its orders as JSON on stdin. Prints one line of
 * JSON a report.
 */
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { createEpochKeys, redact, type BlobRef } from "@deskhand/doc-schema/crypto";
import { downloadBlob, uploadBlob, type BlobTransferInput } from "@deskhand/doc-schema/sync";
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import { WebSocket } from "ws";

export interface PeerOrders {
  readonly relayUrl: string;
  /** Hex. */
  readonly rootKey: string;
  readonly file: string;
  /** Absent: send the file. */
  readonly ref?: BlobRef;
}

export type PeerReport =
  | { readonly type: "progress"; readonly done: number }
  | { readonly type: "sent"; readonly ref: BlobRef }
  | { readonly type: "fetched" }
  | { readonly type: "failed"; readonly reason: string };

const REPORT_EVERY_BYTES = 1024 * 1024;

class PlainSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  }
}

const report = (line: PeerReport): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const transferInput = ({ relayUrl, rootKey }: PeerOrders): BlobTransferInput => {
  let reported = 0;
  return {
    relayUrl,
    keys: createEpochKeys(redact("root-key", Buffer.from(rootKey, "hex")), 1),
    now: Date.now,
    randomBytes: (length) => Uint8Array.from(randomBytes(length)),
    timers: {
      after: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    WebSocket: PlainSocket,
    onProgress: (done, total) => {
      if (done < total && done - reported < REPORT_EVERY_BYTES) return;
      reported = done;
      report({ type: "progress", done });
    },
  };
};

const send = async (orders: PeerOrders): Promise<void> => {
  const handle = await open(orders.file, "r");
  const { size } = await handle.stat();
  const sent = await uploadBlob({
    ...transferInput(orders),
    source: {
      byteLength: size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    },
  });
  report(sent.ok ? { type: "sent", ref: sent.value } : { type: "failed", reason: sent.error.type });
};

const fetchInto = async (orders: PeerOrders, ref: BlobRef): Promise<void> => {
  const handle = await open(orders.file, "w");
  const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
    await handle.write(bytes, 0, bytes.length, offset);
  };
  const fetched = await downloadBlob({ ...transferInput(orders), ref, sink: { write } });
  await handle.close();
  report(fetched.ok ? { type: "fetched" } : { type: "failed", reason: fetched.error.type });
};

// `as`: written by blobs-run.ts, next to this file.
const orders = JSON.parse(await text(process.stdin)) as PeerOrders;
await (orders.ref === undefined ? send(orders) : fetchInto(orders, orders.ref));
