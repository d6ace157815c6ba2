/**
 * Devices that write as fast as the relay lets them: two to a room, frames unacknowledged are sent again first, and
 * one of the two replaces the log by a snapshot now and then. Ends by itself when the relay goes.
 */
import { join, type RelayClient } from "../../unit/sync-server/relay-client.ts";
import type { RoomLedger } from "./room-ledger.ts";

/** Below what a socket may send at once before the relay slows it down. */
const FRAMES_A_SOCKET = 180;
const IN_FLIGHT = 24;
const ACKS_A_SNAPSHOT = 70;

export interface Load {
  /** Acknowledgements so far. */
  acks(): number;
  complaints(): readonly string[];
  /** Resolves when every device is done, or its socket is closed. */
  readonly finished: Promise<void>;
  stop(): void;
}

export const startLoad = (
  url: string,
  rooms: readonly RoomLedger[],
  framesASocket = FRAMES_A_SOCKET,
): Load => {
  let acks = 0;
  const complaints: string[] = [];
  const open: RelayClient[] = [];

  const write = async (ledger: RoomLedger, client: RelayClient, again: readonly number[]): Promise<void> => {
    const waiting = [...again];
    const sent = new Map<number, number>();
    let clientSeq = 0;
    const sendNext = (): void => {
      if (clientSeq >= framesASocket) return;
      clientSeq += 1;
      const n = waiting.shift() ?? ledger.nextFrame();
      sent.set(clientSeq, n);
      client.send({ type: "append", clientSeq, frame: ledger.frame(n) });
    };
    for (let i = 0; i < IN_FLIGHT; i++) sendNext();
    while (sent.size > 0) {
      const ack = await client.next("ack");
      const n = sent.get(ack.clientSeq);
      if (n === undefined) {
        ledger.noteSnapshot(ack.seq);
        continue;
      }
      sent.delete(ack.clientSeq);
      acks += 1;
      const complaint = ledger.noteAck(n, ack.seq);
      if (complaint !== undefined) complaints.push(complaint);
      sendNext();
      if (again.length > 0 && ack.clientSeq % ACKS_A_SNAPSHOT === 0) replaceLog(ledger, client);
    }
  };

  const replaceLog = (ledger: RoomLedger, client: RelayClient): void => {
    const upto = ledger.knownUpto();
    client.send({ type: "compact", clientSeq: 1_000_000 + upto, upto, frame: ledger.snapshot(upto) });
  };

  const runDevice = async (ledger: RoomLedger, isFirst: boolean): Promise<void> => {
    try {
      const { client } = await join(url, ledger.keys, { after: ledger.knownUpto() });
      open.push(client);
      // The first of the two always has something to send again, and is the one that makes snapshots.
      const again = isFirst ? [...ledger.outbox(), ledger.nextFrame()] : [];
      await write(ledger, client, again);
    } catch {
      return; // the relay was killed: that is what the load is for
    }
  };

  const devices = rooms.flatMap((ledger) => [runDevice(ledger, true), runDevice(ledger, false)]);
  return {
    acks: () => acks,
    complaints: () => complaints,
    finished: Promise.all(devices).then(() => {}),
    stop: () => {
      for (const client of open) client.socket.terminate();
    },
  };
};
