/**
 * Where a room is dialled. The path says how the room's id begins, so that a load balancer which reads nothing but
 * addresses sends everybody of a room to the same relay (docs/SCALING.md). Twelve bits: enough to spread rooms over
 * hundreds of relays, too few to tell one room from another.
 */
import { bytesToHex } from "../crypto/index.ts";

const SHARD_DIGITS = 3;

/** `relayUrl`: such as "wss://relay.example", with a path or without; gives "wss://relay.example/sync/3f2". */
export const roomUrl = (relayUrl: string, roomId: Uint8Array): string =>
  `${relayUrl.replace(/\/+$/, "")}/sync/${bytesToHex(roomId).slice(0, SHARD_DIGITS)}`;
