/**
 * What a command sees on Linux, as arguments of bubblewrap.
 * 1. The root is empty; only what is listed here is put into it, read-only. So what is not thought of is not there.
 * 2. Namespaces of its own for users, processes, network, IPC, host name and cgroups, without the right to make more;
 *    no capabilities, no new privileges.
 * 3. The kernel's settings under /proc are read-only: bubblewrap leaves those writable that belong to root, and as
 *    root (in a container) a command could set core_pattern for the whole computer.
 */
import { accessSync, constants, existsSync, lstatSync, readlinkSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Hidden } from "./hidden.ts";
import type { CommandLimits } from "./limits.ts";
import type { SandboxOff } from "./sandbox.ts";

export interface Programs {
  readonly bwrap: string;
  readonly prlimit: string;
  readonly shell: string;
}

export const findPrograms = (platform: NodeJS.Platform, searchPath: string): Result<Programs, SandboxOff> => {
  if (platform !== "linux")
    return err({
      type: "unsupported",
      text: "Commands are off: on this system Deskhand has no sandbox for them yet.",
    });
  const bwrap = searchPath
    .split(path.delimiter)
    .map((folder) => path.join(folder, "bwrap"))
    .find(isProgram);
  if (bwrap === undefined)
    return err({
      type: "missing",
      text: "Commands are off: the program bubblewrap, which confines them, is not installed.",
    });
  const prlimit = "/usr/bin/prlimit";
  const shell = ["/usr/bin/bash", "/bin/bash", "/bin/sh"].find(isProgram);
  return shell === undefined || !isProgram(prlimit)
    ? err({ type: "missing", text: "Commands are off: this system lacks a shell or the program prlimit." })
    : ok({ bwrap, prlimit, shell });
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return path.isAbsolute(file);
  } catch {
    return false; // not there, or not to be run
  }
};

/** All that a command finds in its environment; nothing of ours is handed on. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: "/tmp",
  TMPDIR: "/tmp",
  LANG: "C.UTF-8",
  TERM: "dumb",
  USER: "user",
};

/** What programs need of /etc: none of it is secret. */
const SETTINGS = [
  "alternatives, ld.so.cache, ld.so.conf, ld.so.conf.d, localtime, timezone, fonts, mime.types, magic",
  "java-17-openjdk, java-21-openjdk, python3, perl, ImageMagick-6, ImageMagick-7, ssl/certs, ssl/openssl.cnf",
].flatMap((line) => line.split(", "));

/** Parts of /proc that some kernels let root write. */
const KERNEL_SETTINGS = ["sys", "sysrq-trigger", "irq", "bus", "mtrr", "acpi", "scsi", "fs"].map(
  (name) => `/proc/${name}`,
);

/** A user of its own, so that neither the name nor the number of the person's account is told. */
const USER_ID = "1000";
export const PASSWD = `user:x:${USER_ID}:${USER_ID}::/tmp:/bin/sh\n`;

export interface ProfileFacts {
  readonly programs: Programs;
  readonly limits: CommandLimits;
  readonly command: string;
  readonly access: "read" | "write";
  readonly hidden: readonly Hidden[];
  /** Descriptors that bubblewrap inherits: the folder, the text of /etc/passwd. */
  readonly folderFd: number;
  readonly passwdFd: number;
}

export const profileOf = (facts: ProfileFacts): readonly string[] => {
  const { programs, limits, command, access, hidden, folderFd, passwdFd } = facts;
  const size = `${limits.temporaryBytes}`;
  return [
    ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"],
    ["--unshare-cgroup-try", "--disable-userns", "--uid", USER_ID, "--gid", USER_ID],
    ["--hostname", "deskhand", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"],
    Object.entries(ENVIRONMENT).flatMap(([name, value]) => ["--setenv", name, value]),
    ["--ro-bind", "/usr", "/usr"],
    ["/bin", "/sbin", "/lib", "/lib32", "/lib64"].flatMap(systemFolder),
    SETTINGS.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
    ["--ro-bind-data", `${passwdFd}`, "/etc/passwd", "--proc", "/proc"],
    KERNEL_SETTINGS.filter((place) => existsSync(place)).flatMap((place) => ["--ro-bind", place, place]),
    ["--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm"],
    ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"],
    [access === "read" ? "--ro-bind-fd" : "--bind-fd", `${folderFd}`, "/work"],
    hidden.flatMap(cover),
    ["--chdir", "/work", "--remount-ro", "/", "--"],
    [programs.prlimit, "--core=0", `--nproc=${limits.processes * 2}`, "--nofile=1024"],
    [`--data=${limits.memoryBytes}`, `--fsize=${limits.fileBytes}`, "--"],
    [programs.shell, "-c", command],
  ].flat();
};

/** /bin is a link to usr/bin on most systems, a folder on some, and missing on others. */
const systemFolder = (place: string): readonly string[] => {
  if (!existsSync(place)) return [];
  return lstatSync(place).isSymbolicLink()
    ? ["--symlink", readlinkSync(place), place]
    : ["--ro-bind", place, place];
};

/** A device where devices are off: neither read nor written. */
const cover = ({ path: hidden, isFolder }: Hidden): readonly string[] =>
  isFolder
    ? ["--perms", "0500", "--size", "4096", "--tmpfs", `/work/${hidden}`, "--remount-ro", `/work/${hidden}`]
    : ["--ro-bind", "/dev/null", `/work/${hidden}`];
