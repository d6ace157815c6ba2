/**
 * An fsync that others do not wait for. What was written through the descriptor, or which names its folder holds,
 * survives a power cut once it resolves.
 */
import { fsync } from "node:fs";

/** Rejects with the system's error. */
export const syncDescriptor = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) =>
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error))),
  );
