/**
 * [R21] The sandbox of this machine holds; one that is weakened in any way is found out; where there is none,
 * nothing runs.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LIMITS } from "../../../../desktop/src/executor/sandbox/limits.ts";
import {
  createSandbox,
  type ConfinedCommand,
  type Ending,
  type Sandbox,
  type SandboxPorts,
} from "../../../../desktop/src/executor/sandbox/sandbox.ts";
import { must } from "../tools/scene.ts";

const temporary = (): string => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-sandbox-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const makeSandbox = (more: Partial<SandboxPorts> = {}): Sandbox =>
  createSandbox({ workDir: path.join(temporary(), "work"), home: os.homedir(), ...more });

const run = async (
  sandbox: Sandbox,
  command: string,
  more: Partial<ConfinedCommand> = {},
): Promise<{ readonly ending: Ending; readonly output: string; readonly files: readonly string[] }> => {
  const where = temporary();
  const folder = await open(where, "r");
  const chunks: Uint8Array[] = [];
  try {
    const ending = must(
      await sandbox.run({
        command,
        folder,
        access: "read",
        hidden: [],
        timeoutMs: 20_000,
        signal: new AbortController().signal,
        onOutput: (chunk) => chunks.push(chunk),
        ...more,
      }),
    );
    return { ending, output: Buffer.concat(chunks).toString(), files: readdirSync(where) };
  } finally {
    await folder.close();
  }
};

describe("[R21] the self-test", () => {
  test("holds on this machine and leaves nothing behind", async () => {
    const workDir = path.join(temporary(), "work");
    mkdirSync(path.join(workDir, "copy-of-a-crash/inner"), { recursive: true });
    expect(await makeSandbox({ workDir }).ready()).toEqual({ ok: true, value: undefined });
    expect(readdirSync(workDir)).toEqual([]);
  });

  /** bubblewrap with one of its arguments changed on the way, as an update or a wrapper might. */
  const weakened = (edit: string): string => {
    const folder = temporary();
    const script = `#!/bin/bash
sed -z ${edit} <&3 > ${folder}/args-$$
exec 7< ${folder}/args-$$
exec /usr/bin/bwrap --info-fd 5 --args 7 "\${@:5}"
`;
    writeFileSync(path.join(folder, "bwrap"), script);
    chmodSync(path.join(folder, "bwrap"), 0o755);
    return folder;
  };

  const WEAKENED: readonly (readonly [string, string, readonly string[]])[] = [
    ["the network is shared", "'/^--unshare-net$/d'", ["tcp-loopback", "abstract-socket", "connected"]],
    ["processes are shared", "'/^--unshare-pid$/d'", ["see-processes"]],
    ["the folder can be written", "'s/^--ro-bind-fd$/--bind-fd/'", ["write-read-only", "write-hard-link"]],
    ["keys are not covered", "'s#^/work/.env$#/work/plain.txt#'", ["read-keys"]],
    [
      "the kernel's settings are bare",
      "'s#^/proc/sys$#/proc/bus#;s#^/proc/mtrr$#/proc/bus#'",
      ["writable-proc"],
    ],
    ["the environment is kept", "'s/^LANG$/OTHER/'", ["environment"]],
    ["namespaces can be made", "'/^--disable-userns$/d'", ["new-namespace"]],
  ];
  test.each(WEAKENED)("finds out when %s", async (_, edit, expected) => {
    const found = await makeSandbox({ searchPath: weakened(edit) }).ready();
    expect(found).toMatchObject({ ok: false, error: { type: "leaks" } });
    for (const name of expected) expect(found.ok ? "" : found.error.text).toContain(name);
  });

  test("a program that confines nothing, fails or says nothing does not pass", async () => {
    for (const script of [
      "#!/bin/sh\nexit 1\n",
      "#!/bin/sh\nexit 0\n",
      "#!/bin/sh\necho held everything\n",
    ]) {
      const folder = temporary();
      writeFileSync(path.join(folder, "bwrap"), script);
      chmodSync(path.join(folder, "bwrap"), 0o755);
      const sandbox = makeSandbox({ searchPath: folder });
      expect((await sandbox.ready()).ok).toBe(false);
      const held = await open(folder, "r");
      const refused = await sandbox.run({
        command: "echo ran > ran",
        folder: held,
        access: "write",
        hidden: [],
        timeoutMs: 1000,
        signal: new AbortController().signal,
        onOutput: () => undefined,
      });
      await held.close();
      expect(refused.ok).toBe(false);
      expect(readdirSync(folder)).toEqual(["bwrap"]);
    }
  });

  test("a work folder that cannot be used turns commands off", async () => {
    const workDir = path.join(temporary(), "file");
    writeFileSync(workDir, "");
    expect(await makeSandbox({ workDir }).ready()).toMatchObject({ error: { type: "broken" } });
  });

  test("where bubblewrap is missing, commands are off from the start, before any test", () => {
    expect(makeSandbox({ searchPath: "/nonexistent" }).state()).toEqual({
      type: "off",
      text: expect.stringContaining("bubblewrap") as string,
    });
    expect(makeSandbox().state()).toEqual({ type: "untested" });
  });

  test("where bubblewrap is missing, and on other systems, commands are off and say why", async () => {
    expect(await makeSandbox({ searchPath: "/nonexistent" }).ready()).toMatchObject({
      error: { type: "missing", text: expect.stringContaining("bubblewrap") },
    });
    expect(await makeSandbox({ platform: "darwin" }).ready()).toMatchObject({
      error: { type: "unsupported" },
    });
    expect(await makeSandbox({ platform: "win32" }).ready()).toMatchObject({
      error: { type: "unsupported" },
    });
  });
});

describe("running", () => {
  test("exit codes, both streams and the working folder", async () => {
    const sandbox = makeSandbox();
    const ran = await run(sandbox, "pwd; echo wrong >&2; touch made; exit 7", { access: "write" });
    expect(ran).toEqual({ ending: { type: "exit", code: 7 }, output: "/work\nwrong\n", files: ["made"] });
  });

  test("nothing of the person's account is told", async () => {
    const { output } = await run(makeSandbox(), "id; hostname; env; cat /etc/passwd /proc/self/mountinfo");
    for (const word of [os.hostname(), os.homedir(), process.cwd(), "LD_", "npm_"])
      expect(output).not.toContain(word);
    expect(output).toContain("uid=1000(user)");
  });

  /** Processes of this machine whose command line holds the word. */
  const alive = (word: string): number =>
    readdirSync("/proc").filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
      } catch {
        return false; // it ended while we looked
      }
    }).length;

  test("[T57] a stop, or the end of its time, kills all that it started", async () => {
    const sandbox = makeSandbox();
    await sandbox.ready();
    for (const how of ["stopped", "timed-out"] as const) {
      const word = `31${Math.floor(Math.random() * 1e9)}`;
      const stop = new AbortController();
      const command = `for n in 1 2 3; do (setsid nohup sleep ${word} &) ; done; echo started; sleep ${word}`;
      const { ending } = await run(sandbox, command, {
        signal: stop.signal,
        timeoutMs: how === "timed-out" ? 700 : 20_000,
        onOutput: () => how === "stopped" && stop.abort(),
      });
      expect(ending).toEqual({ type: how });
      await expect.poll(() => alive(word)).toBe(0);
    }
    const { ending } = await run(sandbox, "echo never", { signal: AbortSignal.abort() });
    expect(ending).toEqual({ type: "stopped" });
  });

  test("memory, processes, files and /tmp are bounded", async () => {
    const limits = {
      ...LIMITS,
      memoryBytes: 64 * 1024 ** 2,
      processes: 20,
      fileBytes: 1024 ** 2,
      temporaryBytes: 1024 ** 2,
    };
    const sandbox = makeSandbox({ limits });
    const one = await run(sandbox, "head -c 500M /dev/zero | tail");
    expect(one.ending).not.toEqual({ type: "exit", code: 0 });
    const together = "for n in 1 2 3; do (x=$(head -c 30M /dev/zero | tr '\\0' x); sleep 20) & done; wait";
    expect((await run(sandbox, together)).ending).toEqual({ type: "too-much-memory" });
    const many = await run(sandbox, "for n in $(seq 100); do sleep 20 & done 2>/dev/null; wait");
    expect(many.ending).toEqual({ type: "too-many-processes" });
    const large = await run(sandbox, "head -c 2M /dev/zero > large; wc -c < large", { access: "write" });
    expect(large.output).toContain("1048576");
    for (const place of ["/tmp", "/dev/shm"]) {
      const full = await run(
        sandbox,
        `head -c 900K /dev/zero > ${place}/a; head -c 900K /dev/zero > ${place}/b`,
      );
      expect(full.ending).toEqual({ type: "exit", code: 1 });
    }
  });

  test("what is covered is neither read nor replaced, whatever its name", async () => {
    const sandbox = makeSandbox();
    const where = temporary();
    const names = [".env", "a 'b' \"c\" \\ $HOME\n.pem"];
    for (const name of names) writeFileSync(path.join(where, name), "secret");
    mkdirSync(path.join(where, ".aws"));
    writeFileSync(path.join(where, ".aws/credentials"), "secret");
    const folder = await open(where, "r");
    const hidden = [
      ...names.map((name) => ({ path: name, isFolder: false })),
      { path: ".aws", isFolder: true },
    ];
    const { output } = await run(sandbox, "grep -rs secret .; ls -A .aws; rm -rf .env .aws; echo end", {
      folder,
      hidden,
    });
    await folder.close();
    expect(output.split("\n").filter((line) => !line.startsWith("rm:"))).toEqual(["end", ""]);
  });
});
