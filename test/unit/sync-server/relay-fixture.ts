/** A real relay on a real disk for each test, put away after it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { startRelay, type RelayOptions, type RunningRelay } from "@deskhand/sync-server";

export const useRelays = () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), "deskhand-relay-"));
    cleanups.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const start = async (options: Partial<RelayOptions> = {}): Promise<RunningRelay> => {
    const relay = await startRelay({ dataDir: options.dataDir ?? folder(), ...options });
    cleanups.push(() => relay.close());
    return relay;
  };
  return { folder, start, onCleanup: (cleanup: () => unknown) => cleanups.push(cleanup) };
};
