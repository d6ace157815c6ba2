/**
 * A disk whose power can be cut: ext4 on a loop device whose image lies on XFS. A reflink copy of the image, taken in
 * a few milliseconds while everything goes on, is exactly what had reached the device at one moment: what is still in
 * the page cache is not in it. (What a real device holds in its own volatile cache counts as written.)
 * Needs root, loop devices and xfsprogs.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface CuttableDisk {
  /** Where the living disk is mounted. */
  readonly folder: string;
  /** Cuts the power: afterwards `look` sees the disk as it was at this moment, mounted at `folder`. */
  cut(): { readonly folder: string; mount(): void; unmount(): void };
  /** From now on writes fail where the disk has not written before. @returns what ends that */
  fillBelow(): () => void;
  close(): void;
}

const HOST_BYTES = 2 ** 31;
const DISK_BYTES = 256 * 2 ** 20;
/** Seconds between commits that ext4 makes by itself: so long that nothing is saved by chance. */
const COMMIT_S = 300;

/** Its own tables and its journal: then only contents ask for more room below. */
const WRITTEN_AT_ONCE = "nodiscard,lazy_itable_init=0,lazy_journal_init=0";
const BLOCK_BYTES = 4096;

const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
};

const sparseFile = (path: string, bytes: number): void => {
  writeFileSync(path, "");
  truncateSync(path, bytes);
};

export const createCuttableDisk = (scratch: string): CuttableDisk => {
  const [hostImage, host] = [join(scratch, "host.img"), join(scratch, "host")];
  const [image, folder] = [join(host, "disk.img"), join(scratch, "disk")];
  const [copy, afterwards] = [join(host, "cut.img"), join(scratch, "cut")];
  for (const mountPoint of [host, folder, afterwards]) mkdirSync(mountPoint);
  sparseFile(hostImage, HOST_BYTES);
  run("mkfs.xfs", "-q", "-m", "reflink=1", hostImage);
  run("mount", "-o", "loop", hostImage, host);
  sparseFile(image, DISK_BYTES);
  run("mkfs.ext4", "-q", "-F", "-E", WRITTEN_AT_ONCE, image);
  run("mount", "-o", `loop,commit=${COMMIT_S}`, image, folder);
  return {
    folder,
    cut: () => {
      run("cp", "--reflink=always", image, copy);
      return {
        folder: afterwards,
        mount: () => run("mount", "-o", "loop", copy, afterwards),
        unmount: () => run("umount", afterwards),
      };
    },
    fillBelow: () => {
      const fillers: string[] = [];
      run("sync", "-f", host); // what was written before is there, and what was freed is free
      for (let bytes = HOST_BYTES; bytes >= BLOCK_BYTES;) {
        const filler = join(host, `filler-${fillers.length}`);
        try {
          run("fallocate", "-l", String(bytes), filler);
          fillers.push(filler);
        } catch {
          rmSync(filler, { force: true });
          bytes /= 2;
        }
      }
      return () => {
        for (const filler of fillers) rmSync(filler);
      };
    },
    close: () => {
      // Another program's mount namespace may hold a copy of these: they go when it ends.
      for (const mounted of [folder, host]) run("umount", "--lazy", mounted);
      rmSync(hostImage);
    },
  };
};
