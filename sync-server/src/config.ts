/**
 * What the operator may set: by flag, else by environment, else the default. Every bad value is one clear
 * sentence, and all of them are reported at once.
 */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { DAY_MS, MIB, type RelayLimits } from "./limits.ts";

export interface RelayConfig {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly webDir: string;
  readonly allowOrigins: readonly string[];
  readonly publicOrigins: readonly string[];
  /** What blob chunks of one room may hold (bytes), and how long one stays after its last touch (milliseconds). */
  readonly limits: Pick<RelayLimits, "blobRoomBytes" | "blobExpiryMs">;
}

export const HELP = `Usage: node sync-server/src/main.ts [options]

  --host <address>          where to listen                     DESKHAND_RELAY_HOST           127.0.0.1
  --port <number>           0 takes any free port               DESKHAND_RELAY_PORT           8787
  --data <folder>           what the relay keeps                DESKHAND_RELAY_DATA           .deskhand/relay
  --web <folder>            the built phone app                 DESKHAND_RELAY_WEB            mobile/dist
  --allow-origin <origin>   other web origins that may connect  DESKHAND_RELAY_ALLOW_ORIGIN   none
  --public-origin <origin>  what clients dial, behind a proxy   DESKHAND_RELAY_PUBLIC_ORIGIN  none
  --blob-quota <MiB>        files of one room together          DESKHAND_RELAY_BLOB_QUOTA     4096
  --blob-days <number>      until unused files are deleted      DESKHAND_RELAY_BLOB_DAYS      30
  --help                    this text

Lists of origins are separated by commas. A flag goes before its environment variable.
`;

const FLAGS = [
  "host",
  "port",
  "data",
  "web",
  "allow-origin",
  "public-origin",
  "blob-quota",
  "blob-days",
] as const;
type Flag = (typeof FLAGS)[number];

export type ConfigRequest =
  | { readonly type: "help" }
  | { readonly type: "run"; readonly config: RelayConfig };

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
  for (const token of tokens) {
    if (token.kind === "option" && token.name === "help") return ok({ type: "help" });
    const flag = token.kind === "option" ? FLAGS.find((name) => name === token.name) : undefined;
    if (token.kind === "positional") problems.push(`Unexpected argument "${token.value}". Try --help.`);
    else if (token.kind === "option" && flag === undefined) {
      problems.push(`Unknown option ${token.rawName}. Try --help.`);
    } else if (token.kind === "option" && flag !== undefined) {
      if (token.value === undefined || token.value === "") problems.push(`--${flag} needs a value.`);
      else given.set(flag, [given.get(flag), token.value].filter(Boolean).join(","));
    }
  }

  const setting = (flag: Flag): { readonly name: string; readonly value: string } | undefined => {
    const variable = `DESKHAND_RELAY_${flag.toUpperCase().replaceAll("-", "_")}`;
    const value = given.get(flag);
    if (value !== undefined) return { name: `--${flag}`, value };
    return env[variable] ? { name: variable, value: env[variable] } : undefined;
  };

  const whole = (flag: Flag, fallback: string): number => {
    const { name, value } = setting(flag) ?? { name: "", value: fallback };
    const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (number < 1) problems.push(`${name} must be a whole number from 1 on, not "${value}".`);
    return number;
  };

  const port = (): number => {
    const { name, value } = setting("port") ?? { name: "", value: "8787" };
    const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number <= 65_535)) problems.push(`${name} must be a number from 0 to 65535, not "${value}".`);
    return number;
  };

  const host = (): string => {
    const { name, value } = setting("host") ?? { name: "", value: "127.0.0.1" };
    if (!/^[\w.:%-]+$/.test(value))
      problems.push(`${name} must be an address or a host name, not "${value}".`);
    return value;
  };

  const origins = (flag: Flag, schemes: RegExp, example: string): readonly string[] => {
    const { name, value } = setting(flag) ?? { name: "", value: "" };
    const list = value
      .split(",")
      .map((origin) => origin.trim().toLowerCase())
      .filter(Boolean);
    for (const origin of list) {
      if (schemes.test(origin) && originOf(origin) === origin) continue;
      problems.push(`${name} must be an origin such as ${example}, not "${origin}".`);
    }
    return list;
  };

  const config: RelayConfig = {
    host: host(),
    port: port(),
    dataDir: setting("data")?.value ?? ".deskhand/relay",
    webDir: setting("web")?.value ?? "mobile/dist",
    allowOrigins: origins("allow-origin", /^[a-z][a-z0-9+.-]*:/, "https://app.example"),
    publicOrigins: origins("public-origin", /^(https?|wss?):/, "wss://relay.example").map((origin) =>
      origin.replace(/^http/, "ws"),
    ),
    limits: {
      blobRoomBytes: whole("blob-quota", "4096") * MIB,
      blobExpiryMs: whole("blob-days", "30") * DAY_MS,
    },
  };
  return problems.length === 0 ? ok({ type: "run", config }) : err(problems);
};

/** Scheme and host only, also for schemes such as capacitor: whose `URL.origin` is "null". */
const originOf = (text: string): string | undefined => {
  const url = URL.parse(text);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
};
