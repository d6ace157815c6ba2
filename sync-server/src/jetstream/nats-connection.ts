/**
 * A connection to one of several NATS servers, made again whenever it ends.
 * 1. A request settles exactly once: by its answer, after its time, or when the connection that carried it ends. The
 *    last two say nothing about whether it was heard.
 * 2. Subscriptions outlive the connection; what was published meanwhile is lost to them, and `onConnected` tells.
 * 3. A server that falls silent is left after two pings.
 */
import { randomBytes } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import {
  createWordReader,
  writeLine,
  writePublication,
  type NatsMessage,
  type Publication,
  type ServerInfo,
  type ServerWord,
} from "./nats-protocol.ts";

/** `timeout`, `disconnected`: it may have been heard. `nobody`: it was not. */
export type RequestFailure = "timeout" | "disconnected" | "nobody";

export interface NatsConnection {
  request(publication: Publication, timeoutMs: number): Promise<Result<NatsMessage, RequestFailure>>;
  /** Lost while there is no connection. */
  publish(publication: Publication): void;
  /** @returns the end of it */
  subscribe(subject: string, hear: (message: NatsMessage) => void): () => void;
  /** Undefined while there is no connection. */
  info(): ServerInfo | undefined;
  close(): void;
}

export interface NatsOptions {
  /** Such as "nats://user:password@host:4222" or "tls://host"; tried in turn. */
  readonly servers: readonly string[];
  /** Each time that a server has taken us; subscriptions are made by then. */
  readonly onConnected: () => void;
  /** Once for each connection that ends or does not come about; quotes no address. */
  readonly onDisconnected: (reason: string) => void;
}

const RECONNECT_MS = 250;
const PING_MS = 2_000;
/** How long a server may take to introduce itself. */
const GREETING_MS = 3_000;
const DEFAULT_PORT = 4222;

export const connectNats = ({ servers, onConnected, onDisconnected }: NatsOptions): NatsConnection => {
  const inbox = `_INBOX.${randomBytes(12).toString("hex")}`;
  const requests = new Map<string, (answer: Result<NatsMessage, RequestFailure>) => void>();
  const subscriptions = new Map<number, { subject: string; hear: (message: NatsMessage) => void }>();
  let lastSid = 0;
  let lastRequest = 0;
  let attempt = randomBytes(1)[0] ?? 0; // not all nodes at the first server
  /** From the first packet on. */
  let line: Socket | undefined;
  /** From the greeting on. */
  let socket: Socket | undefined;
  let info: ServerInfo | undefined;
  let isClosed = false;
  let unansweredPings = 0;
  let retry: NodeJS.Timeout | undefined;

  const write = (parts: readonly Uint8Array[]): void => {
    if (socket === undefined || info === undefined) return;
    socket.cork();
    for (const part of parts) socket.write(part);
    process.nextTick(uncork, socket);
  };

  const subscribe = (subject: string, hear: (message: NatsMessage) => void): (() => void) => {
    lastSid += 1;
    const sid = lastSid;
    subscriptions.set(sid, { subject, hear });
    write([writeLine("SUB", subject, sid)]);
    return () => {
      if (subscriptions.delete(sid)) write([writeLine("UNSUB", sid)]);
    };
  };

  const dial = (): void => {
    const url = new URL(servers[attempt % servers.length] ?? "");
    attempt += 1;
    const bare = connectTcp({ host: url.hostname, port: Number(url.port || DEFAULT_PORT), noDelay: true });
    line = bare;
    listen(bare, url, (reason) => {
      info = undefined;
      socket = undefined;
      const unanswered = [...requests.values()];
      requests.clear();
      for (const settle of unanswered) settle(err("disconnected"));
      if (isClosed) return;
      onDisconnected(reason);
      retry = setTimeout(dial, RECONNECT_MS);
    });
  };

  /** `ended` is called once. */
  const listen = (bare: Socket, url: URL, ended: (reason: string) => void): void => {
    let reason = "closed";
    let current = bare;
    let isTaken = false;
    const read = createWordReader();
    const handle = (word: ServerWord): void => {
      switch (word.type) {
        case "info":
          if (info !== undefined) return; // news of the cluster
          if (word.info.needsTls || url.protocol === "tls:") secure(word.info);
          else greet(word.info);
          return;
        case "message":
          return subscriptions.get(word.message.sid)?.hear(word.message);
        case "ping":
          return void current.write(writeLine("PONG"));
        case "pong":
          unansweredPings = 0;
          if (!isTaken) onConnected();
          isTaken = true;
          return;
        case "error":
          reason = word.text;
          return;
        case "ok":
      }
    };
    const hear = (chunk: Buffer): void => {
      try {
        read(chunk).forEach(handle);
      } catch (error) {
        current.destroy(error instanceof Error ? error : undefined);
      }
    };
    const secure = (greeting: ServerInfo): void => {
      bare.removeListener("data", hear);
      const sealed = connectTls({ socket: bare, servername: url.hostname });
      sealed.on("error", (error) => bare.destroy(error)).on("data", hear);
      sealed.once("secureConnect", () => greet(greeting));
      current = sealed;
    };
    const greet = (greeting: ServerInfo): void => {
      socket = current;
      info = greeting;
      unansweredPings = 0;
      bare.setTimeout(0);
      const subs = [...subscriptions].map(([sid, { subject }]) => writeLine("SUB", subject, sid));
      write([writeLine("CONNECT", JSON.stringify(greetingOf(url))), ...subs, writeLine("PING")]);
    };
    bare.on("data", hear);
    bare.on("error", (error) => (reason = "code" in error ? String(error.code) : error.message));
    bare.setTimeout(GREETING_MS, () => bare.destroy(new Error("silent")));
    bare.once("close", () => ended(reason));
  };

  const heartbeat = setInterval(() => {
    if (socket === undefined) return;
    if (unansweredPings >= 2) return void socket.destroy(new Error("silent"));
    unansweredPings += 1;
    write([writeLine("PING")]);
  }, PING_MS);

  subscribe(`${inbox}.*`, (message) => {
    const settle = requests.get(message.subject);
    requests.delete(message.subject);
    settle?.(message.status === 503 ? err("nobody") : ok(message));
  });
  dial();

  return {
    request: (publication, timeoutMs) =>
      new Promise((resolve) => {
        if (info === undefined) return resolve(err("nobody"));
        lastRequest += 1;
        const reply = `${inbox}.${lastRequest}`;
        const timer = setTimeout(() => {
          requests.delete(reply);
          resolve(err("timeout"));
        }, timeoutMs);
        requests.set(reply, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        write(writePublication({ ...publication, reply }));
      }),
    publish: (publication) => write(writePublication(publication)),
    subscribe,
    info: () => info,
    close: () => {
      isClosed = true;
      clearInterval(heartbeat);
      clearTimeout(retry);
      if (socket === undefined) line?.destroy();
      else socket.end();
    },
  };
};

const uncork = (socket: Socket): void => socket.uncork();

/** No echo: what a node publishes itself it knows. */
const greetingOf = (url: URL): Readonly<Record<string, unknown>> => {
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const common = {
    verbose: false,
    pedantic: false,
    echo: false,
    headers: true,
    no_responders: true,
    name: "deskhand-relay",
    lang: "node",
    version: "1",
    protocol: 1,
    tls_required: url.protocol === "tls:",
  };
  if (user === "") return common;
  return pass === "" ? { ...common, auth_token: user } : { ...common, user, pass };
};
