/** All that a relay has of one room, read the way a new device reads it. */
import { join, type RoomKeys } from "../../unit/sync-server/relay-client.ts";

export interface StoredRoom {
  readonly head: number;
  readonly logId: Uint8Array;
  readonly snapshot: { readonly upto: number; readonly frame: Uint8Array } | undefined;
  readonly frames: readonly { readonly seq: number; readonly frame: Uint8Array }[];
}

export const readRoom = async (url: string, keys: RoomKeys): Promise<StoredRoom> => {
  const { client, live } = await join(url, keys);
  const snapshots = client.inbox.filter((message) => message.type === "snapshot");
  const frames = client.inbox.filter((message) => message.type === "frame");
  client.socket.terminate();
  return { head: live.head, logId: live.logId, snapshot: snapshots.at(-1), frames };
};
