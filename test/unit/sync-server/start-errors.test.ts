import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startRelay } from "@deskhand/sync-server";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();

/** Exit code and what a person reads. */
const outcome = async (args: readonly string[], env: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await spawnRelay(args, env).exited;
  expect(stdout).toBe("");
  return {
    code,
    sentence: stderr
      .split("\n")
      .filter((line) => !line.startsWith("{"))
      .join("\n")
      .trimEnd(),
  };
};

describe("a relay that cannot start says why in one sentence and exits with 1", () => {
  it("when the port is taken", async () => {
    const { port } = await relays.start();
    expect(await outcome(["--port", String(port), "--data", relays.folder()])).toEqual({
      code: 1,
      sentence: `Port ${port} on 127.0.0.1 is taken. Stop the other program or choose another with --port.`,
    });
  });

  it("when the address is not of this machine", async () => {
    expect(await outcome(["--host", "203.0.113.1", "--port", "0", "--data", relays.folder()])).toEqual({
      code: 1,
      sentence: "The relay cannot listen on 203.0.113.1 port 0 (EADDRNOTAVAIL).",
    });
  });

  it("when the data folder cannot be written to", async () => {
    const file = join(relays.folder(), "file");
    writeFileSync(file, "");
    const folder = join(file, "relay");
    expect(await outcome(["--port", "0", "--data", folder])).toEqual({
      code: 1,
      sentence: `The data folder ${folder} cannot be written to (ENOTDIR).`,
    });
  });

  it("when the database is damaged", async () => {
    const folder = relays.folder();
    writeFileSync(join(folder, "relay.db"), "not a database ".repeat(500));
    const { code, sentence } = await outcome(["--port", "0", "--data", folder]);
    expect(code).toBe(1);
    expect(sentence).toContain(
      `The database ${join(folder, "relay.db")} is damaged (file is not a database).`,
    );
    expect(sentence).toContain("devices refill the relay");
  });

  it("when another relay uses the data folder", async () => {
    const dataDir = relays.folder();
    await relays.start({ dataDir });
    expect(await outcome(["--port", "0", "--data", dataDir])).toEqual({
      code: 1,
      sentence: `Another relay is already using the data folder ${dataDir}.`,
    });
  });

  it("when the bucket for files does not answer", async () => {
    const args = ["--port", "0", "--data", relays.folder(), "--s3-bucket", "http://127.0.0.1:9/bucket"];
    const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "canary-secret" };
    const { code, sentence } = await outcome(args, keys);
    expect(code).toBe(1);
    expect(sentence).toMatch(/^The bucket http:\/\/127.0.0.1:9\/bucket cannot be used \(.*\)\.$/);
    expect(sentence).not.toContain("canary");
  });

  it("in the same process: startRelay rejects with the sentence and leaves the data folder free", async () => {
    const { port } = await relays.start();
    const dataDir = relays.folder();
    await expect(startRelay({ dataDir, port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken.`);
    await relays.start({ dataDir });
  });
});

describe("a relay that was called wrongly", () => {
  it("names every bad value and exits with 2", async () => {
    const { code, sentence } = await outcome(["--port", "many"], { DESKHAND_RELAY_HOST: "not a host" });
    expect(code).toBe(2);
    expect(sentence.split("\n")).toEqual([
      'DESKHAND_RELAY_HOST must be an address or a host name, not "not a host".',
      '--port must be a number from 0 to 65535, not "many".',
    ]);
  });
});
