/**
 * `npm run test:faults -- executor`: twenty runs, killed before every call that changes the disk and in the middle of
 * every write, and 100 power cuts. Each must end as if nothing had happened, or say honestly that it does not know.
 *   --every=N            only every Nth point
 *   --script=N           only this script, from 0; with --at=N and --how=… only this fault
 *   --cuts=N             power cuts over all scripts (100)
 */
import { parseArgs } from "node:util";
import { createFaultBench, type Fault, type FaultBench } from "./executor/faults.ts";
import { SCRIPTS } from "./executor/scripts.ts";

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    cuts: { type: "string", default: "100" },
    script: { type: "string" },
    at: { type: "string" },
    how: { type: "string", default: "before" },
  },
});
const WORKERS = 2;

const tally = { kills: 0, journal: 0, effects: 0, cuts: 0, notReached: 0 };
const wrongs: string[] = [];

const isJournal = (path: string): boolean => /(\.jsonl|\/document(-\d+)?)$/.test(path);

const faultsOf = ({ reference: { calls } }: FaultBench, share: number): readonly Fault[] => {
  if (values.at !== undefined) return [{ at: Number(values.at), how: values.how as Fault["how"] }]; // typed by a person
  const kills = calls.flatMap(({ kind }, at): Fault[] => {
    if (kind === "sync") return [];
    return kind === "write"
      ? [
          { at, how: "before" },
          { at, how: "middle" },
        ]
      : [{ at, how: "before" }];
  });
  const stride = calls.length / share;
  const cuts = Array.from({ length: share }, (_, n): Fault => {
    return { at: Math.floor((n + 0.5) * stride), how: n % 2 === 0 ? "dropped" : "torn" };
  });
  return [...kills.filter((_, n) => n % Number(values.every) === 0), ...cuts];
};

const runScript = async (number: number): Promise<void> => {
  const script = SCRIPTS[number];
  if (script === undefined) return;
  const bench = await createFaultBench(script, number);
  const faults = faultsOf(bench, Math.round(Number(values.cuts) / SCRIPTS.length));
  const before = wrongs.length;
  for (const fault of faults) {
    const { wrong, isReached } = await bench.try(fault);
    const call = bench.reference.calls[fault.at];
    if (fault.how === "dropped" || fault.how === "torn") tally.cuts++;
    else if (isReached) {
      tally.kills++;
      if (isJournal(call?.path ?? "")) tally.journal++;
      else tally.effects++;
    }
    if (!isReached) tally.notReached++;
    for (const what of wrong)
      wrongs.push(
        `${script.name}, ${fault.how} ${call?.kind} ${call?.path} (--script=${number} --at=${fault.at} --how=${fault.how}): ${what}`,
      );
  }
  await bench.remove();
  const verdict = wrongs.length === before ? "all right" : `${wrongs.length - before} wrong`;
  console.log(`${script.name}: ${faults.length} faults, ${verdict}`);
};

const waiting = SCRIPTS.map((_, number) => number).filter((number) =>
  [undefined, String(number)].includes(values.script),
);
await Promise.all(
  Array.from({ length: WORKERS }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runScript(next);
  }),
);
for (const wrong of wrongs) console.error(wrong);
console.log(
  `${tally.kills} kills (${tally.journal} at journal writes, ${tally.effects} around effects), ${tally.cuts} power cuts, ` +
    `${tally.notReached} points not reached, ${wrongs.length} wrong`,
);
process.exit(wrongs.length === 0 ? 0 : 1);
