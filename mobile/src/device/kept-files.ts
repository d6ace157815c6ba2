/**
 * Result files on this phone, in the browser's own file system: as large as the disk, never in memory.
 * 1. A file is there under its hash only when it arrived whole; what came before a cut is taken up again.
 * 2. Without a secure context there is no such file system: then a file is held for this visit only.
 */
import type { BlobSink, BlobSource } from "@deskhand/doc-schema/sync";

export interface KeptFile {
  /** Of the whole, hexadecimal. */
  readonly sha256: string;
  readonly byteLength: number;
}

export interface Arriving extends BlobSink {
  /** What an earlier attempt has left. */
  readonly have: BlobSource | undefined;
  /** Whole and checked: it stays. */
  readonly finish: () => Promise<Blob>;
  /** Cut short: what is there waits for the next attempt. */
  readonly pause: () => Promise<void>;
}

export interface KeptFiles {
  readonly find: (file: KeptFile) => Promise<Blob | undefined>;
  readonly arrive: (file: KeptFile) => Promise<Arriving>;
  readonly remove: (file: KeptFile) => Promise<void>;
  readonly removeAll: () => Promise<void>;
}

const FOLDER = "deskhand-files";

export const openKeptFiles = (): KeptFiles =>
  isSecureContext && "storage" in navigator && "createWritable" in FileSystemFileHandle.prototype
    ? onDisk()
    : inMemory();

const folder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

const partOf = async ({ sha256 }: KeptFile): Promise<File | undefined> => {
  try {
    return await (await (await folder()).getFileHandle(sha256)).getFile();
  } catch {
    return undefined; // not there
  }
};

const onDisk = (): KeptFiles => ({
  // Shorter is a part of it; a whole one that turned out wrong was removed.
  find: async (file) => {
    const found = await partOf(file);
    return found?.size === file.byteLength ? found : undefined;
  },
  arrive: async (file) => {
    const part = await partOf(file);
    const handle = await (await folder()).getFileHandle(file.sha256, { create: true });
    const writable = await handle.createWritable({ keepExistingData: true });
    return {
      have: part === undefined ? undefined : sourceOf(part),
      // A chunk is a view of its own bytes, never of shared memory.
      write: (position, bytes) =>
        writable.write({ type: "write", position, data: bytes as Uint8Array<ArrayBuffer> }),
      finish: async () => {
        await writable.close();
        return handle.getFile();
      },
      pause: () => writable.close(),
    };
  },
  remove: async (file) => {
    if ((await partOf(file)) !== undefined) await (await folder()).removeEntry(file.sha256);
  },
  removeAll: async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined); // there was none
  },
});

const inMemory = (): KeptFiles => {
  const files = new Map<string, Blob>();
  return {
    find: async ({ sha256 }) => files.get(sha256),
    arrive: async ({ sha256 }) => {
      const parts: Blob[] = [];
      return {
        have: undefined,
        // Each piece is the browser's at once, which may put it on disk.
        write: async (_offset, bytes) => void parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>])), // as above
        finish: async () => {
          const file = new Blob(parts);
          files.set(sha256, file);
          return file;
        },
        pause: async () => undefined,
      };
    },
    remove: async ({ sha256 }) => void files.delete(sha256),
    removeAll: async () => files.clear(),
  };
};

/** Read in slices: a file of 2 GB takes no more memory than one of 2 MB. */
export const sourceOf = (file: Blob): BlobSource => ({
  byteLength: file.size,
  read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
});
