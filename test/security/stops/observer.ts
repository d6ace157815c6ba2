/**
 * What happens on this computer, seen from outside the executor: by the kernel's own times.
 * - Files: each entry's change time (ctime), which no program can set; one that goes away changes its folder's.
 * - Programs: all that descend from the executor's process.
 * - Connections: what the server that stands for the web sees.
 */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";

/** The newest change below `root`, in milliseconds since 1970, and where it is. */
export const newestChange = (root: string): { readonly at: number; readonly place: string } => {
  let newest = { at: 0, place: root };
  const look = (place: string): void => {
    const at = unlessGone(() => lstatSync(place).ctimeMs) ?? Date.now(); // it went away just now
    if (at > newest.at) newest = { at, place };
  };
  look(root);
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true }))
    look(path.join(entry.parentPath, entry.name));
  return newest;
};

/** Command lines of everything that descends from a process, itself left out. */
export const descendantsOf = (pid: number): readonly string[] => {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all: number[] = [];
  const walk = (from: number): void => {
    for (const child of children.get(from) ?? []) {
      all.push(child);
      walk(child);
    }
  };
  walk(pid);
  return all.flatMap((child) => {
    const line = unlessGone(() => readFileSync(`/proc/${child}/cmdline`, "utf8"));
    return line === undefined || line === "" ? [] : [line.replaceAll("\0", " ").slice(0, 120)];
  });
};

/** The fourth field of stat, after the name, which may hold anything. Zombies have done with everything. */
const parentOf = (pid: string): number | undefined => {
  const [, state, parent] =
    unlessGone(() => /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))) ?? [];
  return state === undefined || state === "Z" ? undefined : Number(parent);
};

const unlessGone = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined; // processes end while they are being looked at
  }
};

export interface Web {
  readonly port: number;
  /** When the last connection came; milliseconds since 1970. */
  readonly lastConnection: () => number;
  readonly open: () => number;
  readonly close: () => void;
}

const DRIP_MS = 50;

/** Pages that take half a second and more: a stop meets them in the middle. */
export const startWeb = (): Promise<Web> =>
  new Promise((resolve) => {
    let last = 0;
    let open = 0;
    const server = http.createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      let drips = 0;
      const timer = setInterval(() => {
        response.write("drip ");
        if (++drips > 12) response.end();
      }, DRIP_MS);
      response.on("close", () => clearInterval(timer));
    });
    server.on("connection", (socket) => {
      last = Date.now();
      open++;
      socket.on("close", () => open--);
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: address !== null && typeof address === "object" ? address.port : 0,
        lastConnection: () => last,
        open: () => open,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
