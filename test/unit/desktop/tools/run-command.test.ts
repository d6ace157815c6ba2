/** run_command in the real sandbox of this machine: what it may do, what becomes of it, and what is left alone. */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { err } from "@deskhand/doc-schema/wire";
import { describe, expect, onTestFinished, test } from "vitest";
import { createSandbox } from "../../../../desktop/src/executor/sandbox/sandbox.ts";
import type { CommandPorts } from "../../../../desktop/src/executor/tools/run-command.ts";
import { createScene, journaled, must, put, treeOf, wordOf, type Scene, type SceneOptions } from "./scene.ts";

const createCommandScene = (
  options: SceneOptions & { readonly sandbox?: CommandPorts["sandbox"]; readonly bytes?: number } = {},
): Scene & { readonly data: string } => {
  const data = realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-commands-")));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const workDir = path.join(data, "work");
  const sandbox = options.sandbox ?? createSandbox({ workDir, home: os.homedir() });
  const copyLimits = { entries: 100, bytes: options.bytes ?? 10_000_000 };
  const commands = { sandbox, workDir, outputDir: path.join(data, "outputs"), copyLimits };
  return { ...createScene({ ...options, ports: { ...options.ports, commands } }), data };
};

const run = (scene: Scene, command: string, more: object = {}): ReturnType<Scene["call"]> =>
  scene.call("run_command", { folder: "Files", command, ...more });

describe("reading", () => {
  test("needs no more than its output; the folder cannot be changed, also through an old hard link", async () => {
    const scene = createCommandScene({ mode: "read" });
    put(path.join(scene.files, "a.txt"), "one\ntwo\n");
    put(path.join(scene.root, "outside.txt"), "outside");
    linkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "hard.txt"));
    const before = treeOf(scene.root);
    const { content, step } = must(await run(scene, "wc -l < a.txt; echo x > a.txt; echo x > hard.txt"));
    expect(content).toMatch(/^Exit code 1\.\n2\n.*Read-only file system\n.*Read-only file system/s);
    expect(step).toEqual({ kind: "command", object: "wc -l < a.txt; echo x > a.txt; echo x > hard.txt" });
    expect(treeOf(scene.files)).toBe(
      before
        .split("\n")
        .filter((line) => line.startsWith("files/"))
        .map((line) => line.slice(6))
        .filter((line) => line !== "")
        .join("\n"),
    );
  });

  test("sees the named folder only, and no key in it", async () => {
    const scene = createCommandScene();
    put(path.join(scene.files, "in/a.txt"), "a");
    put(path.join(scene.files, "beside/b.txt"), "b");
    put(path.join(scene.files, "in/.env"), "canary");
    put(path.join(scene.files, "in/.ssh/config"), "canary");
    symlinkSync(path.join(scene.files, "beside"), path.join(scene.files, "in/link"));
    const { content } = must(await run(scene, "find . -type f; cat .env .ssh/* link/*", { path: "in" }));
    expect(content).toContain("./a.txt");
    expect(content).not.toContain("canary");
    expect(content).not.toContain("b.txt");
    expect(content).not.toContain(scene.files);
  });

  test("long output is cut in the middle for the model and kept as a whole; controls are made visible", async () => {
    const scene = createCommandScene();
    const { content } = must(await run(scene, "seq 100000; printf '\\033[31mred\\033[0m \\a end'"));
    expect(Buffer.byteLength(content)).toBeLessThan(64 * 1024);
    expect(content).toMatch(
      /^Exit code 0\.\n1\n2\n.*\[… \d+ bytes are left out here …\].*100000\nred \\u\{7\} end$/s,
    );
    const [outputs = ""] = readdirSync(path.join(scene.data, "outputs"));
    const [file = ""] = readdirSync(path.join(scene.data, "outputs", outputs));
    const kept = path.join(scene.data, "outputs", outputs, file);
    expect(readFileSync(kept, "utf8")).toContain("\n50000\n");
    expect(statSync(kept).mode & 0o777).toBe(0o600);
  });
});

describe("writing", () => {
  test("the card is the exact command line; its changes are put in place, and undo takes all of them back", async () => {
    const scene = createCommandScene();
    for (const name of ["a.txt", "b.txt", "sub/c.txt", "sub/gone/d.txt"])
      put(path.join(scene.files, name), name);
    mkdirSync(path.join(scene.files, "empty"));
    const before = treeOf(scene.files);
    const command =
      "mv a.txt new.txt; echo more >> b.txt; rm -r sub/gone empty; mkdir -p x/y; echo z > x/y/z; cat new.txt";
    const input = { folder: "Files", command, access: "write" };
    const context = scene.context();
    const tool = scene.tool("run_command");
    const prepared = must(await tool.prepare(input, context));
    expect(prepared.action).toMatchObject({
      kind: "command",
      command,
      access: "write",
      timeoutSeconds: 60,
      items: [{ path: "", isFolder: true }],
    });
    const { content } = must(await tool.run(journaled(prepared), context));
    expect(content).toBe("Exit code 0.\nPut in place: 4 made, 1 changed, 4 removed.\na.txt");
    const after = treeOf(scene.files);
    expect(after.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "b.txt",
      "new.txt",
      "sub/",
      "sub/c.txt",
      "x/",
      "x/y/",
      "x/y/z",
    ]);
    expect(readFileSync(path.join(scene.files, "b.txt"), "utf8")).toBe("b.txtmore\n");
    const undone = await scene.undo.undoStep(context.stepId);
    expect(undone.map(({ outcome }) => outcome)).toEqual(undone.map(() => "undone"));
    expect(treeOf(scene.files)).toBe(before);
    expect(readdirSync(path.join(scene.data, "work"))).toEqual([]);
  });

  test("a command that fails, runs out of time or is stopped changes nothing", async () => {
    const scene = createCommandScene();
    put(path.join(scene.files, "a.txt"), "a");
    const before = treeOf(scene.files);
    const failed = must(await run(scene, "rm a.txt; touch b; exit 3", { access: "write" }));
    expect(failed.content).toBe("Exit code 3. The folder is as it was.\nIt printed nothing.");
    const slow = must(await run(scene, "rm a.txt; sleep 30", { access: "write", timeoutSeconds: 1 }));
    expect(slow.content).toContain("its time was over. The folder is as it was.");
    const stop = new AbortController();
    const stopped = scene.call(
      "run_command",
      { folder: "Files", command: "rm a.txt; echo begun; sleep 30", access: "write" },
      { signal: stop.signal, progress: () => stop.abort() },
    );
    expect(wordOf(await stopped)).toBe("stopped");
    expect(treeOf(scene.files)).toBe(before);
  });

  test("[T42] what is protected, a link, or a removal of many is not taken over, and told", async () => {
    const scene = createCommandScene();
    for (let n = 0; n < 21; n++) put(path.join(scene.files, `many/${n}`), "");
    put(path.join(scene.files, ".git/config"), "[core]");
    put(path.join(scene.files, "AGENTS.md"), "agents");
    const before = treeOf(scene.files);
    const commands = [
      "mkdir -p .git/hooks .vscode sub/.github/workflows .config/autostart .claude .ssh",
      "for f in .git/hooks/pre-commit .git/config .mcp.json .vscode/tasks.json AGENTS.md CLAUDE.md .env .bashrc; do echo x > $f; done",
      "echo x > sub/.github/workflows/ci.yml; echo x > .config/autostart/x.desktop; echo x > .claude/settings.json",
      "ln -s /etc/passwd link; ln -s sub link2; mkfifo pipe; rm many/*",
    ];
    const { content } = must(await run(scene, commands.join("\n"), { access: "write" }));
    expect(content).toContain("Put in place: 1 made, 0 changed, 0 removed.");
    expect(content).toContain("more than 20 are removed by trash_files only");
    expect(content).toContain("Files/.git/hooks/pre-commit is protected");
    expect(content).toContain("link is a link or special file");
    // sub is a folder like others, and nothing protected is in it
    const lines = treeOf(scene.files).split("\n");
    expect(lines.filter((line) => line !== "sub/")).toEqual(before.split("\n"));
  });

  test("a folder that a command made unreadable counts as it is, and its copy is removed", async () => {
    const scene = createCommandScene();
    put(path.join(scene.files, "sub/a.txt"), "a");
    const before = treeOf(scene.files);
    const { content } = must(await run(scene, "chmod 000 sub", { access: "write" }));
    expect(content).toContain("Put in place: 0 made, 0 changed, 0 removed.");
    expect(treeOf(scene.files)).toBe(before);
    expect(readdirSync(path.join(scene.data, "work"))).toEqual([]);
  });

  test("an old hard link and a file changed meanwhile stay as they are", async () => {
    const scene = createCommandScene();
    put(path.join(scene.root, "outside.txt"), "outside");
    put(path.join(scene.files, "plain.txt"), "plain");
    linkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "hard.txt"));
    const changing = scene.call(
      "run_command",
      {
        folder: "Files",
        command: "echo x > hard.txt; echo y > plain.txt; echo ready; sleep 1",
        access: "write",
      },
      { progress: () => put(path.join(scene.files, "plain.txt"), "theirs") },
    );
    const { content } = must(await changing);
    expect(content).toContain("Put in place: 0 made, 0 changed, 0 removed.");
    expect(content).toContain("plain.txt was changed by somebody else meanwhile");
    expect(content).toContain("hard.txt has a second name");
    expect(readFileSync(path.join(scene.root, "outside.txt"), "utf8")).toBe("outside");
    expect(readFileSync(path.join(scene.files, "plain.txt"), "utf8")).toBe("theirs");
  });

  test("a folder too large to be kept is refused before anything runs", async () => {
    const scene = createCommandScene({ bytes: 1000 });
    put(path.join(scene.files, "big"), "x".repeat(1001));
    expect(wordOf(await run(scene, "touch made", { access: "write" }))).toBe("too-large");
    const many = createCommandScene();
    for (let n = 0; n < 120; n++) put(path.join(many.files, `${n}`), "");
    expect(wordOf(await run(many, "touch made", { access: "write" }))).toBe("too-large");
    expect(readdirSync(path.join(many.data, "work"))).toEqual([]);
  });
});

describe("refusals", () => {
  test("places, access and command lines that cannot be", async () => {
    const scene = createCommandScene({ mode: "read" });
    put(path.join(scene.files, "a.txt"), "a");
    put(path.join(scene.files, ".git/hooks/x"), "a");
    symlinkSync("/etc", path.join(scene.files, "link"));
    const refused: readonly (readonly [string, object])[] = [
      ["read-only-grant", { access: "write" }],
      ["bad-input", { path: "a.txt" }],
      ["link", { path: "link" }],
      ["not-found", { path: "nothing" }],
      ["protected", { path: ".git/hooks" }],
      ["outside-grant", { path: ".." }],
      ["unknown-folder", { folder: "Other" }],
      ["bad-input", { command: "" }],
      ["bad-input", { command: "a\0b" }],
      ["bad-input", { command: "x".repeat(8193) }],
      ["bad-input", { timeoutSeconds: 601 }],
    ];
    for (const [word, more] of refused)
      expect([more, wordOf(await run(scene, "true", more))]).toEqual([more, word]);
    expect(scene.tool("run_command").crash).toBe("unknown");
    expect(scene.tool("run_command").effect).toBe("shell");
  });

  test("a sandbox that is off refuses with its own sentence, and without one there is no such tool", async () => {
    const off = { type: "leaks", text: "Commands are off: it leaks." } as const;
    const sandbox = { ready: () => Promise.resolve(err(off)), run: () => Promise.resolve(err(off)) };
    const scene = createCommandScene({ sandbox });
    expect(await run(scene, "true")).toEqual(err({ type: "sandbox-off", text: off.text }));
    expect(() => createScene().tool("run_command")).toThrow("no tool");
  });
});
