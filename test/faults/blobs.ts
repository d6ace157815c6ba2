/**
 * A large blob over a bad line: `node test/faults/blobs.ts [--bytes N]`, 1 GB by default. Ten cuts, the same hash at the
 * end, and no process that grows by 64 MB. Prints the figures; exits 1 when one of them is bad.
 */
import { parseArgs } from "node:util";
import { runBlobTransfer } from "./blobs-run.ts";

const MB = 1_000_000;
const CUTS_EACH_WAY = 5;
const MAX_GROWTH_BYTES = 64 * MB;

const { values } = parseArgs({ options: { bytes: { type: "string", default: String(1_000 * MB) } } });
const bytes = Number(values.bytes);
const figures = await runBlobTransfer({ bytes, cutsEachWay: CUTS_EACH_WAY, warmUpBytes: 16 * MB });

const speed = (seconds: number): string =>
  `${seconds.toFixed(1)} s, ${(bytes / MB / seconds).toFixed(1)} MB/s`;
process.stdout.write(
  [
    `size       ${(bytes / MB).toFixed(0)} MB, cut ${figures.cuts} times`,
    `up         ${speed(figures.uploadSeconds)}`,
    `down       ${speed(figures.downloadSeconds)}`,
    ...Object.entries(figures.growth).map(
      ([name, growth]) => `${name.padEnd(10)} +${(growth / MB).toFixed(1)} MB`,
    ),
    `hash       ${figures.sameHash ? "the same" : "DIFFERENT"}`,
    "",
  ].join("\n"),
);
const isGood =
  figures.sameHash &&
  figures.cuts === 2 * CUTS_EACH_WAY &&
  Object.values(figures.growth).every((growth) => growth < MAX_GROWTH_BYTES);
process.exitCode = isGood ? 0 : 1;
