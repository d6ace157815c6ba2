/**
 * Files both ways, sealed in pieces at a relay: what a person sends along, and what came of a task.
 * 1. A file that was cut goes on where it was, also when it is picked again after the app was closed.
 * 2. What arrives is kept only when its hash is right.
 */
import {
  base64UrlToBytes,
  bytesToHex,
  sealLocal,
  unsealLocal,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import { downloadBlob, uploadBlob, type BlobFailure } from "@deskhand/doc-schema/sync";
import { err, ok } from "@deskhand/doc-schema/wire";
import { sourceOf, type KeptFiles } from "../device/kept-files.ts";
import { browserPorts, randomBytes } from "../device/sync-ports.ts";
import type { ValueStore } from "../device/value-store.ts";
import type { WorkspaceFiles } from "../shared-ui/workspace.ts";

/** Without a relay for so long it is said; what is there already waits for "again" (milliseconds). */
const PATIENCE_MS = 15_000;

export interface PhoneFilePorts {
  readonly values: ValueStore;
  readonly kept: KeptFiles;
  /** Of the document's database. */
  readonly name: string;
  readonly keys: EpochKeys;
  readonly relayUrls: () => readonly string[];
}

export const createPhoneFiles = ({ values, kept, name, keys, relayUrls }: PhoneFilePorts): WorkspaceFiles => {
  /** The key of a blob that is under way: for the same file, picked again. */
  const resumeKey = (file: File): string => `upload/${name}/${file.name}/${file.size}/${file.lastModified}`;
  const relay = (): string | undefined => relayUrls()[0];

  return {
    send: async (file, { onProgress, signal }) => {
      const relayUrl = relay();
      if (relayUrl === undefined) return err({ type: "offline" });
      const at = resumeKey(file);
      const sealed = await values.get(at);
      const resume = sealed instanceof Uint8Array ? unsealLocal(keys.localSealKey, at, sealed) : undefined;
      const sent = await uploadBlob({
        ...browserPorts,
        relayUrl,
        keys,
        source: sourceOf(file),
        resume: resume?.ok === true ? resume.value : undefined,
        onResumable: (bytes) => values.put(at, sealLocal(keys.localSealKey, at, bytes, randomBytes)),
        onProgress,
        signal,
        patienceMs: PATIENCE_MS,
      });
      if (!sent.ok) return sent;
      await values.remove(at);
      return ok({
        name: file.name,
        mediaType: file.type === "" ? "application/octet-stream" : file.type,
        byteLength: file.size,
        sha256: bytesToHex(base64UrlToBytes(sent.value.sha256) ?? new Uint8Array(0)),
        blob: { ...sent.value },
      });
    },
    fetch: async (artifact, { onProgress, signal }) => {
      const { blob } = artifact;
      if (blob === undefined) return err({ type: "gone" });
      let problem: BlobFailure = { type: "offline" };
      for (const relayUrl of relayUrls()) {
        const arriving = await kept.arrive(artifact);
        const { have, write } = arriving;
        const got = await downloadBlob({
          ...browserPorts,
          relayUrl,
          keys,
          ref: blob,
          sink: { write },
          have,
          onProgress,
          signal,
          patienceMs: PATIENCE_MS,
        });
        if (got.ok) return ok(await arriving.finish());
        await arriving.pause();
        problem = got.error;
        if (problem.type === "bad-chunk") await kept.remove(artifact);
        if (problem.type === "cancelled") break;
      }
      return err(problem);
    },
    find: kept.find,
    remove: kept.remove,
  };
};
