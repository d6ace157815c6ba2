/**
 * A relay of a simulated world: the real rooms and the real session of sync-server, on simulated sockets and on a
 * disk that outlives a crash. What stands between them in the product (HTTP, upgrade, origin check) is left out.
 */
import { createRelay, type Relay } from "../../sync-server/src/relay.ts";
import { createSession, type Session, type SessionDeps } from "../../sync-server/src/session.ts";
import { DEFAULT_LIMITS } from "../../sync-server/src/limits.ts";
import { silentLogger } from "../../sync-server/src/logger.ts";
import type { Metrics } from "../../sync-server/src/metrics.ts";
import { createSoleRoomLog } from "../../sync-server/src/shared-room-log.ts";
import type { Network } from "./network.ts";
import { createRoomDisk, type RoomDisk, type RoomDiskOptions } from "./room-disk.ts";
import type { Tally } from "./tally.ts";
import type { Machine, World } from "./world.ts";

export interface RelayNode {
  readonly name: string;
  readonly disk: RoomDisk;
  readonly isUp: () => boolean;
  readonly start: () => void;
  /** `isTold`: its peers' sockets close; else they must find out. */
  readonly crash: (isTold: boolean) => void;
  /** The power goes with the n-th disk operation from now: between it and what follows, or before it is on the disk. */
  readonly crashAtWrite: (n: number, isOnDisk?: boolean) => void;
}

const HEARTBEAT_MS = 30_000;

export const createRelayNode = (
  world: World,
  network: Network,
  tally: Tally,
  name: string,
  /** What its clients believe that they dial. */
  dialledAs: string,
  plant: Pick<RoomDiskOptions, "syncLater" | "disturb"> = {},
): RelayNode => {
  let machine: Machine = { ...world.boot(name), isAlive: false };
  let relay: Relay | undefined;
  let sessions = new Set<Session>();
  let writesLeft = Infinity;
  let isLastOnDisk = true;
  const losePower = (): void => {
    machine.isAlive = false; // whatever this event still does reaches nobody
    world.after(0, `${name} lost power`, () => crash(false));
  };
  const disk = createRoomDisk({
    ...plant,
    random: world.random.fork(),
    mayWrite: () => {
      if (writesLeft > 1 || isLastOnDisk) return true;
      losePower();
      return false;
    },
    onWrite: () => {
      writesLeft--;
      if (writesLeft <= 0) losePower();
    },
  });
  const metrics: Metrics = {
    count: (counter, by = 1) => {
      if (counter === "compactions" || counter === "early") tally.add(counter, by);
      if (counter === "taken_back") tally.add("takenBack", by);
    },
    refused: (code) => world.note(`${name} refuses ${code}`),
    committed: () => {},
    render: () => "",
  };

  const start = (): void => {
    const life = world.boot(name);
    machine = life;
    writesLeft = Infinity;
    sessions = new Set();
    relay = createRelay({
      log: createSoleRoomLog(disk.open()),
      limits: DEFAULT_LIMITS,
      metrics,
      logger: silentLogger,
      defer: (commit) => void world.after(life.random.next() * 8, "commits", commit, life),
    });
    const beat = (): void => {
      for (const session of sessions) session.checkAlive();
      world.after(HEARTBEAT_MS, "", beat, life);
    };
    world.after(HEARTBEAT_MS, "", beat, life);
    world.note(`${name} starts`);
  };
  const crash = (isTold: boolean): void => {
    machine.isAlive = false;
    network.forget(machine, isTold);
    world.note(`${name} is down`);
  };

  network.listen(name, {
    machine: () => machine,
    accept: (socket) => {
      if (relay === undefined) throw new Error("relay node: not started");
      const { now, random } = { now: world.now, random: machine.random };
      const session = createSession({
        // `as`: a session uses of a `ws` socket what ServerSocket has
        socket: socket as unknown as SessionDeps["socket"],
        // `as`: only the writer uses it, and here that is direct-socket-writer.ts
        connection: undefined as unknown as SessionDeps["connection"],
        origins: [`ws://${dialledAs}`],
        shard: "",
        relay,
        limits: DEFAULT_LIMITS,
        now,
        randomBytes: random.bytes,
        metrics,
        logger: {
          ...silentLogger,
          error: (event, fields) => {
            throw new Error(`${name}: ${event} ${JSON.stringify(fields)}`);
          },
        },
        onProvenOrGone: () => {},
      });
      sessions.add(session);
      socket.on("close", () => void sessions.delete(session));
    },
  });
  return {
    name,
    disk,
    isUp: () => machine.isAlive,
    start,
    crash,
    crashAtWrite: (n, isOnDisk = true) => {
      writesLeft = n;
      isLastOnDisk = isOnDisk;
    },
  };
};
