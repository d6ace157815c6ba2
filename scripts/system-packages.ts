/**
 * The system packages that tests and the shell need beside npm's: installed where that is allowed (Debian, root), else
 * named in one sentence.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Debian's package → a file that is there once it is installed. */
const PACKAGES: Readonly<Record<string, string>> = {
  chromium: "/usr/bin/chromium",
  xvfb: "/usr/bin/Xvfb",
  xauth: "/usr/bin/xauth",
  "libgtk-3-0": "/usr/lib/x86_64-linux-gnu/libgtk-3.so.0",
  bubblewrap: "/usr/bin/bwrap",
  libfaketime: "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  ripgrep: "/usr/bin/rg",
  "nats-server": "/usr/sbin/nats-server",
  strace: "/usr/bin/strace",
  nginx: "/usr/sbin/nginx",
  caddy: "/usr/bin/caddy",
  xfsprogs: "/usr/sbin/mkfs.xfs",
  "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
};

export const missingPackages = (): readonly string[] =>
  Object.entries(PACKAGES)
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);

const apt = (...args: readonly string[]): boolean =>
  spawnSync("apt-get", ["-qq", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

/** @returns the sentence that names what is still missing, or undefined when all is there */
export const ensurePackages = (): string | undefined => {
  const missing = missingPackages();
  if (missing.length === 0) return undefined;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.error(`installing system packages: ${missing.join(" ")}`);
    if (apt("update") && apt("install", "-y", "--no-install-recommends", ...missing)) return undefined;
  }
  return `The tests need these system packages: ${missingPackages().join(" ")} (Debian and Ubuntu: apt-get install --no-install-recommends …).`;
};
