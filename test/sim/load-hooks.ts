/**
 * What a simulated world loads instead of what it asks for: the native Ed25519, a socket writer without bytes, and, for
 * a planted bug that no port lets in, production source with one line changed. A patch that does not fit its file exactly once throws.
 */
import { registerHooks } from "node:module";

export interface SourcePatch {
  /** How the file's URL ends. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const NATIVE = new URL("./native-ed25519.ts", import.meta.url).href;
/** By what asks for it. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ["@noble/curves/ed25519.js", NATIVE],
  ["./socket-writer.ts", new URL("./direct-socket-writer.ts", import.meta.url).href],
]);

/** Returns the patches that no loaded file has met yet. */
export const installLoadHooks = (patches: readonly SourcePatch[]): (() => readonly SourcePatch[]) => {
  const unmet = new Set(patches);
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = context.parentURL === NATIVE ? undefined : REPLACED.get(specifier);
      return url === undefined
        ? next(specifier, context)
        : { url, format: "module-typescript", shortCircuit: true };
    },
    load: (url, context, next) => {
      const loaded = next(url, context);
      const mine = patches.filter(({ file }) => url.endsWith(file));
      if (mine.length === 0) return loaded;
      const { source = "" } = loaded;
      const text = typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
      const patched = mine.reduce((before, { file, find, replace }) => {
        const parts = before.split(find);
        if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like: ${find}`);
        return parts.join(replace);
      }, text);
      for (const patch of mine) unmet.delete(patch);
      return { ...loaded, source: patched };
    },
  });
  return () => [...unmet];
};
