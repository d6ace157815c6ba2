/** Several tasks at once: what a queue of four takes beside one of them alone, with a model that thinks. */
import type { Report } from "../lib/report.ts";
import { call, openDesk } from "./desk.ts";

const RUNS = 4;
const TURNS = 8;
const THINKS_MS = 50;

export const measureParallelRuns = async (report: Report): Promise<void> => {
  const names = Array.from({ length: RUNS + 1 }, (_, at) => `task ${at}`);
  const scripts = names.map((name, run) => {
    const turns = Array.from({ length: TURNS }, (_, at) => [
      call("write_file", { path: `${run}/${at}.txt`, text: "x" }),
    ]);
    return [name, turns] as const;
  });
  const desk = await openDesk(Object.fromEntries(scripts), { thinks: THINKS_MS });
  try {
    const [first = "", ...others] = names;
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    const one = await timed(() => desk.run(first));
    const four = await timed(() => Promise.all(others.map(desk.send).map(desk.ended)));
    report.add(`one run of ${TURNS} turns of ${THINKS_MS} ms`, one, "ms");
    report.add(`${RUNS} such runs, sent together: runs at a time`, (RUNS * one) / four, "");
  } finally {
    await desk.remove();
  }
};
