/** What a transfer reads from: bytes in memory, or an open file. */
import type { FileHandle } from "node:fs/promises";
import type { BlobSource } from "@deskhand/doc-schema/sync";

export const bytesSource = (bytes: Uint8Array): BlobSource => ({
  byteLength: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** A file that became shorter gives fewer bytes than asked; the transfer ends then. */
export const fileSource = (handle: FileHandle, byteLength: number): BlobSource => ({
  byteLength,
  read: async (offset, length) => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  },
});
