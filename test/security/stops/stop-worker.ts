/** One executor that is stopped again and again, in a scene of its own. */
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRandom, pick } from "../../sim/random.ts";
import type { FromExecutor, ToExecutor } from "./executor-process.ts";
import { descendantsOf, newestChange, startWeb } from "./observer.ts";
import { FILES, FOLDERS } from "./restless-model.ts";

export interface StopsReport {
  readonly stops: number;
  readonly restarts: number;
  /** Stops that met something under way. */
  readonly busy: number;
  /** How long after a stop the last write came, at most (milliseconds). */
  readonly lastChangeMs: number;
  /** Looks that proved nothing: this computer was too busy to be looked at, so they were repeated. */
  readonly unclear: number;
  /** What came later than it may, in words. */
  readonly late: readonly string[];
}

/** What the whole stop may take, from receipt. */
const STOP_MS = 1000;
/** So much longer it is looked. */
const LOOK_ON_MS = 400;
/** So long it works before, at least and at most. */
const WORK_MS = [150, 1000] as const;
/** What the executor gets to begin anew. */
const READY_MS = 60_000;
const RESTART_EVERY = 12;
/** Timers of this process that come so much too late: then the executor gets no time either, and times say nothing. */
const MOST_LAG_MS = 60;

const WAYS = ["phone", "window", "tray", "file"] as const;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export const stopAgainAndAgain = async (count: number, seed: number): Promise<StopsReport> => {
  const random = createRandom(seed);
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-stops-")));
  const work = path.join(root, "Work");
  buildScene(work);
  for (const name of ["home", "data"]) mkdirSync(path.join(root, name), { mode: 0o700 });
  const web = await startWeb();
  const late: string[] = [];
  let [busy, restarts, lastChangeMs, unclear] = [0, 0, 0, 0];
  const lag = watchLag();
  let executor = await startExecutor(root, web.port, seed);

  /** False when nothing can be said. */
  const lookAt = async (way: string, sentAt: number): Promise<boolean> => {
    lag.begin();
    await wait(sentAt + STOP_MS - Date.now());
    const running = descendantsOf(executor.pid);
    const connected = web.open();
    await wait(LOOK_ON_MS);
    const { at, place } = newestChange(work);
    const again = descendantsOf(executor.pid);
    if (lag.most() > MOST_LAG_MS) return false;
    lastChangeMs = Math.max(lastChangeMs, at - sentAt);
    const after = Math.round(Math.max(at, web.lastConnection()) - sentAt);
    const tell = (what: string): void => void late.push(`${way}: ${what}`);
    if (at > sentAt + STOP_MS) tell(`${place} was changed after ${after} ms`);
    if (web.lastConnection() > sentAt + STOP_MS) tell(`a connection came after ${after} ms`);
    if (running.length > 0) tell(`still running: ${running[0]}`);
    if (again.length > 0) tell(`something runs again: ${again[0]}`);
    if (connected > 0) tell("a connection is still open");
    return true;
  };

  try {
    for (let n = 0; n < count;) {
      executor.send({ type: "work" });
      await wait(random.between(...WORK_MS));
      const way = pick(random, WAYS);
      const stopped = executor.next("stopped");
      const sentAt = Date.now();
      if (way === "file") writeFileSync(path.join(root, "data/stop"), "");
      else executor.send({ type: "stop", by: way });
      const isClear = await lookAt(way, sentAt);
      const met = await stopped;
      if (!isClear) unclear++;
      else {
        n++;
        if (met.type === "stopped" && met.wasWorking) busy++;
      }
      if (isClear && n % RESTART_EVERY === 0) {
        await executor.end(random.chance(0.5));
        const before = newestChange(work).at;
        executor = await startExecutor(root, web.port, seed + n + 1);
        restarts++;
        if (!executor.isStopped) late.push("a restart forgot the stop");
        executor.send({ type: "work" });
        await wait(LOOK_ON_MS);
        if (newestChange(work).at > before || descendantsOf(executor.pid).length > 0)
          late.push("work began after a restart without being resumed");
        rmSync(work, { recursive: true });
        buildScene(work);
      }
      executor.send({ type: "resume" });
    }
  } finally {
    await executor.end(true);
    lag.close();
    web.close();
    rmSync(root, { recursive: true, force: true });
  }
  return { stops: count, restarts, busy, unclear, lastChangeMs, late };
};

/** How late timers come here since `begin`, at most (milliseconds). */
const watchLag = () => {
  const every = 10;
  let most = 0;
  let due = performance.now() + every;
  const timer = setInterval(() => {
    most = Math.max(most, performance.now() - due);
    due = performance.now() + every;
  }, every);
  return {
    begin: (): void => {
      most = 0;
    },
    most: (): number => most,
    close: (): void => clearInterval(timer),
  };
};

const buildScene = (work: string): void => {
  for (let folder = 0; folder < FOLDERS; folder++) {
    mkdirSync(path.join(work, `folder-${folder}`), { recursive: true });
    for (let file = 0; file < FILES; file++)
      writeFileSync(path.join(work, `folder-${folder}/file-${file}.txt`), `a needle ${"a".repeat(20_000)}`);
  }
};

interface ExecutorProcess {
  readonly pid: number;
  readonly isStopped: boolean;
  readonly send: (message: ToExecutor) => void;
  /** Rejects after a minute. */
  readonly next: (type: FromExecutor["type"]) => Promise<FromExecutor>;
  /** @param isKilled as a crash does, else as a person closes it */
  readonly end: (isKilled: boolean) => Promise<void>;
}

const startExecutor = async (root: string, port: number, seed: number): Promise<ExecutorProcess> => {
  const script = path.join(import.meta.dirname, "executor-process.ts");
  const child = fork(script, [root, `${port}`, `${seed}`], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ready = await nextOf(child, "ready");
  return {
    pid: child.pid ?? 0,
    isStopped: ready.type === "ready" && ready.isStopped,
    send: (message) => void child.send(message),
    next: (type) => nextOf(child, type),
    end: (isKilled) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        if (isKilled) child.kill("SIGKILL");
        else child.send({ type: "close" });
      }),
  };
};

const nextOf = (child: ChildProcess, type: FromExecutor["type"]): Promise<FromExecutor> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the executor did not say "${type}"`)), READY_MS);
    const end = (): void => {
      clearTimeout(timer);
      child.off("message", listen);
      child.off("exit", fail);
    };
    const fail = (): void => {
      end();
      reject(new Error(`the executor ended before it said "${type}"`));
    };
    const listen = (message: FromExecutor): void => {
      if (message.type !== type) return;
      end();
      resolve(message);
    };
    child.on("message", listen);
    child.once("exit", fail);
  });
