/**
 * T45 holds because one place alone reaches the model's host and puts the key in, and nothing that a run starts has
 * either: commands have no network and no environment of ours, pages are opened without credentials.
 */
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { getPage } from "../../../../desktop/src/executor/web/get-page.ts";
import { canonicalUrl } from "../../../../desktop/src/executor/web/canonical-url.ts";
import { ENVIRONMENT, profileOf } from "../../../../desktop/src/executor/sandbox/linux-profile.ts";
import { LIMITS } from "../../../../desktop/src/executor/sandbox/limits.ts";
import { must } from "../../desktop/tools/scene.ts";
import { sourceFiles } from "../source-files.ts";

/** The ways to the key's bytes and to the SDK that sends them. */
const KEY = /\bloadModelKey\b|ANTHROPIC_API_KEY|"model-key"|@anthropic-ai\/sdk|\bmodelKey\b/;
const TOUCHERS = [
  "desktop/src/executor/models/",
  "desktop/src/executor/index.ts",
  "desktop/src/executor/secret-store.ts",
  "desktop/src/headless.ts",
  "desktop/src/host/",
  "desktop/src/main/",
  "desktop/src/ipc-contract.ts",
];

test("[T45] tools, sandbox, web, policy and runner never touch the model's key or its client", () => {
  const touching = sourceFiles(["desktop/src"])
    .filter(({ file }) => !file.startsWith("desktop/src/renderer/"))
    .filter(({ text }) => KEY.test(text))
    .map(({ file }) => file);
  expect(touching).not.toEqual([]);
  expect(touching.filter((file) => !TOUCHERS.some((place) => file.startsWith(place)))).toEqual([]);
});

test("[T45] among the models' files the broker alone opens connections", () => {
  const NETWORK = /(?<![.\w])fetch\(|"node:(?:https?|http2|net|tls|dgram)"/;
  const connecting = sourceFiles(["desktop/src/executor/models"])
    .filter(({ text }) => NETWORK.test(text))
    .map(({ file }) => path.basename(file));
  expect(connecting.toSorted()).toEqual(["broker-process.ts", "broker.ts"]);
});

test("[T45] a command gets an environment that names nothing of ours, and no network", () => {
  expect(Object.keys(ENVIRONMENT).toSorted()).toEqual(["HOME", "LANG", "PATH", "TERM", "TMPDIR", "USER"]);
  const programs = { bwrap: "/bwrap", prlimit: "/prlimit", shell: "/sh" };
  const facts = { programs, limits: LIMITS, command: "true", access: "read", hidden: [] } as const;
  const args = profileOf({ ...facts, folderFd: 6, passwdFd: 4 });
  expect(args).toContain("--unshare-net");
  expect(args).toContain("--clearenv");
});

test("[T45] a page of the model's own host is asked for without a key, by GET, like any other", async () => {
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request);
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const url = must(canonicalUrl("http://api.anthropic.com/v1/files"));
  must(
    await getPage(url, new AbortController().signal, {
      resolve: async () => ["93.184.216.34"],
      dial: () => net.connect(port, "127.0.0.1"),
    }),
  );
  const [request] = seen;
  expect(request?.method).toBe("GET");
  expect(Object.keys(request?.headers ?? {}).toSorted()).toEqual([
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "host",
    "user-agent",
  ]);
});
