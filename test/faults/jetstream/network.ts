/** Three network namespaces on a bridge of this machine, between which the line can be cut. Needs root. */
import { spawnSync } from "node:child_process";
import type { Place } from "./cluster.ts";

export interface Network {
  readonly places: readonly Place[];
  /** Packets between this place and the others are dropped; this machine itself reaches all of them. */
  isolate(index: number): void;
  heal(index: number): void;
  remove(): void;
}

const NET = "10.203.77";
const BRIDGE = "dhbr0";

const run = (...args: readonly string[]): boolean => spawnSync("ip", args, { stdio: "ignore" }).status === 0;

/** Undefined when this user may not make namespaces. */
export const createNetwork = (count: number): Network | undefined => {
  const names = Array.from({ length: count }, (_, at) => `dh${at}`);
  const addressOf = (at: number): string => `${NET}.${at + 2}`;
  const remove = (): void => {
    for (const name of names) run("netns", "del", name);
    run("link", "del", BRIDGE);
  };
  remove();
  const isMade =
    run("link", "add", BRIDGE, "type", "bridge") &&
    run("addr", "add", `${NET}.1/24`, "dev", BRIDGE) &&
    run("link", "set", BRIDGE, "up") &&
    names.every(
      (name, at) =>
        run("netns", "add", name) &&
        run("link", "add", `${name}v`, "type", "veth", "peer", "name", "eth0", "netns", name) &&
        run("link", "set", `${name}v`, "master", BRIDGE, "up") &&
        run("-n", name, "addr", "add", `${addressOf(at)}/24`, "dev", "eth0") &&
        run("-n", name, "link", "set", "eth0", "up") &&
        run("-n", name, "link", "set", "lo", "up"),
    );
  if (!isMade) {
    remove();
    return undefined;
  }
  const others = (index: number): readonly number[] => names.map((_, at) => at).filter((at) => at !== index);
  const route = (how: "add" | "del", index: number): void => {
    for (const at of others(index)) {
      run("-n", names[index] ?? "", "route", how, "blackhole", `${addressOf(at)}/32`);
    }
  };
  return {
    places: names.map((name, at) => ({ host: addressOf(at), under: ["ip", "netns", "exec", name] })),
    isolate: (index) => route("add", index),
    heal: (index) => route("del", index),
    remove,
  };
};
