/** A folder and all below it as one text: equal texts are equal trees. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const treeOf = (folder: string): string => linesOf(folder, "").join("\n");

const linesOf = (folder: string, above: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const [full, name] = [path.join(folder, entry.name), `${above}${entry.name}`];
      return entry.isDirectory() ? [`${name}/`, ...linesOf(full, `${name}/`)] : [`${name} ${hashOf(full)}`];
    });

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const hashOf = (file: string): string => sha256(readFileSync(file));
