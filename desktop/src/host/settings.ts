/**
 * What a person may set for this computer, in the environment or by flags; flags win. Every bad value is one sentence,
 * and all of them are told at once.
 */
import os from "node:os";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { parseModelSettings, type GivenModelSettings, type ModelSettings } from "./model-settings.ts";

export interface HostSettings extends ModelSettings {
  /** Where keys, ledger and undo store are. Absolute. */
  readonly dataFolder: string;
  /** What this computer dials, such as "ws://127.0.0.1:8787". Without a path. */
  readonly relayUrl: string;
  /** What a phone dials, as it stands in the pairing code. */
  readonly phoneRelayUrl: string;
  /** Where a phone opens the app; ends in "/". */
  readonly phoneUrl: string;
  /** To be granted for reading and writing, if they are not yet. Absolute. */
  readonly folders: readonly string[];
  /** Where the demo folder goes when nothing is granted; undefined = no demo folder. */
  readonly demoParent: string | undefined;
  readonly desktopName: string;
  /** A window shows the first phone's code in the terminal it was started from, too. */
  readonly printsCode: boolean;
  /** A first start asks nothing: without it the window offers to restore, too. */
  readonly startsNew: boolean;
  /** Seals the keys at rest. */
  readonly passphrase: string | undefined;
  readonly modelKey: string | undefined;
}

/** As flags give them; undefined = look into the environment. */
export interface GivenSettings extends GivenModelSettings {
  readonly data?: string | undefined;
  readonly relay?: string | undefined;
  readonly "public-url"?: string | undefined;
  readonly folder?: readonly string[] | undefined;
  readonly name?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_RELAY = "http://127.0.0.1:8787";
/** The document's limit for a name. */
const MAX_NAME_LENGTH = 64;

export const parseSettings = (
  given: GivenSettings,
  env: Environment,
): Result<HostSettings, readonly string[]> => {
  const problems: string[] = [];
  const set = (name: string): string | undefined => env[name] || undefined;

  const relayText = given.relay ?? set("DESKHAND_RELAY_URL") ?? DEFAULT_RELAY;
  const relay = originOf(relayText);
  if (relay === undefined)
    problems.push(
      `The relay's address must look like https://relay.example or ws://127.0.0.1:8787, not "${relayText}".`,
    );

  const publicText = given["public-url"] ?? set("DESKHAND_PUBLIC_URL") ?? relayText;
  const phone = pageOf(publicText);
  if (phone === undefined && relay !== undefined)
    problems.push(`The address for phones must look like https://relay.example, not "${publicText}".`);

  const folders = given.folder?.length ? given.folder : (set("DESKHAND_FOLDERS") ?? "").split(path.delimiter);
  const name = given.name ?? set("DESKHAND_NAME") ?? os.hostname();

  const model = parseModelSettings(given, env, (sentence) => problems.push(sentence));

  if (relay === undefined || phone === undefined || problems.length > 0) return err(problems);
  return ok({
    dataFolder: path.resolve(given.data ?? set("DESKHAND_HOME") ?? path.join(os.homedir(), ".deskhand")),
    relayUrl: toSocket(relay),
    // A phone on this very computer dials what we dial; another one can only dial the public address.
    phoneRelayUrl: toSocket(isLoopback(phone) ? relay : phone),
    phoneUrl: phone.href,
    folders: folders.filter(Boolean).map((folder) => path.resolve(folder)),
    demoParent: set("DESKHAND_DEMO_PARENT"),
    desktopName: name.trim().slice(0, MAX_NAME_LENGTH) || "Deskhand",
    printsCode: set("DESKHAND_PRINT_CODE") !== undefined,
    startsNew: set("DESKHAND_START_NEW") !== undefined,
    passphrase: set("DESKHAND_PASSPHRASE"),
    modelKey: set("ANTHROPIC_API_KEY"),
    ...model,
  });
};

/** What this computer dials for a relay that a person names; undefined when that is no relay's address. */
export const relayAddress = (text: string): string | undefined => {
  const url = originOf(text.trim());
  return url === undefined ? undefined : toSocket(url);
};

/** Scheme and host only; what else stands in it would be dropped silently, so it is refused. */
const originOf = (text: string): URL | undefined => {
  const url = parseUrl(text, /^(https?|wss?):$/);
  return url !== undefined && url.pathname === "/" && url.search === "" && url.hash === "" ? url : undefined;
};

/** An address to open, whose path may say where the app is. */
const pageOf = (text: string): URL | undefined => {
  const url = parseUrl(text.replace(/^ws/, "http"), /^https?:$/);
  if (url === undefined || url.search !== "" || url.hash !== "") return undefined;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
};

const parseUrl = (text: string, protocol: RegExp): URL | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = protocol.test(url.protocol) && url.username === "" && url.password === "";
  return isPlain && url.hostname !== "" ? url : undefined;
};

const toSocket = ({ protocol, host }: URL): string =>
  `${protocol === "https:" || protocol === "wss:" ? "wss" : "ws"}://${host}`;

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
