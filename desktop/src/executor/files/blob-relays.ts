/**
 * Sealed files at the relays of the live epoch.
 * 1. Each relay that can be reached gets a copy, all under one reference; one that has it whole suffices.
 * 2. A relay that is away is not waited for: whoever asked asks again when it is back. Without any it is "offline".
 */
import type { BlobRef, EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  downloadBlob,
  resumeOf,
  touchBlob,
  uploadBlob,
  type BlobFailure,
  type BlobSource,
  type BlobTransferInput,
  type DownloadBlobInput,
  type SyncPorts,
  type UploadBlobInput,
} from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";

type Watched = Pick<BlobTransferInput, "onProgress" | "signal">;

export interface BlobRelays {
  readonly upload: (
    input: Watched & Pick<UploadBlobInput, "source" | "resume" | "onResumable">,
  ) => Promise<Result<BlobRef, BlobFailure>>;
  /** From the first relay that has it whole; with `keys` from the room of another epoch. */
  readonly download: (
    input: Watched & Pick<DownloadBlobInput, "ref" | "sink" | "have"> & { readonly keys?: EpochKeys },
  ) => Promise<Result<void, BlobFailure>>;
  /**
   * True when a relay has it whole. Gives it a new lease there, and from `source` a copy to those that lack it, under
   * the same reference.
   */
  readonly keep: (
    ref: BlobRef,
    source: () => BlobSource | undefined,
  ) => Promise<Result<boolean, BlobFailure>>;
}

export interface BlobRelaysPorts {
  readonly sync: SyncPorts;
  /** Of the live epoch. */
  readonly keys: () => EpochKeys;
  /** Relays that are connected right now, the preferred one first. */
  readonly liveUrls: () => readonly string[];
}

/** A relay that was live a moment ago and does not answer for so long is away (milliseconds). */
const PATIENCE_MS = 60_000;

export const createBlobRelays = ({ sync, keys, liveUrls }: BlobRelaysPorts): BlobRelays => {
  const places = (): readonly (BlobTransferInput & { readonly relayUrl: string })[] => {
    const epochKeys = keys(); // of one epoch, whatever begins meanwhile
    return liveUrls().map((relayUrl) => ({ ...sync, relayUrl, keys: epochKeys, patienceMs: PATIENCE_MS }));
  };
  const offline = err({ type: "offline" } as const);

  const upload: BlobRelays["upload"] = async ({ resume: resumed, onResumable, ...input }) => {
    let resume = resumed;
    let best: Result<BlobRef, BlobFailure> = offline;
    for (const place of places()) {
      const keepResume = async (bytes: Uint8Array): Promise<void> => {
        if (resume === undefined) await onResumable?.(bytes);
        resume ??= bytes;
      };
      const put = await uploadBlob({ ...place, ...input, resume, onResumable: keepResume });
      if (!put.ok && (put.error.type === "cancelled" || put.error.type === "unreadable")) return put;
      if (put.ok || !best.ok) best = put;
    }
    return best;
  };

  const download: BlobRelays["download"] = async (input) => {
    let last: Result<void, BlobFailure> = offline;
    for (const place of places()) {
      last = await downloadBlob({ ...place, ...input });
      if (last.ok || last.error.type === "cancelled" || last.error.type === "unwritable") return last;
    }
    return last;
  };

  const keep: BlobRelays["keep"] = async (ref, source) => {
    const lacking: BlobTransferInput[] = [];
    let isHeld = false;
    let failed: Result<boolean, BlobFailure> | undefined;
    for (const place of places()) {
      const touched = await touchBlob({ ...place, ref });
      if (!touched.ok) failed = touched;
      else if (touched.value) isHeld = true;
      else lacking.push(place);
    }
    if (isHeld && lacking.length > 0) {
      const bytes = source();
      const resume = resumeOf(ref);
      // A relay that takes none stays without: the others have it.
      if (bytes !== undefined && resume.ok)
        for (const place of lacking) await uploadBlob({ ...place, source: bytes, resume: resume.value });
    }
    if (isHeld || lacking.length > 0) return ok(isHeld);
    return failed ?? offline;
  };

  return { upload, download, keep };
};
