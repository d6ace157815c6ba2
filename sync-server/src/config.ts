/**
 * What the operator may set: by flag, else by environment, else the default. One table says it all: the help and the
 * reference in docs/OPERATIONS.md are made from it. Every bad value is one clear sentence, and all of them are
 * reported at once.
 */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { S3Bucket } from "./s3-blob-store.ts";
import type { TlsFiles } from "./tls.ts";
import { DAY_MS, DEFAULT_LIMITS, MIB, type RelayLimits } from "./limits.ts";

export interface RelayConfig {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly webDir: string;
  readonly allowOrigins: readonly string[];
  readonly publicOrigins: readonly string[];
  /** Where several nodes keep their logs together; none: in the data folder. */
  readonly natsServers: readonly string[];
  /** So many last entries of X-Forwarded-For were written by proxies that the operator runs. */
  readonly trustedProxies: number;
  readonly tls?: TlsFiles;
  /** Where the chunks of files are kept instead of the data folder. */
  readonly s3?: S3Bucket;
  readonly limits: Pick<
    RelayLimits,
    | "roomBytes"
    | "roomFrames"
    | "databaseBytes"
    | "minFreeBytes"
    | "blobRoomBytes"
    | "blobExpiryMs"
    | "blobMinFreeBytes"
  >;
}

interface Setting<Value> {
  /** What stands for the value in the help. */
  readonly takes: string;
  readonly help: string;
  readonly fallback: string;
  readonly mustBe: string;
  /** The error is the part of the text that is wrong. */
  readonly read: (text: string) => Result<Value, string>;
}

const text = (
  pattern: RegExp,
  mustBe: string,
  fallback: string,
): Omit<Setting<string>, "takes" | "help"> => ({
  fallback,
  mustBe,
  read: (value) => (pattern.test(value) ? ok(value) : err(value)),
});

/** Whole numbers, of `unit` each. */
const whole = (from: number, fallback: number, unit = 1): Omit<Setting<number>, "takes" | "help"> => ({
  fallback: String(fallback / unit),
  mustBe: `a whole number from ${from} on`,
  read: (value) => (/^\d{1,9}$/.test(value) && Number(value) >= from ? ok(Number(value) * unit) : err(value)),
});

const origins = (schemes: RegExp, example: string): Omit<Setting<readonly string[]>, "takes" | "help"> => ({
  fallback: "",
  mustBe: `an origin such as ${example}`,
  read: (value) => {
    const list = value
      .split(",")
      .map((origin) => origin.trim().toLowerCase())
      .filter(Boolean);
    const bad = list.find((origin) => !schemes.test(origin) || originOf(origin) !== origin);
    return bad === undefined ? ok(list) : err(bad);
  },
});

/** Scheme and host only, also for schemes such as capacitor: whose `URL.origin` is "null". */
const originOf = (address: string): string | undefined => {
  const url = URL.parse(address);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
};

/** A password in it is not repeated. */
const readServers = (value: string): Result<readonly string[], string> => {
  const list = value
    .split(",")
    .map((server) => server.trim())
    .filter(Boolean);
  const bad = list.find((server) => !/^(nats|tls):$/.test(URL.parse(server)?.protocol ?? ""));
  return bad === undefined ? ok(list) : err(bad.replace(/\/\/.*@/, "//…@"));
};

const readPort = (value: string): Result<number, string> =>
  /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? ok(Number(value)) : err(value);

/** By the name of the flag. */
export const SETTINGS = {
  host: {
    takes: "address",
    help: "where to listen",
    ...text(/^[\w.:%-]+$/, "an address or a host name", "127.0.0.1"),
  },
  port: {
    takes: "number",
    help: "0 takes any free port",
    fallback: "8787",
    mustBe: "a number from 0 to 65535",
    read: readPort,
  },
  data: { takes: "folder", help: "what the relay keeps", ...text(/./, "a folder", ".deskhand/relay") },
  web: { takes: "folder", help: "the built phone app", ...text(/./, "a folder", "mobile/dist") },
  "allow-origin": {
    takes: "origins",
    help: "other web origins that may connect",
    ...origins(/^[a-z][a-z0-9+.-]*:/, "https://app.example"),
  },
  "public-origin": {
    takes: "origins",
    help: "what clients dial, behind a proxy",
    ...origins(/^(https?|wss?):/, "wss://relay.example"),
  },
  nats: {
    takes: "servers",
    help: "NATS servers that keep the logs instead",
    fallback: "",
    mustBe: "a list of addresses such as nats://a.example:4222",
    read: readServers,
  },
  "tls-cert": { takes: "file", help: "certificate chain, for https of its own", ...text(/^/, "a file", "") },
  "tls-key": { takes: "file", help: "its key; SIGHUP reads both again", ...text(/^/, "a file", "") },
  "trusted-proxies": {
    takes: "number",
    help: "proxies in front that add X-Forwarded-For",
    ...whole(0, 0),
  },
  "room-quota": {
    takes: "MiB",
    help: "the log of one room",
    ...whole(1, DEFAULT_LIMITS.roomBytes, MIB),
  },
  "room-frames": {
    takes: "number",
    help: "frames after a room's snapshot",
    ...whole(1, DEFAULT_LIMITS.roomFrames),
  },
  "database-limit": {
    takes: "MiB",
    help: "the logs of all rooms together",
    ...whole(1, DEFAULT_LIMITS.databaseBytes, MIB),
  },
  "min-free": {
    takes: "MiB",
    help: "free disk below which logs are read-only",
    ...whole(0, DEFAULT_LIMITS.minFreeBytes, MIB),
  },
  "s3-bucket": {
    takes: "url",
    help: "bucket that keeps files instead (keys: AWS_…)",
    ...text(/^(https?:\/\/[^/\s]+\/\S*[^/\s])?$/, "an address such as https://s3.example/bucket", ""),
  },
  "s3-region": {
    takes: "name",
    help: "what the bucket's signature names",
    ...text(/^\S+$/, "a name", "us-east-1"),
  },
  "blob-quota": {
    takes: "MiB",
    help: "files of one room together",
    ...whole(1, DEFAULT_LIMITS.blobRoomBytes, MIB),
  },
  "blob-days": {
    takes: "number",
    help: "until unused files are deleted",
    ...whole(1, DEFAULT_LIMITS.blobExpiryMs, DAY_MS),
  },
  "blob-min-free": {
    takes: "MiB",
    help: "free disk below which no files are taken",
    ...whole(0, DEFAULT_LIMITS.blobMinFreeBytes, MIB),
  },
} satisfies Readonly<Record<string, Setting<unknown>>>;
export type Flag = keyof typeof SETTINGS;

/** The flags whose values are of this type. */
type FlagOf<Value> = { [Name in Flag]: (typeof SETTINGS)[Name] extends Setting<Value> ? Name : never }[Flag];

/** `as`: the keys of SETTINGS are its type. */
const FLAGS = Object.keys(SETTINGS) as Flag[];

export const variableOf = (flag: Flag): string => `DESKHAND_RELAY_${flag.toUpperCase().replaceAll("-", "_")}`;

const helpLine = (flag: Flag): string => {
  const { takes, help, fallback } = SETTINGS[flag];
  const columns = [`--${flag} <${takes}>`.padEnd(27), help.padEnd(42), variableOf(flag).padEnd(30)];
  return `  ${columns.join(" ")} ${fallback || "none"}`;
};

export const HELP = `Usage: npm run relay -- [options]                     runs the relay
       npm run relay -- backup <new folder> [options]    copies all it keeps, also while it runs
       npm run relay -- restore <backup> [options]       brings a backup back to an empty data folder

${FLAGS.map(helpLine).join("\n")}
  --help                      this text

Lists are separated by commas. A flag goes before its environment variable.
`;

export type ConfigRequest =
  | { readonly type: "help" }
  | { readonly type: "run"; readonly config: RelayConfig }
  /** `folder` holds, or is to hold, the backup. */
  | { readonly type: "backup" | "restore"; readonly folder: string; readonly config: RelayConfig };

/** `args` without the program's name. The error is a list of sentences. */
export const parseConfig = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<ConfigRequest, readonly string[]> => {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean" },
      ...Object.fromEntries(FLAGS.map((flag) => [flag, { type: "string" }])),
    },
    strict: false,
    tokens: true,
  });
  const problems: string[] = [];
  const given = new Map<Flag, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option" && token.name === "help") return ok({ type: "help" });
    const flag = token.kind === "option" ? FLAGS.find((name) => name === token.name) : undefined;
    if (token.kind === "positional") words.push(token.value);
    else if (token.kind === "option" && flag === undefined) {
      problems.push(`Unknown option ${token.rawName}. Try --help.`);
    } else if (token.kind === "option" && flag !== undefined) {
      if (!token.value) problems.push(`${token.rawName} needs a value.`);
      else given.set(flag, [given.get(flag), token.value].filter(Boolean).join(","));
    }
  }

  /** A bad value is noted, and what stands for it is used by nobody. */
  const valueOf = <Value>(flag: Flag, { read, fallback, mustBe }: Setting<Value>, instead: Value): Value => {
    const variable = variableOf(flag);
    const name = given.has(flag) ? `--${flag}` : variable;
    const parsed = read(given.get(flag) ?? (env[variable] || fallback));
    if (parsed.ok) return parsed.value;
    problems.push(`${name} must be ${mustBe}, not "${parsed.error}".`);
    return instead;
  };
  const textOf = (flag: FlagOf<string>): string => valueOf(flag, SETTINGS[flag], "");
  const numberOf = (flag: FlagOf<number>): number => valueOf(flag, SETTINGS[flag], 0);
  const listOf = (flag: FlagOf<readonly string[]>): readonly string[] => valueOf(flag, SETTINGS[flag], []);

  const [certFile, keyFile] = [textOf("tls-cert"), textOf("tls-key")];
  const [bucketUrl, region] = [textOf("s3-bucket"), textOf("s3-region")];
  const config: RelayConfig = {
    host: textOf("host"),
    port: numberOf("port"),
    dataDir: textOf("data"),
    webDir: textOf("web"),
    allowOrigins: listOf("allow-origin"),
    publicOrigins: listOf("public-origin").map((origin) => origin.replace(/^http/, "ws")),
    natsServers: listOf("nats"),
    trustedProxies: numberOf("trusted-proxies"),
    ...(certFile === "" || keyFile === "" ? {} : { tls: { certFile, keyFile } }),
    ...(bucketUrl === "" ? {} : { s3: { url: bucketUrl, region, ...awsKeys(env) } }),
    limits: {
      roomBytes: numberOf("room-quota"),
      roomFrames: numberOf("room-frames"),
      databaseBytes: numberOf("database-limit"),
      minFreeBytes: numberOf("min-free"),
      blobRoomBytes: numberOf("blob-quota"),
      blobExpiryMs: numberOf("blob-days"),
      blobMinFreeBytes: numberOf("blob-min-free"),
    },
  };
  if (bucketUrl !== "" && Object.values(awsKeys(env)).includes("")) {
    problems.push("--s3-bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.");
  }
  if ((certFile === "") !== (keyFile === "")) problems.push("--tls-cert and --tls-key go together.");
  const order = readOrder(words);
  if (!order.ok) problems.push(order.error);
  return order.ok && problems.length === 0 ? ok({ ...order.value, config }) : err(problems);
};

/** Never by flag: every user of a machine may read the arguments of its programs. */
const awsKeys = (env: Readonly<Record<string, string | undefined>>) => ({
  accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
  secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
});

type Order = { readonly type: "run" } | { readonly type: "backup" | "restore"; readonly folder: string };

const readOrder = ([verb, folder, ...rest]: readonly string[]): Result<Order, string> => {
  if (verb === undefined) return ok({ type: "run" });
  if (verb !== "backup" && verb !== "restore") return err(`Unexpected argument "${verb}". Try --help.`);
  if (folder === undefined) return err(`${verb} needs a folder. Try --help.`);
  const [surplus] = rest;
  return surplus === undefined
    ? ok({ type: verb, folder })
    : err(`Unexpected argument "${surplus}". Try --help.`);
};
