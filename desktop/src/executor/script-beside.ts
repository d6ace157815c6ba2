/**
 * A thread's or a process's script: beside its caller in the sources, beside the main script where it is bundled
 * (desktop/build.ts).
 */
export const scriptBeside = (name: string, caller: string): URL =>
  new URL(`./${name}.${caller.endsWith(".ts") ? "ts" : "js"}`, caller);
