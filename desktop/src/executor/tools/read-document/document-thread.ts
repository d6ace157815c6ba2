/** The thread that reads one document. It is given bytes and gives back plain data; it opens no file and no socket. */
import { parentPort, workerData } from "node:worker_threads";
import { extract } from "./extract.ts";
import type { Wanted } from "./extraction.ts";

/** What the thread is started with. */
export interface ThreadInput {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly wanted: Wanted;
}

const { bytes, wanted } = workerData as ThreadInput; // read-in-thread.ts starts it
parentPort?.postMessage(await extract(bytes, wanted), []);
