/**
 * How the operator's commands reach a relay that is running: a socket in its data folder, which nobody else may open.
 * One line of JSON each way. The relay alone may touch its database, so it makes the copy for a backup.
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Logger } from "./logger.ts";
import type { RoomLog } from "./room-log.ts";

interface CopyOrder {
  readonly copyDatabaseTo: string;
}
type CopyAnswer = { readonly done: true } | { readonly done: false; readonly reason: string };

const socketIn = (folder: string): string => join(folder, "control.sock");

/** Without a database that can be copied there is nothing to order. @returns the end of it */
export const listenForOrders = (
  folder: string,
  copyTo: NonNullable<RoomLog["copyTo"]>,
  logger: Logger,
): (() => void) => {
  const obey = async (line: string): Promise<CopyAnswer> => {
    const order = parseOrder(line);
    if (order === undefined) return { done: false, reason: "not an order" };
    const copied = await copyTo(order.copyDatabaseTo);
    logger[copied.ok ? "info" : "error"]("backup", { ok: copied.ok });
    return copied.ok ? { done: true } : { done: false, reason: copied.error.detail };
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    void text(socket).then(
      async (line) => socket.end(JSON.stringify(await obey(line))),
      () => socket.destroy(),
    );
  });
  server.on("error", () =>
    logger.warn("no-control-socket", { hint: "backup works when the relay is stopped" }),
  );
  rmSync(socketIn(folder), { force: true }); // left by a relay that was killed; this one holds the database
  server.listen(socketIn(folder));
  server.unref();
  return () => void server.close();
};

const parseOrder = (line: string): CopyOrder | undefined => {
  try {
    const order: unknown = JSON.parse(line);
    if (typeof order !== "object" || order === null || !("copyDatabaseTo" in order)) return undefined;
    const { copyDatabaseTo } = order;
    return typeof copyDatabaseTo === "string" ? { copyDatabaseTo } : undefined;
  } catch {
    return undefined; // not JSON: refused like every other nonsense
  }
};

/** "not-running" when no relay listens there; otherwise why it could not. */
export const orderCopy = async (
  folder: string,
  file: string,
): Promise<
  Result<void, { readonly type: "not-running" } | { readonly type: "failed"; readonly reason: string }>
> => {
  const socket = createConnection({ path: socketIn(folder), allowHalfOpen: true });
  try {
    await once(socket, "connect");
  } catch {
    return err({ type: "not-running" });
  }
  socket.end(JSON.stringify({ copyDatabaseTo: file } satisfies CopyOrder));
  // `as`: written by the same version of this file.
  const answer = JSON.parse(await text(socket)) as CopyAnswer;
  return answer.done ? ok(undefined) : err({ type: "failed", reason: answer.reason });
};
