/** A granted folder on the real disk, an undo store beside it, and the tools. */
import { createHash, randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { createIdFactory, parseAction, type RunId } from "@deskhand/doc-schema/document";
import type { Result } from "@deskhand/doc-schema/wire";
import { onTestFinished } from "vitest";
import { createTools, type ToolPorts } from "../../../../desktop/src/executor/tools/registry.ts";
import type {
  GrantedFolder,
  Prepared,
  Tool,
  ToolContext,
  ToolError,
  ToolOutput,
} from "../../../../desktop/src/executor/tools/tool.ts";
import { createUndoStore, type UndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";

export const ids = createIdFactory({ now: () => 1_760_000_000_000, randomBytes });

export interface Scene {
  readonly root: string;
  /** The granted folder "Files". */
  readonly files: string;
  readonly grant: GrantedFolder;
  readonly undo: UndoStore;
  readonly runId: RunId;
  readonly tool: (name: string) => Tool;
  readonly context: (more?: Partial<ToolContext>) => ToolContext;
  readonly call: (
    name: string,
    input: unknown,
    more?: Partial<ToolContext>,
  ) => Promise<Result<ToolOutput, ToolError>>;
}

export interface SceneOptions {
  readonly files?: string;
  readonly mode?: GrantedFolder["mode"];
  readonly storeDir?: string;
  readonly ports?: Partial<ToolPorts>;
}

export const openStore = (dir: string, grants: readonly GrantedFolder[]): UndoStore =>
  must(
    createUndoStore({
      dir,
      resolveGrant: (id) => grants.find((grant) => grant.id === id),
      now: () => 1_760_000_000_000,
    }),
  );

export const createScene = ({ files, mode = "read-write", storeDir, ports }: SceneOptions = {}): Scene => {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-tools-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = files ?? path.join(root, "files");
  mkdirSync(folder, { recursive: true });
  const grant: GrantedFolder = { id: ids.create("grant"), name: "Files", path: folder, mode };
  const undo = openStore(storeDir ?? path.join(root, "undo"), [grant]);
  const tools = createTools({ undo, now: () => 1_760_000_000_000, ...ports });
  const runId = ids.create("run");
  const context: Scene["context"] = (more) => ({
    grants: [grant],
    runId,
    stepId: ids.create("step"),
    signal: new AbortController().signal,
    progress: () => {},
    ...more,
  });
  const tool: Scene["tool"] = (name) => {
    const found = tools.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no tool ${name}`);
    return found;
  };
  const call: Scene["call"] = async (name, input, more) => {
    const here = context(more);
    const prepared = await tool(name).prepare(input, here);
    return prepared.ok ? tool(name).run(journaled(prepared.value), here) : prepared;
  };
  return { root, files: folder, grant, undo, runId, tool, context, call };
};

/** As it comes back from the run's journal; an action must be one that the document can carry. */
export const journaled = (prepared: Prepared): Prepared => {
  if (prepared.action !== undefined && parseAction(prepared.action) === undefined)
    throw new Error("not an action");
  return JSON.parse(JSON.stringify(prepared)) as Prepared;
};

export const must = <T, E>(result: Result<T, E>): T => {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
};

/** The word of a refusal, "ok" for none. */
export const wordOf = (result: Result<unknown, { readonly type: string }>): string =>
  result.ok ? "ok" : result.error.type;

export const put = (file: string, text: string | Uint8Array): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** Every file, folder and link below, with its bytes' hash: equal texts are equal trees. */
export const treeOf = (folder: string, above = ""): string =>
  readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(folder, entry.name);
      const name = `${above}${entry.name}`;
      if (entry.isSymbolicLink()) return [`${name} -> ${readlinkSync(full)}`];
      if (!entry.isDirectory()) return [`${name} ${sha256(readFileSync(full))}`];
      return [`${name}/`, treeOf(full, `${name}/`)].filter((line) => line !== "");
    })
    .join("\n");

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");
