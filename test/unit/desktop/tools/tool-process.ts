/**
 * Runs one tool, or the undo of a run, in a process of its own, which dies at a failpoint as by a power cut.
 * argv[2]: JSON { order: Order }. Prints the word of the result as its last line; dies by SIGKILL at `killAt`.
 */
import type { RunId, StepId } from "@deskhand/doc-schema/document";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import type { GrantedFolder, Prepared } from "../../../../desktop/src/executor/tools/tool.ts";
import { createUndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";

export interface Order {
  readonly grant: GrantedFolder;
  readonly storeDir: string;
  readonly runId: RunId;
  readonly stepId: StepId;
  /** "undo" takes the run back. */
  readonly tool: string;
  readonly input: unknown;
  /** Absent: the tool prepares itself. */
  readonly prepared?: Prepared;
  /** The failpoint at which to die, from 1. */
  readonly killAt?: number;
}

export const runOrder = async (order: Order): Promise<string> => {
  const { grant, storeDir, runId, stepId, killAt } = order;
  let passed = 0;
  const failpoint = (): void => {
    if (++passed === killAt) process.kill(process.pid, "SIGKILL");
  };
  const undo = createUndoStore({ dir: storeDir, resolveGrant: () => grant, now: () => 0, failpoint });
  if (!undo.ok) return undo.error.type;
  if (order.tool === "undo")
    return (await undo.value.undoRun(runId)).every(({ outcome }) => outcome === "undone") ? "ok" : "conflict";
  const tools = createTools({ undo: undo.value, now: () => 0, failpoint });
  const tool = tools.find(({ name }) => name === order.tool);
  if (tool === undefined) return "no such tool";
  const context = {
    grants: [grant],
    runId,
    stepId,
    signal: new AbortController().signal,
    progress: () => {},
  };
  const prepared = order.prepared ?? (await tool.prepare(order.input, context));
  if ("ok" in prepared && !prepared.ok) return prepared.error.type;
  const done = await tool.run("ok" in prepared ? prepared.value : prepared, context);
  undo.value.close();
  return done.ok ? "ok" : done.error.type;
};

if (process.argv[1] === import.meta.filename) {
  const { order } = JSON.parse(process.argv[2] ?? "") as { readonly order: Order }; // written by the test beside
  process.stdout.write(await runOrder(order));
}
