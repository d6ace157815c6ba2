/**
 * Who a connection is from: the other end of it, or behind proxies of the operator's own what the outermost of them wrote
 * down. What stands further left in X-Forwarded-For was written by the client and is not believed.
 */
import type { IncomingMessage } from "node:http";

/** @param trustedProxies how many proxies, one behind the other, stand between the client and the relay */
export const clientAddress = (request: IncomingMessage, trustedProxies: number): string => {
  const peer = request.socket.remoteAddress ?? "";
  if (trustedProxies === 0) return peer;
  const forwarded = [request.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  return forwarded.at(-trustedProxies)?.trim() || peer;
};
