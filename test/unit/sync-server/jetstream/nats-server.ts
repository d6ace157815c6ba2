/** A real nats-server with JetStream on a disk of its own, as a child process on loopback. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NatsServer {
  /** Such as "nats://127.0.0.1:40123"; the same after a restart. */
  readonly url: string;
  readonly pid: () => number;
  /** Starts it on what it stored before. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** In Debian's package `nats-server`; scripts/system-packages.ts installs it. */
const PROGRAM = "/usr/sbin/nats-server";

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });

/** Resolves when it listens; `more` goes into its configuration. */
export const startNatsServer = async (
  more = "",
  place: {
    readonly host?: string;
    readonly port?: number;
    readonly wrap?: readonly string[];
    readonly maxPayload?: string;
  } = {},
): Promise<NatsServer> => {
  const { host = "127.0.0.1", wrap = [], maxPayload = "4MB" } = place;
  const folder = mkdtempSync(join(tmpdir(), "deskhand-nats-"));
  const port = place.port ?? (await freePort());
  const config = join(folder, "nats.conf");
  writeFileSync(
    config,
    `host: "${host}"\nport: ${port}\nmax_payload: ${maxPayload}\njetstream { store_dir: "${folder}", max_file_store: 1GB }\n${more}\n`,
  );
  let child: ChildProcess | undefined;
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const [program, ...before] = wrap;
      const args = program === undefined ? ["-c", config] : [...before, PROGRAM, "-c", config];
      const started = spawn(program ?? PROGRAM, args, { stdio: ["ignore", "ignore", "pipe"] });
      child = started;
      let said = "";
      started.stderr.on("data", (text) => {
        said += text;
        if (said.includes("Server is ready")) resolve();
      });
      started.once("error", reject);
      started.once("exit", () => reject(new Error(`nats-server ended: ${said.slice(-2_000)}`)));
    });
  const stop = (signal: NodeJS.Signals = "SIGKILL"): Promise<void> =>
    new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill(signal);
    });
  process.once("exit", () => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return { url: `nats://${host}:${port}`, pid: () => child?.pid ?? 0, start, stop };
};
