/** Our relay as operators run it (SQLite, synchronous=FULL), but for the rate limits, which a bench is meant to exceed. */
import { startRelay } from "@deskhand/sync-server";

const BEYOND = 1e9;

await startRelay({
  dataDir: process.env.DATA ?? "",
  port: Number(process.env.PORT),
  limits: {
    messageBurst: BEYOND,
    messagesPerSecond: BEYOND,
    byteBurst: BEYOND,
    bytesPerSecond: BEYOND,
    maxUnprovenPerAddress: BEYOND,
  },
});
console.log("ready");
