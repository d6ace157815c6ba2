/**
 * Who may speak to the relay, and who may enter a room.
 * 1. A web page of a foreign origin gets no WebSocket at all. Programs send no Origin and are let through:
 *    nothing is granted by an Origin, it only takes away.
 * 2. A room is entered by a fresh signature of the key whose hash is the room's id, over nonces of both sides.
 * 3. The signature names the relay that the client dialled. With public origins configured, only they and the
 *    addresses of this very machine count; without, the Host header is believed, which a relay in the middle
 *    could forge: a relay on the internet should be told its public origin.
 */
import { createHash, createPublicKey, verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  AUTH_CLOCK_SKEW_S,
  authTranscript,
  equalBytes,
  ROOM_ID_BYTES,
  ROOM_ID_CONTEXT,
  type ClientMessage,
} from "@deskhand/doc-schema/wire";

export interface AccessRules {
  /** Web origins besides the relay's own whose pages may connect, such as "https://app.example". */
  readonly allowOrigins: readonly string[];
  /** What clients dial, such as "wss://relay.example", when a proxy stands in front. */
  readonly publicOrigins: readonly string[];
}

/** False for a web page that is neither served by this relay nor on the list. */
export const isOriginAllowed = (request: IncomingMessage, rules: AccessRules): boolean => {
  const origin = request.headers.origin?.toLowerCase();
  if (origin === undefined) return true;
  const own = [...rules.publicOrigins, ...bothSchemes(hostOf(request))];
  return own.map(toWebOrigin).includes(origin) || rules.allowOrigins.includes(origin);
};

/** The origins that an AUTH on this connection may name. */
export const dialledOrigins = (request: IncomingMessage, rules: AccessRules): readonly string[] => {
  if (rules.publicOrigins.length === 0) return bothSchemes(hostOf(request));
  return [...rules.publicOrigins, ...localHosts(request).flatMap(bothSchemes)];
};

const hostOf = (request: IncomingMessage): string => (request.headers.host ?? "").toLowerCase();
const bothSchemes = (host: string): readonly string[] => [`ws://${host}`, `wss://${host}`];
const toWebOrigin = (origin: string): string => origin.replace(/^ws/, "http");

/** The names of the address that the connection really came in on. */
const localHosts = ({ socket }: IncomingMessage): readonly string[] => {
  const address = (socket.localAddress ?? "").replace(/^::ffff:/, "");
  const host = address.includes(":") ? `[${address}]` : address;
  const isLoopback = address.startsWith("127.") || address === "::1";
  return (isLoopback ? [host, "localhost"] : [host]).map((name) => `${name}:${socket.localPort}`);
};

export interface AuthChallenge {
  readonly roomId: Uint8Array;
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly origins: readonly string[];
}

/** True when the key is the room's, the time is near `nowSeconds`, and the signature is fresh, for us and for this use. */
export const isProof = (
  { type, authKey, time, signature }: Extract<ClientMessage, { type: "auth" | "auth-blobs" }>,
  { roomId, clientNonce, serverNonce, origins }: AuthChallenge,
  nowSeconds: number,
): boolean => {
  if (!equalBytes(roomIdOf(authKey), roomId)) return false;
  if (Math.abs(time - nowSeconds) > AUTH_CLOCK_SKEW_S) return false;
  const publicKey = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(authKey).toString("base64url") },
    format: "jwk",
  });
  const purpose = type === "auth" ? "log" : "blobs";
  const isSigned = (origin: string): boolean => {
    const transcript = authTranscript({ purpose, origin, roomId, serverNonce, clientNonce, time });
    return verify(null, transcript, publicKey, signature);
  };
  return origins.some(isSigned);
};

const roomIdOf = (authKey: Uint8Array): Uint8Array =>
  createHash("sha256").update(ROOM_ID_CONTEXT).update(authKey).digest().subarray(0, ROOM_ID_BYTES);
