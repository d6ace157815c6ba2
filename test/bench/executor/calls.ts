/** What a tool call and a turn cost beside the model and beside the same work done plainly. */
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { median, timeOf } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";
import { call, openDesk, type Turns } from "./desk.ts";

const TURNS = 15;
/** In one turn; beyond 20 changed files of a run the person is asked. */
const CALLS = 20;

export const measureCalls = async (report: Report): Promise<void> => {
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
  const oneEach = (make: (at: number) => ReturnType<typeof call>): Turns =>
    numbers(TURNS).map((at) => [make(at)]);
  const inOne = (make: (at: number) => ReturnType<typeof call>): Turns => [numbers(CALLS).map(make)];
  const desk = await openDesk({
    "warm up": oneEach((at) => call("write_file", { path: `warm-${at}.txt`, text: "x" })),
    "a turn with one file written": oneEach((at) =>
      call("write_file", { path: `turn-${at}.txt`, text: "x" }),
    ),
    read_text: inOne((at) => call("read_text", { path: `note-${at}.txt` })),
    write_file: inOne((at) => call("write_file", { path: `new-${at}.txt`, text: "some text" })),
    edit_file: inOne((at) => call("edit_file", { path: `note-${at}.txt`, old: "some", new: "another" })),
    move_files: inOne((at) =>
      call("move_files", { moves: [{ from: `note-${at}.txt`, to: `moved/${at}.txt` }] }),
    ),
  });
  try {
    // each its own: equal bytes would be kept for undo under one name, which is replaced each time
    for (const at of numbers(CALLS)) writeFileSync(path.join(desk.work, `note-${at}.txt`), `some text ${at}`);
    await desk.run("warm up");
    const turns = await desk.run("a turn with one file written");
    report.atMost("a turn with one file written, all fsyncs included", median(turns), 20, "ms");
    const plain = median(
      numbers(CALLS).map((at) => timeOf(() => writePlainly(path.join(desk.root, `${at}`)))),
    );
    report.add("a file written and fsynced plainly", plain, "ms");
    for (const tool of ["read_text", "write_file", "edit_file", "move_files"]) {
      const [turn = Number.NaN] = await desk.run(tool);
      report.atMost(`a call of ${tool}`, turn / CALLS, 5, "ms");
    }
  } finally {
    await desk.remove();
  }
};

const writePlainly = (file: string): void => {
  const handle = openSync(file, "w");
  writeSync(handle, "some text");
  fsyncSync(handle);
  closeSync(handle);
};
