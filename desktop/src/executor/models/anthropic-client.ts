/**
 * The one place that gives the key to a model's server, and to nobody else: in a header, never in an address.
 * Anthropic's own server takes it as Bearer; compatible ones document the older version and either of two headers.
 */
import Anthropic from "@anthropic-ai/sdk";
import { reveal } from "@deskhand/doc-schema/crypto";
import { BROKER_ORIGIN, createBroker } from "./broker/broker.ts";
import type { ModelKey } from "./model-key.ts";

export interface ModelServer {
  readonly key: ModelKey;
  /** ANTHROPIC_BASE_URL: another server that speaks the Messages API. */
  readonly baseUrl?: string | undefined;
}

const OWN_URL = "https://api.anthropic.com";

export const isOwnServer = ({ baseUrl }: Pick<ModelServer, "baseUrl">): boolean =>
  baseUrl === undefined || baseUrl === OWN_URL;

export interface Client {
  readonly api: Anthropic;
  /** Ends its broker. */
  readonly close: () => void;
}

/** Asks through a broker of its own, which alone has the key and the way to the server. */
export const createClient = (server: ModelServer): Client => {
  const isOwn = isOwnServer(server);
  const broker = createBroker(() => {
    const key = new TextDecoder().decode(reveal(server.key));
    const bearer = { authorization: `Bearer ${key}` };
    return {
      baseUrl: (server.baseUrl ?? OWN_URL).replace(/\/+$/, ""),
      credentials: isOwn ? bearer : { ...bearer, "x-api-key": key },
    };
  });
  const api = new Anthropic({
    apiKey: "the broker has it",
    baseURL: BROKER_ORIGIN,
    fetch: broker.fetch,
    maxRetries: 0,
    logLevel: "off",
    ...(isOwn ? {} : { defaultHeaders: { "anthropic-version": "2023-06-01" } }),
  });
  return { api, close: broker.close };
};

/** As a person reads it. */
export const serverName = ({ baseUrl }: Pick<ModelServer, "baseUrl">): string =>
  baseUrl === undefined || baseUrl === OWN_URL ? "Anthropic" : new URL(baseUrl).host;
