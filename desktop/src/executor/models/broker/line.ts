/** What both ends of the line between executor and broker know: HTTP/2 over a pipe that only these two have. */

/** The broker's end. */
export const LINE_DESCRIPTOR = 3;

/** The first request, and the only one that the broker answers itself: a POST of a BrokerServer. */
export const OPEN_PATH = "/open";

/**
 * Node refuses streams of a session beyond ten megabytes by default, and never takes off what was queued for a stream
 * that was stopped: after a few stopped uploads it would refuse every answer. The other end is our own; there is no
 * such limit.
 */
export const SESSION = { maxSessionMemory: 2 ** 20 } as const;

/** Where requests go, and what says that they may. */
export interface BrokerServer {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Headers of each request; those of the same names that come over the line are dropped. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** Of a request that comes over the line; all others stay behind. */
export const PASSED_ON = ["accept", "content-type", "user-agent", "anthropic-version", "anthropic-beta"];

/** Of the server's answer. */
export const PASSED_BACK = ["content-type", "retry-after", "request-id"];

/** All that is ever asked of a model's server: a turn, and which models there are. */
const ALLOWED = ["POST /v1/messages", "GET /v1/models"];

/** @param path with its query */
export const isAllowed = (method: string, path: string): boolean =>
  ALLOWED.includes(`${method} ${path.split("?", 1).join("")}`);

/** Those of `names` that have a value. */
export const pick = (
  names: readonly string[],
  valueOf: (name: string) => string | undefined,
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = valueOf(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
