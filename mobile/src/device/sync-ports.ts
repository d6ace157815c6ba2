/** The browser's clock, randomness, timers and sockets, as sync takes them. */
import type { SyncPorts } from "@deskhand/doc-schema/sync";

export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export const browserPorts: SyncPorts = {
  now: () => Date.now(),
  randomBytes,
  timers: {
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  WebSocket,
};
