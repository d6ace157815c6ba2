import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressWebApp } from "../../../scripts/compress-web-app.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();
const NAVIGATION = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const INDEX = "<!doctype html><title>Phone app</title>";

const build = (webDir: string, files: Record<string, string> = {}): void => {
  const all = { "index.html": INDEX, "sw.js": "// worker", "assets/app-1a2b.js": "run()", ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(webDir, name)), { recursive: true });
    writeFileSync(join(webDir, name), text);
  }
};

const startWithApp = async (files: Record<string, string> = {}) => {
  const webDir = relays.folder();
  build(webDir, files);
  return { webDir, relay: await relays.start({ webDir }) };
};

/** Unlike fetch, sends the path exactly as it is written. */
const get = (url: string, path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    })
      .on("error", reject)
      .end();
  });

describe("the phone app", () => {
  it.each([
    ["/index.html", "text/html; charset=utf-8"],
    ["/sw.js", "text/javascript; charset=utf-8"],
    ["/manifest.webmanifest", "application/manifest+json"],
    ["/assets/style-1.css", "text/css; charset=utf-8"],
    ["/assets/font-1.woff2", "font/woff2"],
    ["/icon.svg", "image/svg+xml"],
    ["/icon.png", "image/png"],
    ["/unknown.xyz", "application/octet-stream"],
  ])("serves %s as %s", async (path, type) => {
    const { relay } = await startWithApp({ [path.slice(1)]: "content" });
    const answer = await get(relay.url, path);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe(type);
    expect(answer.body.toString()).toBe("content");
  });

  it("answers navigations with index.html, and only them", async () => {
    const { relay } = await startWithApp();
    for (const path of ["/", "/settings", "/thread/42?tab=1"]) {
      const answer = await get(relay.url, path, NAVIGATION);
      expect([answer.status, answer.body.toString()]).toEqual([200, INDEX]);
    }
    expect((await get(relay.url, "/missing", { accept: "*/*" })).status).toBe(404);
    expect((await get(relay.url, "/assets/gone.js", NAVIGATION)).status).toBe(404);
  });

  it("caches hashed assets for ever and asks again for the rest", async () => {
    const { relay } = await startWithApp();
    const cacheOf = async (path: string) => (await get(relay.url, path)).headers["cache-control"];
    expect(await cacheOf("/assets/app-1a2b.js")).toBe("public, max-age=31536000, immutable");
    expect(await cacheOf("/index.html")).toBe("no-cache");
    expect(await cacheOf("/sw.js")).toBe("no-cache");
    const { etag } = (await get(relay.url, "/index.html")).headers;
    const again = await get(relay.url, "/index.html", { "if-none-match": String(etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it("sends what the build compressed to those who take it, and each file to those who take none", async () => {
    const text = "let a = 1;\n".repeat(1_000);
    const { relay, webDir } = await startWithApp({ "assets/app-1a2b.js": text, "icon.png": text });
    compressWebApp(webDir);
    const answerTo = async (accepted: string, path = "/assets/app-1a2b.js") => {
      const { headers, body } = await get(relay.url, path, { "accept-encoding": accepted });
      expect(headers).toMatchObject({ vary: "accept-encoding", "content-length": String(body.length) });
      return { encoding: headers["content-encoding"], body, type: headers["content-type"] };
    };
    const [best, zipped, plain] = [
      await answerTo("gzip, deflate, br"),
      await answerTo("gzip"),
      await answerTo(""),
    ];
    expect(best).toMatchObject({ encoding: "br", type: "text/javascript; charset=utf-8" });
    expect(brotliDecompressSync(best.body).toString()).toBe(text);
    expect(zipped.encoding).toBe("gzip");
    expect(gunzipSync(zipped.body).toString()).toBe(text);
    expect(plain).toMatchObject({ encoding: undefined, body: Buffer.from(text) });
    expect((await answerTo("br, gzip", "/icon.png")).encoding).toBeUndefined();
    expect((await get(relay.url, "/assets/app-1a2b.js.br")).status).toBe(404);
  });

  it("[T30] every answer carries the strict headers", async () => {
    const { relay } = await startWithApp();
    for (const path of ["/index.html", "/assets/app-1a2b.js", "/nothing", "/healthz", "/metrics"]) {
      const { headers } = await get(relay.url, path);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
          "connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; worker-src 'self'; " +
          "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
    }
  });

  it("no spelling of a path leads out of the folder", async () => {
    const { relay, webDir } = await startWithApp();
    const secret = join(dirname(webDir), `${webDir.split("/").at(-1)}-secret.txt`);
    writeFileSync(secret, "secret");
    relays.onCleanup(() => rmSync(secret));
    symlinkSync(secret, join(webDir, "link.txt"));
    const name = secret.split("/").at(-1) ?? "";
    const paths = [
      `/../${name}`,
      `/..%2f${name}`,
      `/%2e%2e/${name}`,
      `/assets/../../${name}`,
      `/assets/..%2f..%2f${name}`,
      `/..%5c${name}`,
      `//..//${name}`,
      "/..%2f..%2f..%2f..%2fetc/passwd",
      `/${encodeURIComponent(secret)}`,
      "/link.txt",
      "/sw.js%00.html",
      "/%",
      "/%ff%fe",
    ];
    for (const path of paths) expect([path, (await get(relay.url, path)).status]).toEqual([path, 404]);
    expect(readFileSync(secret, "utf8")).toBe("secret");
  });

  it("answers HEAD without a body and refuses other methods", async () => {
    const { relay } = await startWithApp();
    const head = await get(relay.url, "/index.html", {}, "HEAD");
    expect([head.status, head.body.length, head.headers["content-length"]]).toEqual([
      200,
      0,
      `${INDEX.length}`,
    ]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await get(relay.url, "/index.html", {}, method);
      expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD"]);
    }
  });

  it("without a build a page says how to make one, and a build made later is served", async () => {
    const webDir = join(relays.folder(), "dist");
    const relay = await relays.start({ webDir });
    const before = await get(relay.url, "/", NAVIGATION);
    expect(before.status).toBe(503);
    expect(before.body.toString()).toContain("npm run build");
    build(webDir);
    expect((await get(relay.url, "/", NAVIGATION)).body.toString()).toBe(INDEX);
    build(webDir, { "assets/app-3c4d.js": "newer()" });
    expect((await get(relay.url, "/assets/app-3c4d.js")).body.toString()).toBe("newer()");
  });
});

describe("the state of the relay", () => {
  it("is alive and ready, and counts in Prometheus text", async () => {
    const relay = await relays.start();
    expect((await get(relay.url, "/healthz")).status).toBe(200);
    expect((await get(relay.url, "/readyz")).status).toBe(200);
    const { headers, body } = await get(relay.url, "/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    for (const line of body.toString().trimEnd().split("\n")) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) deskhand_relay_\w+ .+|deskhand_relay_\w+(\{(code="[a-z-]+"|le="([\d.]+|\+Inf)")\})? \d+(\.\d+)?)$/,
      );
    }
  });
});
