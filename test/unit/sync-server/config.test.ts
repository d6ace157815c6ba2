import { describe, expect, it } from "vitest";
import { HELP, parseConfig, SETTINGS } from "../../../sync-server/src/config.ts";

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;

const DEFAULTS = {
  host: "127.0.0.1",
  port: 8787,
  dataDir: ".deskhand/relay",
  webDir: "mobile/dist",
  allowOrigins: [],
  publicOrigins: [],
  natsServers: [],
  trustedProxies: 0,
  limits: {
    roomBytes: 256 * MIB,
    roomFrames: 50_000,
    databaseBytes: 8192 * MIB,
    minFreeBytes: 64 * MIB,
    blobRoomBytes: 4096 * MIB,
    blobExpiryMs: 30 * DAY_MS,
    blobMinFreeBytes: 512 * MIB,
  },
};

const configOf = (args: readonly string[], env: Record<string, string> = {}) => {
  const parsed = parseConfig(args, env);
  return parsed.ok && parsed.value.type === "run" ? parsed.value.config : parsed;
};

describe("the relay's configuration", () => {
  it("has a default for everything", () => {
    expect(configOf([])).toEqual(DEFAULTS);
  });

  it("takes flags over environment variables over defaults, and an empty variable as none", () => {
    const env = {
      DESKHAND_RELAY_HOST: "0.0.0.0",
      DESKHAND_RELAY_PORT: "9000",
      DESKHAND_RELAY_DATA: "/srv/relay",
      DESKHAND_RELAY_WEB: "",
      DESKHAND_RELAY_ALLOW_ORIGIN: "https://a.example, capacitor://localhost",
      DESKHAND_RELAY_PUBLIC_ORIGIN: "https://relay.example",
      DESKHAND_RELAY_BLOB_QUOTA: "100",
      DESKHAND_RELAY_BLOB_DAYS: "9",
      DESKHAND_RELAY_BLOB_MIN_FREE: "8",
      DESKHAND_RELAY_TRUSTED_PROXIES: "1",
      DESKHAND_RELAY_NATS: "nats://a.example, tls://b.example:4223",
      DESKHAND_RELAY_ROOM_QUOTA: "5",
      DESKHAND_RELAY_ROOM_FRAMES: "600",
      DESKHAND_RELAY_DATABASE_LIMIT: "70",
      DESKHAND_RELAY_MIN_FREE: "0",
    };
    expect(configOf(["--port", "0", "--host=::1", "--blob-days", "1"], env)).toEqual({
      host: "::1",
      port: 0,
      dataDir: "/srv/relay",
      webDir: "mobile/dist",
      allowOrigins: ["https://a.example", "capacitor://localhost"],
      publicOrigins: ["wss://relay.example"],
      natsServers: ["nats://a.example", "tls://b.example:4223"],
      trustedProxies: 1,
      limits: {
        roomBytes: 5 * MIB,
        roomFrames: 600,
        databaseBytes: 70 * MIB,
        minFreeBytes: 0,
        blobRoomBytes: 100 * MIB,
        blobExpiryMs: DAY_MS,
        blobMinFreeBytes: 8 * MIB,
      },
    });
  });

  it("takes a certificate only with its key", () => {
    expect(configOf(["--tls-cert", "c.pem", "--tls-key", "k.pem"])).toEqual({
      ...DEFAULTS,
      tls: { certFile: "c.pem", keyFile: "k.pem" },
    });
    expect(configOf(["--tls-cert", "c.pem"])).toEqual({
      ok: false,
      error: ["--tls-cert and --tls-key go together."],
    });
  });

  it("takes a bucket only with the keys that open it, which no flag can give", () => {
    const bucket = ["--s3-bucket", "https://s3.example/bucket", "--s3-region", "eu-1"];
    expect(configOf(bucket, { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" })).toEqual({
      ...DEFAULTS,
      s3: { url: "https://s3.example/bucket", region: "eu-1", accessKeyId: "id", secretAccessKey: "secret" },
    });
    expect(configOf(bucket, { AWS_ACCESS_KEY_ID: "id" })).toEqual({
      ok: false,
      error: ["--s3-bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment."],
    });
  });

  it.each([
    [["backup", "/b"], { type: "backup", folder: "/b" }],
    [["restore", "/b", "--data", "/d"], { type: "restore", folder: "/b" }],
  ])("reads the order %j", (args, order) => {
    expect(parseConfig(args, {})).toMatchObject({ ok: true, value: order });
  });

  it("collects an origin flag that is given more than once", () => {
    const config = configOf([
      "--allow-origin",
      "https://a.example",
      "--allow-origin",
      "https://b.example:8443",
    ]);
    expect(config).toEqual({ ...DEFAULTS, allowOrigins: ["https://a.example", "https://b.example:8443"] });
  });

  it("answers --help with every flag and variable", () => {
    expect(parseConfig(["--port", "x", "--help"], {})).toEqual({ ok: true, value: { type: "help" } });
    for (const flag of Object.keys(SETTINGS)) {
      expect(HELP).toContain(`--${flag} <`);
      expect(HELP).toContain(` DESKHAND_RELAY_${flag.toUpperCase().replaceAll("-", "_")} `);
    }
  });

  it.each([
    [["--port", "65536"], '--port must be a number from 0 to 65535, not "65536".'],
    [["--port", "-1"], '--port must be a number from 0 to 65535, not "-1".'],
    [["--port", "80.5"], '--port must be a number from 0 to 65535, not "80.5".'],
    [["--port"], "--port needs a value."],
    [["--port", "1", "--port", "2"], '--port must be a number from 0 to 65535, not "1,2".'],
    [["--host", "a b"], '--host must be an address or a host name, not "a b".'],
    [["--data="], "--data needs a value."],
    [["--dta", "x"], "Unknown option --dta. Try --help."],
    [["-p"], "Unknown option -p. Try --help."],
    [["8787"], 'Unexpected argument "8787". Try --help.'],
    [["--allow-origin", "*"], '--allow-origin must be an origin such as https://app.example, not "*".'],
    [
      ["--allow-origin", "https://a.example/path"],
      '--allow-origin must be an origin such as https://app.example, not "https://a.example/path".',
    ],
    [
      ["--public-origin", "relay.example"],
      '--public-origin must be an origin such as wss://relay.example, not "relay.example".',
    ],
    [
      ["--public-origin", "ftp://relay.example"],
      '--public-origin must be an origin such as wss://relay.example, not "ftp://relay.example".',
    ],
    [
      ["--nats", "nats://a.example,http://user:secret@b.example"],
      '--nats must be a list of addresses such as nats://a.example:4222, not "http://…@b.example".',
    ],
    [["backup"], "backup needs a folder. Try --help."],
    [["restore", "a", "b"], 'Unexpected argument "b". Try --help.'],
    [["--blob-quota", "0"], '--blob-quota must be a whole number from 1 on, not "0".'],
    [["--blob-days", "1.5"], '--blob-days must be a whole number from 1 on, not "1.5".'],
  ])("refuses %j in a clear sentence", (args, sentence) => {
    const parsed = parseConfig(args, {});
    expect(parsed.ok ? [] : parsed.error).toContain(sentence);
  });
});
