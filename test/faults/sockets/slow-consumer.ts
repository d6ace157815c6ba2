/** A member that stops reading while another of its room writes as much as the relay lets it. */
import { until, wait } from "../../bench/lib/measure.ts";
import { createRoomKeys } from "../../unit/sync-server/relay-client.ts";
import { openMember } from "./member.ts";

const FRAME_BYTES = 60_000;
/** With what the kernel holds of a connection (6 MiB to read, 4 MiB to write) and the relay's own bound, 4 MiB. */
const WRITTEN_BYTES = 24 * 1024 * 1024;

export interface SlowConsumer {
  /** The relay had let it go before it woke. */
  readonly wasClosed: boolean;
  readonly written: number;
  /** Of what was written, once it had come back. */
  readonly received: number;
  readonly faults: number;
}

/**
 * @param closedForSlowness how many sockets the relay has closed for that so far
 * @param isAwake reads all the time after all: what the same writing costs without slowness
 */
export const runSlowConsumer = async (
  url: string,
  closedForSlowness: () => Promise<number>,
  isAwake = false,
): Promise<SlowConsumer> => {
  const room = createRoomKeys();
  let received = 0;
  const writer = openMember(url, room, "127.9.0.1");
  const reader = openMember(url, room, "127.9.0.2", { onFrame: () => (received += 1) });
  await until("both are live", () => writer.isLive() && reader.isLive());
  const closedBefore = await closedForSlowness();
  if (!isAwake) reader.sleep();
  const written = Math.ceil(WRITTEN_BYTES / FRAME_BYTES);
  for (let sent = 0; sent < written; sent++) {
    writer.append(FRAME_BYTES);
    await until("the writer's frames are stored", () => writer.unacked() < 8);
  }
  await until("the last is stored", () => writer.unacked() === 0);
  const wasClosed = (await closedForSlowness()) > closedBefore;
  if (!isAwake) reader.reconnect();
  await until("the reader is back", () => reader.isLive());
  await wait(200);
  const faults = reader.faults() + writer.faults();
  writer.leave();
  reader.leave();
  return { wasClosed, written, received, faults };
};
