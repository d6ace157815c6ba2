/** The process that alone has the key and the way to the model's server (T45, T54), with real processes and sockets. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { APIConnectionError } from "@anthropic-ai/sdk";
import { expect, onTestFinished, test, vi } from "vitest";
import { modelErrorOf } from "../../../../desktop/src/executor/models/anthropic-errors.ts";
import {
  BROKER_ORIGIN,
  BrokerGone,
  createBroker,
  type Broker,
} from "../../../../desktop/src/executor/models/broker/broker.ts";
import { processesBelow } from "../../../fixtures/processes.ts";

const KEY = "sk-canary-9012";
const CREDENTIALS = { authorization: `Bearer ${KEY}`, "x-api-key": KEY };

interface Server {
  readonly url: string;
  readonly seen: readonly IncomingMessage[];
}

const serve = async (answer: RequestListener): Promise<Server> => {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume().on("end", () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }; // it listens on TCP
};

const brokerTo = (baseUrl: string, script?: URL): Broker => {
  const broker = createBroker(() => ({ baseUrl, credentials: CREDENTIALS }), script);
  onTestFinished(broker.close);
  return broker;
};

const TURN = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
const MESSAGES = `${BROKER_ORIGIN}/v1/messages`;

/** Of the processes that `parent` started, those that are brokers. */
const brokersOf = (parent: number): readonly number[] =>
  processesBelow(parent)
    .filter(({ command }) => command.includes("broker-process"))
    .map(({ pid }) => pid);

test("[T45] a turn and the list of models pass; every other address and method is refused and never sent", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const broker = brokerTo(server.url);
  const statusOf = async (method: string, at: string): Promise<number> =>
    (await broker.fetch(`${BROKER_ORIGIN}${at}`, { method, ...(method === "POST" ? { body: "{}" } : {}) }))
      .status;
  expect(await statusOf("POST", "/v1/messages?beta=true")).toBe(200);
  expect(await statusOf("GET", "/v1/models?limit=100")).toBe(200);
  for (const [method, at] of [
    ["POST", "/v1/files"],
    ["GET", "/v1/files"],
    ["GET", "/v1/messages"],
    ["POST", "/v1/models"],
    ["POST", "/v1/messages/batches"],
    ["POST", "/v1/messages/../files"],
    ["POST", "/v1/messages%2f..%2ffiles"],
    ["DELETE", "/v1/models"],
    ["POST", "/open"],
    ["GET", "//other.example/v1/models"],
  ] as const)
    expect([method, at, await statusOf(method, at)]).toEqual([method, at, 403]);
  expect(server.seen.map(({ url }) => url)).toEqual(["/v1/messages?beta=true", "/v1/models?limit=100"]);
});

test("[T45] the broker's own credentials go out, never any that come over the line, and few other headers", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const headers = {
    ...TURN.headers,
    authorization: "Bearer somebody-else",
    "x-api-key": "somebody-else",
    cookie: "a=b",
    "x-stainless-os": "Linux",
    "anthropic-version": "2023-06-01",
  };
  await brokerTo(server.url).fetch(MESSAGES, { ...TURN, headers });
  const [sent] = server.seen;
  expect(sent?.headers).toMatchObject({ ...CREDENTIALS, "anthropic-version": "2023-06-01" });
  expect(JSON.stringify(sent?.rawHeaders)).not.toMatch(/somebody-else|cookie|stainless/i);
});

test("[T45] a server that leads elsewhere is not followed: the key stays with the one host", async () => {
  const elsewhere = await serve((_, response) => response.end("{}"));
  const server = await serve((_, response) => {
    response.writeHead(307, { location: `${elsewhere.url}/v1/messages` }).end();
  });
  await expect(brokerTo(server.url).fetch(MESSAGES, TURN)).rejects.toThrow("NGHTTP2_INTERNAL_ERROR");
  expect([server.seen.length, elsewhere.seen.length]).toEqual([1, 0]);
});

test("[T54] it has no environment of ours, no key in its arguments, and may neither read files nor start programs", async () => {
  vi.stubEnv("ANTHROPIC_API_KEY", KEY);
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await serve((_, response) => response.end("{}"));
  const before = brokersOf(process.pid);
  await brokerTo(server.url).fetch(MESSAGES, TURN);
  const [pid] = brokersOf(process.pid).filter((one) => !before.includes(one));
  const names = readFileSync(`/proc/${pid}/environ`, "utf8")
    .split("\0")
    .map((entry) => entry.split("=")[0]);
  expect(names).toContain("ELECTRON_RUN_AS_NODE");
  for (const ours of ["ANTHROPIC_API_KEY", "HOME", "PATH", "NODE_OPTIONS"]) expect(names).not.toContain(ours);
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  expect(args).toContain("--permission");
  expect(args.filter((arg) => arg.startsWith("--allow"))).toHaveLength(1);
  expect(args.join(" ")).not.toContain(KEY);
});

test("an answer comes as it is sent; one that is cut ends with an error, as when the broker is killed", async () => {
  const server = await serve((_, response) => response.write("first"));
  const broker = brokerTo(server.url);
  const before = brokersOf(process.pid);
  const { body } = await broker.fetch(MESSAGES, TURN);
  const reader = body?.getReader();
  const first = await reader?.read();
  expect(Buffer.from(first?.value ?? []).toString()).toBe("first");
  for (const pid of brokersOf(process.pid)) if (!before.includes(pid)) process.kill(pid, "SIGKILL");
  await expect(reader?.read()).rejects.toThrow(BrokerGone);
  // the next request starts another
  await vi.waitFor(async () => expect((await broker.fetch(MESSAGES, TURN)).status).toBe(200), 5_000);
});

test("what is aborted here is aborted there", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await serve((request, response) => {
    response.write("first");
    request.socket.on("close", () => closed.resolve());
  });
  const stop = new AbortController();
  const { body } = await brokerTo(server.url).fetch(MESSAGES, { ...TURN, signal: stop.signal });
  stop.abort();
  await expect(body?.getReader().read()).rejects.toThrow("aborted");
  await closed.promise;
});

test("large turns side by side all come through, and one that is stopped while it is sent harms no later one", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const broker = brokerTo(server.url);
  const large = { ...TURN, body: "x".repeat(12 * 2 ** 20) };
  const answers = await Promise.all(Array.from({ length: 4 }, () => broker.fetch(MESSAGES, large)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  for (let stops = 0; stops < 3; stops++) {
    const stop = new AbortController();
    const stopped = broker.fetch(MESSAGES, { ...large, signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(stopped).rejects.toThrow("aborted");
  }
  for (let turns = 0; turns < 20; turns++) expect((await broker.fetch(MESSAGES, TURN)).status).toBe(200);
});

test("an answer that does not end is cut, so that it cannot fill the memory", async () => {
  const line = Buffer.alloc(2 ** 20, "x");
  const server = await serve((_, response) => {
    const goOn = (): void => void response.write(line, (error) => (error ? undefined : goOn()));
    goOn();
  });
  const { body } = await brokerTo(server.url).fetch(MESSAGES, TURN);
  let bytes = 0;
  const readAll = async (): Promise<void> => {
    for await (const chunk of body ?? []) bytes += chunk.length;
  };
  await expect(readAll()).rejects.toThrow("NGHTTP2_INTERNAL_ERROR");
  expect(bytes).toBeLessThanOrEqual(32 * 2 ** 20);
});

test("[T57] who stops waits for nothing, not even for a broker that hangs while it starts", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "deskhand-broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = path.join(folder, "hangs.mjs");
  writeFileSync(script, "setInterval(() => {}, 1000);\n");
  const stop = new AbortController();
  const asking = brokerTo("http://127.0.0.1:9", pathToFileURL(script)).fetch(MESSAGES, {
    ...TURN,
    signal: stop.signal,
  });
  setImmediate(() => stop.abort(new Error("stopped")));
  await expect(asking).rejects.toThrow("stopped");
});

test("without a broker nothing is sent, and a sentence says so", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "deskhand-broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = path.join(folder, "broken.mjs");
  writeFileSync(script, "process.exit(1);\n");
  const server = await serve((_, response) => response.end("{}"));
  const asking = brokerTo(server.url, pathToFileURL(script)).fetch(MESSAGES, TURN);
  await expect(asking).rejects.toBeInstanceOf(BrokerGone);
  expect(server.seen).toEqual([]);
  const cause = await asking.catch((error: Error) => error);
  expect(modelErrorOf(new APIConnectionError(cause instanceof Error ? { cause } : {}))).toMatchObject({
    type: "connection",
    text: expect.stringContaining("alone may reach the model service"),
  });
});

test("a broker ends with the executor, also when that is killed", async () => {
  const server = await serve((_, response) => response.write("first"));
  const module = new URL("../../../../desktop/src/executor/models/broker/broker.ts", import.meta.url);
  const program = `
    import { createBroker } from ${JSON.stringify(module.href)};
    const broker = createBroker(() => ({ baseUrl: ${JSON.stringify(server.url)}, credentials: {} }));
    await broker.fetch("${MESSAGES}", { method: "POST", body: "{}" });
    console.log("open");
    setInterval(() => {}, 1000);
  `;
  const executor = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => executor.stdout.once("data", resolve));
  const [pid = 0] = brokersOf(executor.pid ?? 0);
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  executor.kill("SIGKILL");
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 5_000);
});
