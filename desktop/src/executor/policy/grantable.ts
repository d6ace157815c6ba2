/**
 * Which folders may be granted at all.
 * 1. Never: home itself or what holds it, roots, the system's folders, anything that holds or lies in Deskhand's
 *    own data, in key stores or in browser profiles, and folders with a protected name.
 * 2. The answer is about the real path (links resolved), and that is the path to store.
 * 3. Paths are compared by components, never by prefix, and without case where the system has none.
 */
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { errnoOf } from "../tools/fault.ts";
import { protectedPart } from "./protected-names.ts";

export interface GrantRefusal {
  readonly type:
    | "not-absolute"
    | "missing"
    | "not-a-folder"
    | "root"
    | "home"
    | "own-data"
    | "secrets"
    | "browser-profile"
    | "system"
    | "protected";
  readonly text: string;
}

export interface GrantableFacts {
  readonly home: string;
  /** Where Deskhand keeps keys, ledger and undo store. */
  readonly dataDir: string;
}

/** ok: the real path to grant. */
export const checkGrantable = async (
  folder: string,
  { home, dataDir }: GrantableFacts,
): Promise<Result<string, GrantRefusal>> => {
  const refuse = (type: GrantRefusal["type"], text: string): Result<never, GrantRefusal> =>
    err({ type, text });
  if (!path.isAbsolute(folder)) return refuse("not-absolute", "Choose a folder by its full path.");
  const real = await realFolder(folder);
  if (real === undefined) return refuse("missing", `${folder} is not there.`);
  if (!(await stat(real)).isDirectory()) return refuse("not-a-folder", `${folder} is not a folder.`);
  const realHome = (await realFolder(home)) ?? home;
  const realData = (await realFolder(dataDir)) ?? dataDir;

  if (real === path.parse(real).root)
    return refuse("root", "A whole disk cannot be granted; choose a folder on it.");
  if (holds(real, realHome))
    return refuse(
      "home",
      "Your home folder holds keys and settings; choose a folder inside it, such as Documents.",
    );
  if (holds(real, realData) || holds(realData, real))
    return refuse("own-data", "Deskhand keeps its own keys and records there; choose another folder.");
  const touches = (name: string): boolean => {
    const place = path.join(realHome, name);
    return holds(real, place) || holds(place, real);
  };
  if (SECRETS.some(touches))
    return refuse("secrets", "Keys and passwords are kept there; choose another folder.");
  if (BROWSERS.some(touches))
    return refuse("browser-profile", "A browser keeps passwords and sessions there; choose another folder.");
  if (isSystem(real) && !holds(realHome, real))
    return refuse("system", "That folder belongs to the system; choose one of your own.");
  const part = protectedPart(real.split(path.sep));
  if (part !== undefined)
    return refuse("protected", `“${part}” is protected and cannot be granted; choose another folder.`);
  return ok(real);
};

const realFolder = async (folder: string): Promise<string | undefined> => {
  try {
    return await realpath(folder);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
};

/** Whether `inner` is `outer` or lies in it. */
const holds = (outer: string, inner: string): boolean => {
  const way = path.relative(foldCase(outer), foldCase(inner));
  return way === "" || (!path.isAbsolute(way) && way.split(path.sep)[0] !== "..");
};
const foldCase = (text: string): string => (process.platform === "linux" ? text : text.toLowerCase());

/** Relative to home, for all systems. */
const SECRETS: readonly string[] = [
  ".ssh, .gnupg, .aws, .azure, .kube, .docker, .password-store, .config/gcloud",
  ".config/op, .local/share/keyrings, .local/share/kwalletd, Library/Keychains",
  "AppData/Roaming/Microsoft/Credentials, AppData/Roaming/Microsoft/Protect",
].flatMap((line) => line.split(", "));
const BROWSERS: readonly string[] = [
  ".mozilla, .thunderbird, .config/google-chrome, .config/chromium, .config/microsoft-edge",
  ".config/BraveSoftware, .config/vivaldi, .config/opera, .var/app, snap",
  "Library/Application Support, Library/Safari, Library/Cookies, Library/Mail",
  "AppData/Local/Google/Chrome, AppData/Local/Microsoft/Edge, AppData/Local/BraveSoftware",
  "AppData/Roaming/Mozilla, AppData/Roaming/Opera Software",
].flatMap((line) => line.split(", "));
const SYSTEM: readonly string[] = [
  "/bin, /boot, /dev, /etc, /lib, /lib32, /lib64, /opt, /proc, /root, /run, /sbin",
  "/snap, /sys, /usr, /var, /nix, /System, /Library, /Applications, /private, /cores",
  "C:\\Windows, C:\\Program Files, C:\\Program Files (x86), C:\\ProgramData",
].flatMap((line) => line.split(", "));
/** Inside the above, and a person's all the same: removable disks, temporary folders. */
const NOT_SYSTEM: readonly string[] = [
  "/run/media",
  "/var/folders",
  "/private/var/folders",
  "/private/tmp",
  "/var/tmp",
];

const isSystem = (folder: string): boolean =>
  SYSTEM.some((place) => holds(place, folder)) &&
  !NOT_SYSTEM.some((place) => folder !== place && holds(place, folder));
