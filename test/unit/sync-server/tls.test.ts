/** The relay's own https, with certificates that openssl makes here. */
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import path from "node:path";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { bodyOf, createRoomKeys, frameOf, join } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();

const makeCertificate = (folder: string, name: string) => {
  const [certFile, keyFile] = [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)];
  const options = [
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
  ];
  const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", ...options, ...names, "-keyout", keyFile, "-out", certFile], {
    stdio: "ignore",
  });
  return { certFile, keyFile };
};

/** The name in the certificate that the relay shows now. */
const shownName = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asking = request(`${url}/healthz`, { rejectUnauthorized: false, agent: false }, (response) => {
      // `as`: https gives a TLSSocket.
      const certificate: PeerCertificate = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      resolve(String(certificate.subject.CN));
    });
    asking.on("error", reject);
    asking.end();
  });

const start = async (files: { readonly certFile: string; readonly keyFile: string }) => {
  const dataDir = relays.folder();
  const where = ["--port", "0", "--data", dataDir, "--web", dataDir];
  const relay = spawnRelay([...where, "--tls-cert", files.certFile, "--tls-key", files.keyFile]);
  relays.onCleanup(async () => {
    relay.kill("SIGKILL");
    await relay.exited;
  });
  return relay;
};

const logged = async (relay: ReturnType<typeof spawnRelay>, event: string): Promise<void> => {
  await expect.poll(() => relay.stderr(), { timeout: 20_000 }).toContain(`"${event}"`);
};

describe("https of the relay's own", () => {
  it("serves sockets over TLS; SIGHUP shows a new certificate and leaves open sockets alone", async () => {
    const folder = relays.folder();
    const [used, next] = [makeCertificate(folder, "first"), makeCertificate(folder, "second")];
    const relay = await start(used);
    const url = await relay.url;
    expect(url).toMatch(/^https:/);
    const room = createRoomKeys();
    const { client } = await join(url, room, { socket: { rejectUnauthorized: false } });
    expect(await shownName(url)).toBe("first");

    copyFileSync(next.certFile, used.certFile);
    copyFileSync(next.keyFile, used.keyFile);
    relay.kill("SIGHUP");
    await logged(relay, "certificate-read");
    expect(await shownName(url)).toBe("second");
    await client.append(frameOf(room, "on the old socket"));

    writeFileSync(used.keyFile, "not a key");
    relay.kill("SIGHUP");
    await logged(relay, "certificate-refused");
    expect(await shownName(url)).toBe("second");
    const again = await join(url, room, { socket: { rejectUnauthorized: false } });
    expect(again.client.inbox.map((message) => ("frame" in message ? bodyOf(message.frame) : ""))).toContain(
      "on the old socket",
    );
  });

  it("does not start with a pair that does not belong together, and says so", async () => {
    const folder = relays.folder();
    const { certFile } = makeCertificate(folder, "one");
    const { keyFile } = makeCertificate(folder, "other");
    const { code, stderr } = await (await start({ certFile, keyFile })).exited;
    expect(code).toBe(1);
    expect(stderr).toContain(`The certificate ${certFile} cannot be used with the key ${keyFile} (`);
    expect(stderr).not.toContain("PRIVATE");
  });
});
