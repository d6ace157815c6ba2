/**
 * An fsync that others do not wait for. What was written through the descriptor, or which names its folder holds,
 * survives a power cut once it resolves.
 */
import { closeSync, constants, fsync, openSync } from "node:fs";

/** Rejects with the system's error. */
export const syncDescriptor = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) =>
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error))),
  );

/** Makes new, renamed and removed entries of `folder` survive a power cut. Rejects with the system's error. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return; // Windows cannot open a folder, and NTFS journals its entries
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
