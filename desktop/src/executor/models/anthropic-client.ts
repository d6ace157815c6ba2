/**
 * The one place that gives the key to a model's server, and to nobody else: in a header, never in an address.
 * Anthropic's own server takes it as Bearer; compatible ones document the older version and either of two headers.
 */
import Anthropic from "@anthropic-ai/sdk";
import { reveal } from "@deskhand/doc-schema/crypto";
import type { ModelKey } from "./model-key.ts";

export interface ModelServer {
  readonly key: ModelKey;
  /** ANTHROPIC_BASE_URL: another server that speaks the Messages API. */
  readonly baseUrl?: string | undefined;
}

const OWN_URL = "https://api.anthropic.com";

export const isOwnServer = ({ baseUrl }: Pick<ModelServer, "baseUrl">): boolean =>
  baseUrl === undefined || baseUrl === OWN_URL;

export const createClient = (server: ModelServer): Anthropic => {
  const apiKey = new TextDecoder().decode(reveal(server.key));
  return new Anthropic({
    apiKey,
    baseURL: server.baseUrl ?? OWN_URL,
    maxRetries: 0,
    logLevel: "off",
    ...(isOwnServer(server)
      ? {}
      : { defaultHeaders: { "x-api-key": apiKey, "anthropic-version": "2023-06-01" } }),
  });
};

/** As a person reads it. */
export const serverName = ({ baseUrl }: Pick<ModelServer, "baseUrl">): string =>
  baseUrl === undefined || baseUrl === OWN_URL ? "Anthropic" : new URL(baseUrl).host;
