/**
 * Every fault of one script: the process is killed (or loses its power) at one of its disk calls, goes on with what is
 * on the disk, and must end as the process that nothing happened to.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createBase, type Base } from "./bases.ts";
import type { FileCall } from "./file-system-hooks.ts";
import { play, workOf, type Ending } from "./play.ts";
import type { Order } from "./process.ts";
import type { Script } from "./scripts.ts";
import { treeOf } from "./tree.ts";

const PROCESS = fileURLToPath(new URL("process.ts", import.meta.url));

export interface Fault {
  readonly at: number;
  readonly how: NonNullable<Order["how"]>;
}

/** What a run without a fault does and comes to. */
export interface Reference {
  readonly calls: readonly Pick<FileCall, "kind" | "path">[];
  readonly ending: Ending;
  /** The folder before anything is done. */
  readonly before: string;
}

export interface FaultBench {
  readonly reference: Reference;
  /** What is wrong; empty when all is right. `isReached`: the process came to the call and died there. */
  readonly try: (fault: Fault) => Promise<{ readonly wrong: readonly string[]; readonly isReached: boolean }>;
  readonly remove: () => Promise<void>;
}

export const createFaultBench = async (script: Script, number: number): Promise<FaultBench> => {
  const base = await createBase(script);
  await base.reset();
  const before = treeOf(workOf(base.stage));
  const undisturbed = await runProcess({ script: number, stage: base.stage });
  // `as`: written by process.ts, next to this file.
  const reference = { ...(JSON.parse(undisturbed.said) as Omit<Reference, "before">), before };
  if (reference.ending.undoneTree !== before)
    throw new Error(`${script.name}: undo does not give back what was`);
  return {
    reference,
    remove: base.remove,
    try: async ({ at, how }) => {
      await base.reset();
      const { signal, said } = await runProcess({ script: number, stage: base.stage, at, how, seed: at });
      if (signal !== "SIGKILL" && said === "") return { wrong: ["the process broke"], isReached: true };
      const halves = isPower(how) ? halfFiles(base, reference, script) : [];
      return {
        wrong: [...halves, ...(await goOn(base, script, reference))],
        isReached: signal === "SIGKILL",
      };
    },
  };
};

const isPower = (how: Fault["how"]): boolean => how === "dropped" || how === "torn";

const runProcess = (order: Order): Promise<{ readonly signal: string | null; readonly said: string }> =>
  new Promise((resolve) => {
    mkdirSync(workOf(order.stage), { recursive: true });
    const child = spawn(process.execPath, [PROCESS, JSON.stringify(order)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("close", (_code, signal) => resolve({ signal, said }));
  });

/** A name of ours is no file of the person's yet. */
const OURS = /(^|\/)\.deskhand-/;

const filesIn = (tree: string): readonly (readonly [name: string, hash: string])[] =>
  tree.split("\n").flatMap((line) => {
    const at = line.lastIndexOf(" ");
    return line.endsWith("/") || at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });

/** Files that are neither old nor new. */
const halfFiles = (
  { stage }: Base,
  { before, ending }: Reference,
  { between = [] }: Script,
): readonly string[] => {
  const whole = new Set([...filesIn(before), ...filesIn(ending.tree ?? "")].map(([, hash]) => hash));
  return filesIn(treeOf(workOf(stage)))
    .filter(([name, hash]) => !OURS.test(name) && !whole.has(hash))
    .filter(([name]) => !between.includes(readFileSync(path.join(workOf(stage), name), "utf8")))
    .map(([name]) => `${name} is half`);
};

/** Reads of one turn end as they end. */
const inAnyOrder = (steps: readonly string[]): string => steps.toSorted().join();

/** Starts again on what the fault left. */
const goOn = async (
  { stage }: Base,
  script: Script,
  { before, ending }: Reference,
): Promise<readonly string[]> => {
  const now = await play(stage, script).catch((error: unknown) => String(error));
  if (typeof now === "string") return [now];
  const isUnknown = script.mayBeUnknown === true && now.steps.some((step) => step.endsWith(" unknown"));
  // What a cut-short step did not get to make cannot be told from what somebody removed.
  const rightly = isUnknown ? ["undone", "gone"] : ["undone"];
  const steps = now.steps.map((step) => (isUnknown ? step.replace(" unknown", " done") : step));
  const differences = {
    state: [now.state, ending.state],
    steps: [inAnyOrder(steps), inAnyOrder(ending.steps)],
    allowed: [now.allowed, ending.allowed],
    tree: isUnknown || now.tree === undefined ? [] : [now.tree, ending.tree],
    "tree after undo": [now.undoneTree, before],
    undo: [now.undone.filter((outcome) => !rightly.includes(outcome)).join(), ""],
    audit: [now.isAuditSound, true],
  };
  return Object.entries(differences)
    .filter(([, [is, shouldBe]]) => is !== shouldBe)
    .map(([what, [is, shouldBe]]) => `${what}: ${is} instead of ${shouldBe}`);
};
