/** The thread that draws one preview. It is given bytes and gives back plain data; of files it opens its decoders alone. */
import { parentPort, workerData } from "node:worker_threads";
import { drawPreview } from "./draw-preview.ts";

/** What the thread is started with. */
export interface ThreadInput {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const { bytes } = workerData as ThreadInput; // previewer.ts starts it
parentPort?.postMessage(await drawPreview(bytes), []);
