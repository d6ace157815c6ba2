/**
 * Simulated sockets between devices and relays. A connection keeps the order of what it carries, as TCP does; all
 * else may happen to it: delay, a cut that loses what is under way, an end that never learns of the cut, a network
 * that swallows everything. To the client a socket is a WebSocket, to the relay one of the package `ws`.
 */
import type { SocketConstructor, SocketEvent, SocketLike } from "@deskhand/doc-schema/sync";
import type { Machine, World } from "./world.ts";

/** "lost": what is sent never arrives, and nobody is told. "down": a new connection is refused. */
export type LinkState = "up" | "down" | "lost";

interface Link {
  state: LinkState;
  /** Milliseconds of one way: at least, and at most. */
  latency: readonly [number, number];
}

/** The part of `ws` that a relay's session uses. */
export interface ServerSocket {
  readonly bufferedAmount: number;
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  send(data: Uint8Array, written?: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  ping(): void;
}

export interface RelayEnd {
  readonly machine: () => Machine;
  readonly accept: (socket: ServerSocket, device: string, path: string) => void;
}

/** What a relay in the middle makes of each message; it may hold state. */
export interface Tamper {
  readonly toClient: (message: Uint8Array) => readonly Uint8Array[];
  readonly toServer: (message: Uint8Array) => readonly Uint8Array[];
}

export interface Network {
  readonly listen: (relay: string, end: RelayEnd) => void;
  readonly socketsOf: (machine: Machine) => SocketConstructor;
  readonly link: (device: string, relay: string) => Link;
  /** Ends every connection of this pair; each end learns of it by itself, or not at all. */
  readonly cut: (device: string, relay: string, learns: (end: "client" | "server") => boolean) => number;
  /**
   * A machine has died: its connections go, and the others learn of it, if `isTold`; what it had sent may still arrive.
   */
  readonly forget: (machine: Machine, isTold: boolean) => void;
  /** New connections of this pair reach another relay; without one, their own again. */
  readonly reroute: (device: string, relay: string, to?: string) => void;
  readonly tamperWith: (make: (device: string, relay: string, path: string) => Tamper | undefined) => void;
}

interface Connection {
  readonly device: string;
  readonly relay: string;
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  isSevered: boolean;
}

interface ClientHandle {
  readonly send: (message: Uint8Array) => void;
  readonly close: (code: number, reason: string) => void;
  readonly terminate: () => void;
}

interface ClientEnd {
  readonly machine: Machine;
  state: "connecting" | "open" | "closing" | "closed";
  readonly emit: (event: SocketEvent) => void;
}

interface ServerEnd {
  machine: Machine | undefined;
  state: "none" | "open" | "closing" | "closed";
  readonly emit: (event: string, ...args: readonly unknown[]) => void;
}

const ABNORMAL = 1006;
/** A browser gives up waiting for the goodbye after this long (milliseconds). */
const GOODBYE_MS = 30_000;
/** What a machine sent before it died is on its way for so long, at most (milliseconds). */
const LINGERS_MS = 250;

export const createNetwork = (world: World): Network => {
  const relays = new Map<string, RelayEnd>();
  const links = new Map<string, Link>();
  const routes = new Map<string, string>();
  const connections = new Set<Connection>();
  let makeTamper: (device: string, relay: string, path: string) => Tamper | undefined = () => undefined;

  const link = (device: string, relay: string): Link => {
    const key = `${device} ${relay}`;
    const found = links.get(key) ?? { state: "up", latency: [1, 20] as const };
    links.set(key, found);
    return found;
  };

  const closeClient = (connection: Connection, code: number, reason = ""): void => {
    const { client } = connection;
    if (client.state === "closed") return;
    const wasConnecting = client.state === "connecting";
    client.state = "closed";
    if (connection.server.state === "closed" || connection.server.state === "none")
      connections.delete(connection);
    if (wasConnecting) client.emit({ type: "error" });
    client.emit({ type: "close", code, reason });
  };
  const closeServer = (connection: Connection): void => {
    const { server } = connection;
    if (server.state === "closed" || server.state === "none") return;
    server.state = "closed";
    if (connection.client.state === "closed") connections.delete(connection);
    server.emit("close");
  };

  const open = (machine: Machine, url: string, emit: (event: SocketEvent) => void): ClientHandle => {
    const [, relay = "", path = ""] = /^ws:\/\/([^/]+)(.*)$/.exec(url) ?? [];
    const listeners = new Map<string, ((...args: never[]) => void)[]>();
    const connection: Connection = {
      device: machine.name,
      relay,
      client: { machine, state: "connecting", emit },
      server: {
        machine: undefined,
        state: "none",
        // `as`: a listener takes what its event carries
        emit: (event, ...args) => listeners.get(event)?.forEach((run) => run(...(args as never[]))),
      },
      isSevered: false,
    };
    connections.add(connection);
    const { client, server } = connection;
    const tamper = makeTamper(machine.name, relay, path);
    const arrivals = { client: 0, server: 0 };
    /** When what is sent now arrives: never before what was sent earlier. */
    const transit = (to: "client" | "server"): number => {
      const [least, most] = link(machine.name, relay).latency;
      arrivals[to] = Math.max(arrivals[to], world.now() + least + world.random.next() * (most - least));
      return arrivals[to] - world.now();
    };
    const isLost = (): boolean => connection.isSevered || link(machine.name, relay).state !== "up";

    const carry = (to: "client" | "server", label: string, run: () => void): void => {
      if (isLost()) return;
      world.after(transit(to), "", () => {
        const receiver = to === "client" ? client.machine : server.machine;
        if (connection.isSevered || receiver?.isAlive !== true) return;
        world.note(`${receiver.name} ${label}`);
        world.as(receiver, run);
      });
    };

    const paused: Uint8Array[] = [];
    let isPaused = false;
    const takeAtServer = (message: Uint8Array): void => {
      if (server.state === "closed") return;
      if (isPaused) paused.push(message);
      else server.emit("message", message, true);
    };
    const fromClient = (message: Uint8Array): void => {
      for (const piece of tamper?.toServer(message) ?? [message])
        carry("server", `← ${machine.name} ${piece[0]}:${piece.length}`, () => takeAtServer(piece));
    };
    const fromServer = (message: Uint8Array): void => {
      for (const piece of tamper?.toClient(message) ?? [message])
        carry("client", `← ${relay} ${piece[0]}:${piece.length}`, () => {
          if (client.state === "open" || client.state === "closing")
            client.emit({ type: "message", data: piece.slice().buffer });
        });
    };
    const listen = (event: string, listener: (...args: never[]) => void): void => {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    };
    const relayMachine = (): Machine | undefined =>
      server.machine?.isAlive === true ? server.machine : undefined;
    const serverSocket: ServerSocket = {
      bufferedAmount: 0,
      on: listen,
      once: listen,
      send: (message, written) => {
        const sender = relayMachine();
        if (sender === undefined || server.state !== "open") return;
        fromServer(Uint8Array.from(message));
        if (written !== undefined) world.after(world.random.next() * 2, "", () => written(), sender);
      },
      close: (code = 1000, reason = "") => {
        if (server.state !== "open" || relayMachine() === undefined) return;
        server.state = "closing";
        carry("client", "← close", () => {
          closeClient(connection, code, reason);
          carry("server", "← closed", () => closeServer(connection));
        });
      },
      terminate: () => {
        const sender = relayMachine();
        if (sender === undefined || server.state === "closed") return;
        carry("client", "← reset", () => closeClient(connection, ABNORMAL));
        world.after(0, "terminated", () => closeServer(connection), sender);
      },
      pause: () => {
        isPaused = true;
      },
      resume: () => {
        isPaused = false;
        for (const message of paused.splice(0)) takeAtServer(message);
      },
      ping: () => {
        if (relayMachine() === undefined) return;
        carry("client", "← ping", () => carry("server", "← pong", () => server.emit("pong")));
      },
    };

    const dial = (): void => {
      const end = relays.get(routes.get(`${machine.name} ${relay}`) ?? relay);
      const there = end?.machine();
      const { state } = link(machine.name, relay);
      if (state === "lost") return; // nothing is heard, ever
      if (state === "down" || end === undefined || there?.isAlive !== true) {
        world.after(transit("client"), "refused", () => closeClient(connection, ABNORMAL), machine);
        return;
      }
      server.machine = there;
      carry("server", "← dial", () => {
        server.state = "open";
        end.accept(serverSocket, machine.name, path);
        carry("client", "opened", () => {
          if (client.state !== "connecting") return;
          client.state = "open";
          client.emit({ type: "open" });
        });
      });
    };
    dial();

    return {
      send: (message) => {
        if (client.state === "open" && machine.isAlive) fromClient(Uint8Array.from(message));
      },
      close: (code, reason) => {
        if (client.state === "closed" || client.state === "closing" || !machine.isAlive) return;
        client.state = "closing";
        carry("server", "← close", () => {
          closeServer(connection);
          carry("client", "← closed", () => closeClient(connection, code, reason));
        });
        world.after(GOODBYE_MS, "gives up", () => closeClient(connection, ABNORMAL), machine);
      },
      terminate: () => {
        if (client.state === "closed" || !machine.isAlive) return;
        carry("server", "← reset", () => closeServer(connection));
        world.after(0, "terminated", () => closeClient(connection, ABNORMAL), machine);
      },
    };
  };

  const sever = (connection: Connection, learns: (end: "client" | "server") => boolean): void => {
    connection.isSevered = true;
    const { client, server } = connection;
    const tell = (end: "client" | "server", machine: Machine | undefined, run: () => void): void => {
      if (machine?.isAlive === true && learns(end))
        world.after(world.random.next() * 60, `lost ${connection.device}–${connection.relay}`, run, machine);
    };
    tell("client", client.machine, () => closeClient(connection, ABNORMAL));
    tell("server", server.machine, () => closeServer(connection));
  };

  return {
    listen: (relay, end) => void relays.set(relay, end),
    socketsOf: (machine) =>
      class SimulatedSocket implements SocketLike {
        binaryType = "arraybuffer";
        readonly bufferedAmount = 0;
        readonly #listeners = new Map<string, ((event: SocketEvent) => void)[]>();
        readonly #connection: ClientHandle;

        constructor(url: string) {
          this.#connection = open(machine, url, (event) =>
            this.#listeners.get(event.type)?.forEach((listener) => listener(event)),
          );
        }

        addEventListener(type: string, listener: (event: SocketEvent) => void): void {
          this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
        }

        send(data: Uint8Array): void {
          this.#connection.send(data);
        }

        close(code = 1000, reason = ""): void {
          this.#connection.close(code, reason);
        }

        terminate(): void {
          this.#connection.terminate();
        }
      },
    link,
    cut: (device, relay, learns) => {
      const chosen = [...connections].filter(
        (connection) => !connection.isSevered && connection.device === device && connection.relay === relay,
      );
      for (const connection of chosen) sever(connection, learns);
      return chosen.length;
    },
    forget: (machine, isTold) => {
      for (const connection of connections) {
        if (connection.client.machine !== machine && connection.server.machine !== machine) continue;
        if (world.random.chance(0.5)) sever(connection, () => isTold);
        else world.after(LINGERS_MS, "", () => sever(connection, () => isTold));
      }
    },
    reroute: (device, relay, to) => {
      if (to === undefined) routes.delete(`${device} ${relay}`);
      else routes.set(`${device} ${relay}`, to);
    },
    tamperWith: (make) => {
      makeTamper = make;
    },
  };
};
