/**
 * Tries to get out of the sandbox, on this computer, as it is now.
 * 1. A scene is built with what must not be reached: a file and a socket outside, a key, an old hard link, a
 *    listening port, a process. The probes try from inside; whether they did harm is looked at from outside, too.
 * 2. Any probe that gets out, and any that says nothing, turns commands off.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder } from "../private-files.ts";
import { ENVIRONMENT } from "./linux-profile.ts";
import { probesOf, READ_ONLY_PROBES, scriptOf, whatGotOut, type ProbeScene } from "./probes.ts";
import type { ConfinedCommand, Ending, SandboxOff, SandboxPorts } from "./sandbox.ts";
import { removeCopy } from "./work-copy.ts";

type Run = (command: ConfinedCommand) => Promise<Ending>;

const PROBE_TIMEOUT_MS = 20_000;

export const testSandbox = async (ports: SandboxPorts, run: Run): Promise<Result<void, SandboxOff>> => {
  try {
    return await tryToGetOut(ports, run);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return err({ type: "broken", text: `Commands are off: the sandbox could not be tested (${cause}).` });
  }
};

const tryToGetOut = async ({ workDir, home }: SandboxPorts, run: Run): Promise<Result<void, SandboxOff>> => {
  makePrivateFolder(workDir);
  // what a crash left behind: nothing works there before this test
  for (const name of readdirSync(workDir)) removeCopy(path.join(workDir, name));
  const root = mkdtempSync(path.join(workDir, "self-test-"));
  const closers: (() => void)[] = [() => rmSync(root, { recursive: true, force: true })];
  try {
    const scene = await buildScene(root, home, (closer) => closers.push(closer));
    const folder = await open(scene.work, "r");
    try {
      const got = [...(await probeFolder(folder, scene, run)), ...scene.harm()];
      // a sandbox that leaks is not given a thousand processes
      if (got.length === 0) got.push(...(await probeProcesses(folder, run)), ...scene.harm());
      return got.length === 0
        ? ok(undefined)
        : err({
            type: "leaks",
            text: `Commands are off: the sandbox of this computer does not hold (${[...new Set(got)].join(", ")}).`,
          });
    } finally {
      await folder.close();
    }
  } finally {
    for (const closer of closers.toReversed()) closer();
  }
};

const probeFolder = async (folder: FileHandle, scene: Scene, run: Run): Promise<readonly string[]> => {
  const probes = new Map([...probesOf(scene), ...READ_ONLY_PROBES]);
  const hidden = [
    { path: ".env", isFolder: false },
    { path: "keys", isFolder: true },
    { path: "socket", isFolder: false },
  ];
  const { output, ending } = await collect(run, { folder, hidden, command: scriptOf(probes) });
  // what did not even start has proven nothing
  if (ending.type !== "exit" || ending.code !== 0 || !output.includes("held "))
    throw new Error(output.trim().slice(0, 300) || `a probe ended with ${ending.type}`);
  return whatGotOut(probes, output);
};

/** More processes than any command needs: the watch must end it. */
const probeProcesses = async (folder: FileHandle, run: Run): Promise<readonly string[]> => {
  const command = "for n in $(seq 1000); do sleep 30 & done 2>/dev/null; wait";
  const { ending } = await collect(run, { folder, hidden: [], command });
  return ending.type === "too-many-processes" ? [] : ["process-limit"];
};

const collect = async (
  run: Run,
  { folder, hidden, command }: Pick<ConfinedCommand, "folder" | "hidden" | "command">,
): Promise<{ readonly output: string; readonly ending: Ending }> => {
  const chunks: Uint8Array[] = [];
  const ending = await run({
    command,
    folder,
    hidden,
    access: "read",
    timeoutMs: PROBE_TIMEOUT_MS,
    signal: new AbortController().signal,
    onOutput: (chunk) => chunks.push(chunk),
  });
  return { output: Buffer.concat(chunks).toString("utf8"), ending };
};

interface Scene extends ProbeScene {
  readonly work: string;
  /** What was done outside nevertheless. */
  readonly harm: () => readonly string[];
}

const buildScene = async (
  root: string,
  home: string,
  onClose: (closer: () => void) => void,
): Promise<Scene> => {
  const [secret = "", processWord = "", socketWord = ""] = ["", "", ""].map(() =>
    randomBytes(12).toString("hex"),
  );
  const [work, outside] = [path.join(root, "work"), path.join(root, "outside")];
  for (const folder of [work, outside, path.join(work, "keys")]) mkdirSync(folder);
  const outsideFile = path.join(outside, "file");
  writeFileSync(outsideFile, secret);
  writeFileSync(path.join(outside, "hard"), secret);
  linkSync(path.join(outside, "hard"), path.join(work, "hard"));
  symlinkSync(outsideFile, path.join(work, "link"));
  symlinkSync(outside, path.join(work, "folder-link"));
  writeFileSync(path.join(work, ".env"), secret);
  writeFileSync(path.join(work, "keys/id_ed25519"), secret);
  writeFileSync(path.join(work, "plain.txt"), "plain");
  const names = readdirSync(work).toSorted();

  let connections = 0;
  const listen = (where: net.ListenOptions): Promise<net.AddressInfo | string | null> =>
    new Promise((resolve, reject) => {
      const server = net.createServer((socket) => {
        connections++;
        socket.destroy();
      });
      onClose(() => server.close());
      server.once("error", reject);
      server.listen(where, () => resolve(server.address()));
    });
  const outsideSocket = path.join(outside, "socket");
  const abstractSocket = `deskhand-${socketWord}`;
  const address = await listen({ host: "127.0.0.1", port: 0 });
  await listen({ path: inShortPath(outsideSocket) });
  await listen({ path: inShortPath(path.join(work, "socket")) });
  await listen({ path: `\0${abstractSocket}` });
  const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", processWord], {
    env: {},
    stdio: "ignore",
  });
  onClose(() => other.kill("SIGKILL"));
  await started(other);

  return {
    outsideFile,
    outsideFolder: outside,
    home,
    outsideSocket,
    tcpPort: address !== null && typeof address === "object" ? address.port : 0,
    processWord,
    processId: other.pid ?? 0,
    abstractSocket,
    secret,
    environmentNames: Object.keys(ENVIRONMENT),
    work,
    harm: () => [
      ...(readFileSync(outsideFile, "utf8") === secret ? [] : ["wrote-outside"]),
      ...(readFileSync(path.join(outside, "hard"), "utf8") === secret ? [] : ["wrote-hard-link"]),
      ...(readdirSync(outside).length === 3 ? [] : ["made-outside"]),
      ...(readdirSync(work)
        .filter((name) => name !== "socket")
        .join() === names.join()
        ? []
        : ["changed-read-only"]),
      ...(connections === 0 ? [] : ["connected"]),
      ...(other.exitCode === null && other.signalCode === null ? [] : ["killed-process"]),
    ],
  };
};

const started = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });

/** A socket's path may hold about a hundred bytes; relative to where we are it may be shorter. */
const inShortPath = (socket: string): string => {
  const relative = path.relative(process.cwd(), socket);
  return relative.length < socket.length ? relative : socket;
};
