import { installVirtualGlobals } from "./virtual-globals.ts";
const perf = performance.now.bind(performance);
const globals = installVirtualGlobals();
const { runSeed } = await import("./run-seed.ts");
const { createCast } = await import("./people.ts");
const cast = createCast();
const [from = 1, count = 20, trace] = process.argv.slice(2).map(Number);
const t0 = perf();
let bad = 0;
for (let seed = from; seed < from + count; seed++) {
  const t = perf();
  const r = runSeed({ seed, cast, globals, isTracing: trace === 1 });
  if (count <= 40) console.log(seed, r.hash, Math.round(perf() - t), "ms", JSON.stringify(r.counts));
  if (r.violation !== undefined) { bad++; console.log(seed, "FAIL", r.violation.invariant, r.violation.detail.slice(0, 1500)); }
}
console.log("bad", bad, "ms/seed", (perf() - t0) / count);
process.exit(0);
