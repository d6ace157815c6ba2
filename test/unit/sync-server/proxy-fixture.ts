/** What the tests of proxies share: an example of sync-server/deploy with values of their own, a certificate, a request. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const example = (name: string): string =>
  readFileSync(path.join(ROOT, "sync-server/deploy", name), "utf8");

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

export const makeCertificate = (folder: string) => {
  const [certFile, keyFile] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
  const options =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1";
  const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certFile];
  execFileSync("openssl", [...options.split(" "), ...names], { stdio: "ignore" });
  return { certFile, keyFile };
};

/** The values must all be in the example: else it is not the example that is tested. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((filled, [from, to]) => {
    expect(filled).toContain(from);
    return filled.replaceAll(from, to);
  }, text);

export const get = (
  url: string,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { agent: new Agent({ rejectUnauthorized: false }) }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
    asking.on("error", reject).end();
  });
