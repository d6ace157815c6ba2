/**
 * A file that a run made, opened again in its granted folder: as the tools do it, by folder handles and without links.
 */
import type { BlobSource } from "@deskhand/doc-schema/sync";
import { err, MAX_BLOB_BYTES, ok, type Result } from "@deskhand/doc-schema/wire";
import { attempt, type Outcome } from "../tools/fault.ts";
import { hashFile, withFile } from "../tools/file-facts.ts";
import { atEntry, inGrant } from "../tools/place.ts";
import type { GrantedFolder, ProducedFile, ToolError } from "../tools/tool.ts";
import { fileSource } from "./byte-sources.ts";

/** "gone": deleted or moved. "changed": other bytes than wanted. */
export type NotThere = "gone" | "changed" | "too-large" | "not-granted" | "unreadable" | "stopped";

export interface Wanted {
  /** Hex SHA-256; undefined: as it is. */
  readonly wanted: string | undefined;
  readonly signal: AbortSignal;
}

/** Holds the file open during `work`. */
export const withProducedFile = async <T>(
  grant: GrantedFolder,
  { path, name }: Pick<ProducedFile, "path" | "name">,
  { wanted, signal }: Wanted,
  work: (source: BlobSource) => Promise<T>,
): Promise<Result<T, NotThere>> => {
  const found = await inGrant(grant, (root) =>
    atEntry(root, path.split("/"), name, (entry) =>
      withFile(entry, name, async ({ handle, facts }): Promise<Outcome<Result<T, NotThere>>> => {
        if (facts.byteLength > MAX_BLOB_BYTES) return ok(err("too-large"));
        if (wanted !== undefined) {
          const hash = await attempt(name, () => hashFile(handle, signal));
          if (!hash.ok) return hash;
          if (hash.value !== wanted) return ok(err("changed"));
        }
        return ok(ok(await work(fileSource(handle, facts.byteLength))));
      }),
    ),
  );
  return found.ok ? found.value : err(wordOf(found.error));
};

const wordOf = ({ type }: ToolError): NotThere => {
  if (type === "stopped") return "stopped";
  if (type === "not-found") return "gone";
  if (type === "folder-missing" || type === "no-permission") return "not-granted";
  return type === "changed" || type === "link" ? "changed" : "unreadable";
};
