/**
 * Timers, clock and chance of this thread, taken over for a simulated world. Libraries (y-websocket, y-protocols,
 * lib0, the relay's session) reach for the globals, and some keep what they find when they are loaded: so this is
 * installed before any of them.
 */
import { webcrypto } from "node:crypto";
import { createRandom } from "./random.ts";
import { createWorld, type World } from "./world.ts";

export interface VirtualGlobals {
  /** The globals serve this world from now on. */
  readonly serve: (world: World) => void;
}

/** What Node's timers return, as far as it is used. */
interface TimerHandle {
  readonly stop: () => void;
  readonly ref: () => TimerHandle;
  readonly unref: () => TimerHandle;
}

export const installVirtualGlobals = (): VirtualGlobals => {
  // Libraries look at the clock while they are loaded.
  let world = createWorld(createRandom(0), false);
  const here = (): World => world;
  const handle = (stop: () => void): TimerHandle => {
    const self: TimerHandle = { stop, ref: () => self, unref: () => self };
    return self;
  };
  const setTimer = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): TimerHandle =>
    handle(here().after(ms, "", () => run(...args), here().running()));
  const setRepeating = (run: () => void, ms = 0): TimerHandle => {
    const machine = here().running();
    let isStopped = false;
    const plan = (): void => {
      here().after(
        Math.max(1, ms),
        "",
        () => {
          if (isStopped) return;
          run();
          plan();
        },
        machine,
      );
    };
    plan();
    return handle(() => {
      isStopped = true;
    });
  };
  const clear = (timer: TimerHandle | undefined): void => timer?.stop();
  const now = (): number => Math.floor(here().now() + (here().running()?.skew ?? 0));
  const fill = <View extends ArrayBufferView>(view: View): View => {
    const random = here().running()?.random ?? here().random;
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(random.bytes(view.byteLength));
    return view;
  };

  Object.assign(globalThis, {
    setTimeout: setTimer,
    clearTimeout: clear,
    setInterval: setRepeating,
    clearInterval: clear,
    setImmediate: (run: () => void) => setTimer(run, 0),
    clearImmediate: clear,
  });
  Date.now = now;
  Math.random = () => (here().running()?.random ?? here().random).next();
  Object.defineProperty(webcrypto, "getRandomValues", { value: fill, configurable: true });
  // Each provider asks to be told of this process's end; in ten thousand worlds nobody takes that back.
  const plainOn = process.on.bind(process);
  Object.assign(process, {
    on: (event: string, listener: () => void) => (event === "exit" ? process : plainOn(event, listener)),
  });
  return {
    serve: (next) => {
      world = next;
    },
  };
};
