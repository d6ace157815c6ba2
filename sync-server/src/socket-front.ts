/**
 * The WebSocket side: decides about an upgrade before a WebSocket exists, and keeps the sessions that do.
 * 1. A wrong path, a foreign web page and too many unproven sockets of one address are answered in HTTP.
 * 2. No compression, and a message over MAX_MESSAGE_BYTES closes its socket: nobody makes the relay hold more.
 * 3. Addresses are kept only while their sockets are unproven, and never written down.
 */
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { MAX_MESSAGE_BYTES, type RefusalCode } from "@deskhand/doc-schema/wire";
import { dialledOrigins, isOriginAllowed, type AccessRules } from "./access.ts";
import { clientAddress } from "./client-address.ts";
import { createSession, type Session, type SessionDeps } from "./session.ts";

/** Behind it stands how the room's id begins: what a load balancer spreads rooms by. HELLO must agree. */
const SYNC_PATH = /^\/sync(?:\/([0-9a-f]{0,32}))?$/;

/** Thousands of pings at once would hold up every frame, so a heartbeat has parts. */
const BEATS = 16;

const pathOf = ({ url = "" }: IncomingMessage): string => url.split("?")[0] ?? "";

interface OpenSession {
  readonly session: Session;
  readonly connection: Socket;
  /** In which part of a heartbeat it has its turn. */
  readonly beat: number;
  /** At its last turn. */
  bytesRead: number;
}

export interface SocketFront {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly socketCount: number;
  /** Ends every session; resolves when all sockets are closed. */
  drain(code: RefusalCode): Promise<void>;
}

export const createSocketFront = (
  deps: Omit<SessionDeps, "socket" | "connection" | "origins" | "shard" | "onProvenOrGone"> & {
    readonly access: AccessRules;
    /** How many proxies of the operator's own stand in front. */
    readonly trustedProxies: number;
  },
): SocketFront => {
  const { access, limits, metrics } = deps;
  const sessions = new Map<WebSocket, OpenSession>();
  const unproven = new Map<string, number>();
  let draining = false;
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  let accepted = 0;
  let beat = 0;
  const heartbeat = setInterval(() => {
    beat = (beat + 1) % BEATS;
    for (const open of sessions.values()) {
      if (open.beat !== beat) continue;
      const { bytesRead } = open.connection;
      open.session.checkAlive(bytesRead > open.bytesRead);
      open.bytesRead = bytesRead;
    }
  }, limits.heartbeatMs / BEATS);

  const addUnproven = (address: string, by: number): void => {
    const count = (unproven.get(address) ?? 0) + by;
    if (count > 0) unproven.set(address, count);
    else unproven.delete(address);
  };

  /** The HTTP status that this upgrade deserves, if it does not deserve a WebSocket. */
  const objection = (request: IncomingMessage): 403 | 404 | 429 | 503 | undefined => {
    if (draining) return 503;
    if (!SYNC_PATH.test(pathOf(request))) return 404;
    if (!isOriginAllowed(request, access)) return 403;
    const waiting = unproven.get(clientAddress(request, deps.trustedProxies)) ?? 0;
    return waiting >= limits.maxUnprovenPerAddress ? 429 : undefined;
  };

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    const address = clientAddress(request, deps.trustedProxies);
    metrics.count("sockets");
    addUnproven(address, 1);
    const session = createSession({
      ...deps,
      socket,
      connection: request.socket,
      origins: dialledOrigins(request, access),
      shard: SYNC_PATH.exec(pathOf(request))?.[1] ?? "",
      onProvenOrGone: () => addUnproven(address, -1),
    });
    accepted += 1;
    sessions.set(socket, { session, connection: request.socket, beat: accepted % BEATS, bytesRead: 0 });
    socket.on("close", () => sessions.delete(socket));
  };

  return {
    upgrade: (request, socket, head) => {
      const status = objection(request);
      if (status === undefined) {
        webSockets.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, request));
        return;
      }
      metrics.count("turned_away");
      socket.on("error", () => socket.destroy());
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    },
    get socketCount() {
      return sessions.size;
    },
    drain: async (code) => {
      draining = true;
      clearInterval(heartbeat);
      const closed = [...sessions.keys()].map((socket) => new Promise((done) => socket.once("close", done)));
      for (const { session } of sessions.values()) session.refuse(code);
      await Promise.all(closed);
    },
  };
};
