/** Rooms under load: two devices in each, one at either node. At the end each room is read from its start and compared. */
import { bodyOf, createRoomKeys, join, type RoomKeys } from "../../unit/sync-server/relay-client.ts";
import { startWriter, type Writer } from "./writer.ts";

export interface Load {
  /** Seconds: the longest that any device waited for an acknowledgement since the last call. */
  longestGap(): number;
  /** Resolves when every device had an acknowledgement after this call. */
  flowing(): Promise<void>;
  finish(): Promise<{ readonly acked: number; readonly lost: number; readonly wrongs: readonly string[] }>;
}

const FLOW_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const startLoad = (urls: readonly [string, string], rooms: number): Load => {
  const loaded = Array.from({ length: rooms }, (_, at) => {
    const room = createRoomKeys();
    const [one, two] = urls;
    const writers = [
      startWriter({ urls: [one, two], room, name: `a${at}` }),
      startWriter({ urls: [two, one], room, name: `b${at}` }),
    ];
    return { room, writers };
  });
  const writers = loaded.flatMap((one) => one.writers);
  return {
    longestGap: () => Math.max(...writers.map((writer) => writer.longestGap())) / 1_000,
    flowing: async () => {
      const before = writers.map(({ acked }) => acked.size);
      const until = Date.now() + FLOW_MS;
      while (Date.now() < until) {
        // Two more: the first may have been under way before the call.
        if (writers.every(({ acked }, at) => acked.size > (before[at] ?? 0) + 1)) return;
        await pause(20);
      }
      throw new Error("some device got no acknowledgement for a minute");
    },
    finish: async () => {
      await Promise.all(writers.map((writer) => writer.finish()));
      const lost = await Promise.all(loaded.map((one) => lostIn(urls[1], one)));
      return {
        acked: writers.reduce((sum, { acked }) => sum + acked.size, 0),
        lost: lost.reduce((sum, one) => sum + one.frames, 0),
        wrongs: [...writers.flatMap((writer) => writer.wrongs), ...lost.flatMap((one) => one.wrongs)],
      };
    },
  };
};

const lostIn = async (
  url: string,
  { room, writers }: { readonly room: RoomKeys; readonly writers: readonly Writer[] },
): Promise<{ readonly frames: number; readonly wrongs: readonly string[] }> => {
  const { client } = await join(url, room);
  const stored = client.inbox.flatMap((message) => (message.type === "frame" ? [message] : []));
  const texts = new Map(stored.map(({ seq, frame }) => [seq, bodyOf(frame)]));
  const acked = writers.flatMap((writer) => [...writer.acked]);
  const wrongs = stored.some(({ seq }, at) => seq !== at + 1) ? ["a room has a hole in its numbers"] : [];
  const again = stored.length - new Set(texts.values()).size;
  await client.close();
  return {
    frames: acked.filter(([text, seq]) => texts.get(seq) !== text).length,
    wrongs: again === 0 ? wrongs : [...wrongs, `${again} frames are stored twice`],
  };
};
