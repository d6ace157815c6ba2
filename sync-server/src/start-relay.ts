/**
 * Puts the relay together: log, rooms, sockets, web app, one HTTP server. `main.ts` runs it as a program; the
 * desktop and the tests run it in their own process. What can go wrong at the start is one sentence each.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import { join } from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createBlobDesk } from "./blob-desk.ts";
import type { BlobStore } from "./blob-store.ts";
import { listenForOrders } from "./control-socket.ts";
import { openDataFolder, type DataFolder } from "./data-folder.ts";
import { openDiskBlobStore } from "./disk-blob-store.ts";
import { openSoleLog, type LogSettings } from "./disk-log.ts";
import { createHttpFront } from "./http-front.ts";
import { DEFAULT_LIMITS, type RelayLimits } from "./limits.ts";
import { silentLogger, type Logger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createRelay } from "./relay.ts";
import { openS3BlobStore, type S3Bucket } from "./s3-blob-store.ts";
import type { SharedRoomLog } from "./shared-room-log.ts";
import { folderError, type StartError } from "./start-error.ts";
import { createSocketFront } from "./socket-front.ts";
import { readTlsPair, type TlsFiles } from "./tls.ts";
import { createWebApp } from "./web-app.ts";

/** Against clients that send their request by drops (milliseconds). */
const HTTP_LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000 };

export interface RelayOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Made when it does not exist; only one relay at a time may use it. */
  readonly dataDir: string;
  /** The built phone app; without it the relay serves a page that says so. */
  readonly webDir?: string | undefined;
  /** Web origins besides the relay's own, such as "https://app.example". */
  readonly allowOrigins?: readonly string[];
  /** What clients dial when a proxy stands in front, such as "wss://relay.example". */
  readonly publicOrigins?: readonly string[];
  /** How many proxies of the operator's own stand in front and add to X-Forwarded-For. */
  readonly trustedProxies?: number;
  /** With these the relay speaks https by itself. */
  readonly tls?: TlsFiles;
  /** Where chunks of files are kept; the data folder by default. */
  readonly s3?: S3Bucket;
  /** Where frames are kept; a database in the data folder, which only this relay writes, by default. */
  readonly openLog?: (settings: LogSettings) => Promise<Result<SharedRoomLog, StartError>>;
  readonly limits?: Partial<RelayLimits>;
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly randomBytes?: (length: number) => Uint8Array;
}

export interface RunningRelay {
  /** Such as "http://127.0.0.1:8787"; the WebSocket is at the same address under /sync. */
  readonly url: string;
  readonly port: number;
  /** Shows the certificate that the files hold now; the error is a sentence, and the old one stays. */
  reloadTls(): Result<void, string>;
  /** Tells every socket, commits what is pending, closes the log. May be called more than once. */
  close(): Promise<void>;
}

/** Like `openRelay`, for programs that cannot go on without it: rejects with the sentence. */
export const startRelay = async (options: RelayOptions): Promise<RunningRelay> => {
  const opened = await openRelay(options);
  if (!opened.ok) throw new Error(opened.error.sentence);
  return opened.value;
};

export const openRelay = async (options: RelayOptions): Promise<Result<RunningRelay, StartError>> => {
  const { host = "127.0.0.1", port = 0, webDir, now = Date.now, logger = silentLogger } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const random = options.randomBytes ?? randomBytes;
  const pair = options.tls === undefined ? err("") : readTlsPair(options.tls);
  if (options.tls !== undefined && !pair.ok) return err({ type: "certificate", sentence: pair.error });
  const folder = openDataFolder(options.dataDir);
  if (!folder.ok) return folder;
  const metrics = createMetrics();
  const opened = await (options.openLog ?? openSoleLog)({
    folder: folder.value,
    limits,
    randomBytes: random,
    now,
  });
  if (!opened.ok) return opened;
  const log = opened.value;
  if (webDir !== undefined && !existsSync(join(webDir, "index.html"))) {
    logger.warn("web-app-missing", { hint: "npm run build makes it; the relay works without" });
  }

  const store = await openBlobs(options.s3, folder.value, { limits, now, randomBytes: random });
  if (!store.ok) {
    await log.close();
    return store;
  }
  const relay = createRelay({ log, limits, metrics, logger });
  const blobDesk = createBlobDesk({
    store: store.value,
    limits,
    isRoomClosed: (roomId) => relay.isClosed(roomId),
    metrics,
    logger,
  });
  const access = { allowOrigins: options.allowOrigins ?? [], publicOrigins: options.publicOrigins ?? [] };
  const sockets = createSocketFront({
    access,
    trustedProxies: options.trustedProxies ?? 0,
    relay,
    blobDesk,
    limits,
    now,
    randomBytes: random,
    metrics,
    logger,
  });
  let closing: Promise<void> | undefined;
  const front = createHttpFront({
    webApp: createWebApp(webDir),
    logger,
    isReady: () => closing === undefined && relay.isWritable(),
    renderMetrics: () =>
      metrics.render({
        open_sockets: sockets.socketCount,
        open_rooms: relay.roomCount(),
        writable: relay.isWritable() ? 1 : 0,
        free_disk_bytes: folder.value.freeBytes(),
        resident_memory_bytes: process.memoryUsage.rss(),
      }),
  });
  const server = pair.ok
    ? createTlsServer({ ...HTTP_LIMITS, ...pair.value }, front)
    : createServer(HTTP_LIMITS, front);
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  server.on("clientError", (_error, socket) => socket.destroy());

  let endOrders: (() => void) | undefined;
  const close = async (): Promise<void> => {
    endOrders?.();
    const stopped = server.listening ? new Promise((done) => server.close(done)) : undefined;
    relay.flush();
    blobDesk.close();
    await sockets.drain("shutting-down");
    server.closeAllConnections();
    await stopped;
    relay.flush();
    await log.close();
  };

  const listening = await listen(server, host, port);
  if (!listening.ok) {
    await close();
    return listening;
  }
  if (log.copyTo !== undefined) endOrders = listenForOrders(folder.value.path, log.copyTo, logger);
  return ok({
    url: `${pair.ok ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${listening.value}`,
    port: listening.value,
    reloadTls: () => reloadTls(server, options.tls),
    close: () => (closing ??= close()),
  });
};

const openBlobs = async (
  s3: S3Bucket | undefined,
  folder: DataFolder,
  { limits, now, randomBytes: random }: Pick<LogSettings, "limits" | "now" | "randomBytes">,
): Promise<Result<BlobStore, StartError>> => {
  const options = { quota: limits.blobRoomBytes, expiryMs: limits.blobExpiryMs, now };
  if (s3 !== undefined) {
    const opened = await openS3BlobStore({ ...options, bucket: s3 });
    if (opened.ok) return opened;
    return err({ type: "bucket", sentence: `The bucket ${s3.url} cannot be used (${opened.error.detail}).` });
  }
  const opened = openDiskBlobStore({
    ...options,
    folder: folder.blobs,
    randomBytes: random,
    hasSpaceFor: (bytes) => folder.freeBytes() - bytes >= limits.blobMinFreeBytes,
  });
  return opened.ok ? opened : err(folderError(folder.blobs, opened.error.detail));
};

const reloadTls = (server: Server, files: TlsFiles | undefined): Result<void, string> => {
  if (files === undefined || !(server instanceof TlsServer)) return ok(undefined);
  const pair = readTlsPair(files);
  if (!pair.ok) return pair;
  server.setSecureContext(pair.value);
  return ok(undefined);
};

const listen = (server: Server, host: string, port: number): Promise<Result<number, StartError>> =>
  new Promise((done) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      done(err({ type: "address", sentence: addressSentence(error.code, host, port) })),
    );
    server.listen(port, host, () => {
      const address = server.address();
      done(ok(typeof address === "object" && address !== null ? address.port : port));
    });
  });

const addressSentence = (code: string | undefined, host: string, port: number): string => {
  if (code === "EADDRINUSE") {
    return `Port ${port} on ${host} is taken. Stop the other program or choose another with --port.`;
  }
  if (code === "EACCES") return `Port ${port} on ${host} needs more rights than this user has.`;
  return `The relay cannot listen on ${host} port ${port} (${code ?? "unknown reason"}).`;
};
