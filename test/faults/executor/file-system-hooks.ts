/**
 * Node's own file calls, seen one by one: each call of this process that changes a file or folder below the watched
 * places is told before it happens, whoever makes it. So no journal write and no effect can be forgotten, and the
 * product needs no hook for it.
 * 1. Calls that return promises or call back are done at once, as their twins that do not: nothing else happens between what is
 *    told and what is done.
 * 2. To be installed before the code under test is imported: some modules keep the functions they were given.
 */
import fs from "node:fs";
import fsPromises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";

export interface FileCall {
  readonly kind: "create" | "write" | "sync" | "rename" | "link" | "unlink" | "mkdir" | "rmdir" | "cut";
  /** As it is named on disk, without links. */
  readonly path: string;
  /** Of a rename: the old name. */
  readonly from?: string;
  /** Of a write or sync. */
  readonly descriptor?: number;
  /** What is at the target of a rename, or is removed, is lost by this call. */
  readonly loses?: string;
  /** Of a write. */
  readonly bytes?: Uint8Array;
}

export interface Hooks {
  /** Before a call. */
  readonly before: (call: FileCall) => void;
  /** Instead of a call that would lose something; true when it was done here. */
  readonly lose: (call: FileCall) => boolean;
}

/** The calls as they were before anything was hooked. */
export const real = { ...fs };

/** @param isWatched whether a path counts */
export const installHooks = async (isWatched: (path: string) => boolean, hooks: Hooks): Promise<void> => {
  const tell = (call: FileCall): boolean => {
    if (!isWatched(call.path) && !isWatched(call.from ?? "")) return false;
    hooks.before(call);
    return call.loses !== undefined && hooks.lose(call);
  };
  const patched = {
    openSync: (file: fs.PathLike, flags: fs.OpenMode = "r", mode?: fs.Mode): number => {
      tellOpen(String(file), flags, tell);
      return real.openSync(file, flags, mode);
    },
    writeSync: (file: number, data: Uint8Array | string, offset?: number, length?: number, at?: number) => {
      const bytes =
        typeof data === "string" ? Buffer.from(data) : data.subarray(offset, endOf(offset, length));
      tell({ kind: "write", path: pathOfDescriptor(file), descriptor: file, bytes });
      return real.writeSync(file, bytes, 0, bytes.length, at);
    },
    ftruncateSync: (file: number, length?: number): void => {
      tell({ kind: "cut", path: pathOfDescriptor(file), descriptor: file });
      real.ftruncateSync(file, length);
    },
    fsyncSync: (file: number): void => {
      tell({ kind: "sync", path: pathOfDescriptor(file), descriptor: file });
      real.fsyncSync(file);
    },
    fsync: (file: number, done: fs.NoParamCallback): void => {
      try {
        patched.fsyncSync(file);
        setImmediate(done, null);
      } catch (error) {
        setImmediate(done, error as NodeJS.ErrnoException); // `as`: fsync throws nothing else
      }
    },
    renameSync: (from: fs.PathLike, to: fs.PathLike): void => {
      const target = placeOf(to);
      const loses = isThere(target) ? { loses: target } : {};
      tell({ kind: "rename", path: target, from: placeOf(from), ...loses });
      real.renameSync(from, to);
    },
    linkSync: (from: fs.PathLike, to: fs.PathLike): void => {
      tell({ kind: "link", path: placeOf(to) });
      real.linkSync(from, to);
    },
    symlinkSync: (target: fs.PathLike, to: fs.PathLike): void => {
      tell({ kind: "link", path: placeOf(to) });
      real.symlinkSync(target, to);
    },
    unlinkSync: (file: fs.PathLike): void => {
      const gone = placeOf(file);
      if (!tell({ kind: "unlink", path: gone, ...(isThere(gone) ? { loses: gone } : {}) }))
        real.unlinkSync(file);
    },
    mkdirSync: (folder: fs.PathLike, options?: fs.MakeDirectoryOptions): string | undefined => {
      if (!isThere(String(folder))) tell({ kind: "mkdir", path: placeOf(folder) });
      return real.mkdirSync(folder, options);
    },
    rmdirSync: (folder: fs.PathLike): void => {
      const gone = placeOf(folder);
      const isEmpty = isThere(gone) && real.readdirSync(gone).length === 0;
      if (!tell({ kind: "rmdir", path: gone, ...(isEmpty ? { loses: gone } : {}) })) real.rmdirSync(folder);
    },
    rmSync: (file: fs.PathLike, options?: fs.RmOptions): void => {
      const gone = placeOf(file);
      if (!isThere(gone)) return real.rmSync(file, options);
      if (!tell({ kind: "unlink", path: gone, loses: gone })) real.rmSync(file, options);
    },
  };
  Object.assign(fs, patched);

  const realOpen = fsPromises.open;
  Object.assign(fsPromises, {
    open: async (file: fs.PathLike, flags: fs.OpenMode = "r", mode?: fs.Mode): Promise<FileHandle> => {
      tellOpen(String(file), flags, tell);
      return realOpen(file, flags, mode);
    },
    rename: async (from: fs.PathLike, to: fs.PathLike) => patched.renameSync(from, to),
    link: async (from: fs.PathLike, to: fs.PathLike) => patched.linkSync(from, to),
    symlink: async (target: fs.PathLike, to: fs.PathLike) => patched.symlinkSync(target, to),
    unlink: async (file: fs.PathLike) => patched.unlinkSync(file),
    mkdir: async (folder: fs.PathLike, options?: fs.MakeDirectoryOptions) =>
      patched.mkdirSync(folder, options),
    rmdir: async (folder: fs.PathLike) => patched.rmdirSync(folder),
  });

  const handle = await realOpen("/dev/null");
  Object.assign(Object.getPrototypeOf(handle), {
    async writeFile(this: FileHandle, data: Uint8Array | string): Promise<void> {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length;) at += patched.writeSync(this.fd, bytes.subarray(at));
    },
    async write(this: FileHandle, data: Uint8Array, offset?: number, length?: number, at?: number) {
      return { bytesWritten: patched.writeSync(this.fd, data, offset, length, at), buffer: data };
    },
    async truncate(this: FileHandle, length?: number): Promise<void> {
      patched.ftruncateSync(this.fd, length);
    },
    async sync(this: FileHandle): Promise<void> {
      patched.fsyncSync(this.fd);
    },
    async datasync(this: FileHandle): Promise<void> {
      patched.fsyncSync(this.fd);
    },
  });
  await handle.close();
  syncBuiltinESMExports();
};

const endOf = (offset = 0, length?: number): number | undefined =>
  length === undefined ? undefined : offset + length;

const tellOpen = (file: string, flags: fs.OpenMode, tell: (call: FileCall) => boolean): void => {
  const { O_CREAT, O_TRUNC } = fs.constants;
  const mayCreate = typeof flags === "number" ? (flags & O_CREAT) !== 0 : /[wa]/.test(flags);
  const mayTruncate = typeof flags === "number" ? (flags & O_TRUNC) !== 0 : flags.startsWith("w");
  if (!mayCreate && !mayTruncate) return;
  const place = placeOf(file);
  if (!isThere(place)) tell({ kind: "create", path: place });
  else if (mayTruncate) tell({ kind: "cut", path: place });
};

const isThere = (file: string): boolean => real.lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/** The folder by its own name, for calls that come through a held descriptor; "" when it is gone. */
const placeOf = (file: fs.PathLike): string => {
  const folder = path.dirname(String(file));
  return isThere(folder) ? path.join(real.realpathSync(folder), path.basename(String(file))) : "";
};

const pathOfDescriptor = (file: number): string => real.readlinkSync(`/proc/self/fd/${file}`);
