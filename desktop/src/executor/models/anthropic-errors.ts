/** What went wrong with a request, as a word to act on and a plain sentence to show. */
import { APIConnectionError, APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import { BrokerGone } from "./broker/broker.ts";
import type { ModelError } from "./model.ts";

export const STOPPED: ModelError = { type: "aborted", retry: false, text: "The request was stopped." };
export const STALLED: ModelError = {
  type: "stalled",
  retry: true,
  text: "The model service stopped sending in the middle of its answer. What is done stays done; try again later.",
};
const CUT: ModelError = {
  type: "connection",
  retry: true,
  text: "The model service cannot be reached. What is done stays done; check the network.",
};
/** Nothing is sent past it. */
const NO_BROKER: ModelError = {
  type: "connection",
  retry: true,
  text: "The part of Deskhand that alone may reach the model service ended or does not start. What is done stays done; start Deskhand again.",
};

export const unknownStop = (reason: string | null): ModelError => ({
  type: "bad-request",
  retry: false,
  text: `The model stopped for a reason that this version does not know (${reason ?? "none"}).`,
});

export const modelErrorOf = (error: unknown): ModelError => {
  if (error instanceof APIConnectionError && error.cause instanceof BrokerGone) return NO_BROKER;
  if (!(error instanceof APIError) || isNoAnswer(error)) return CUT;
  const seconds = Number(error.headers?.get("retry-after") ?? Number.NaN);
  const known = byStatus(statusOf(error), error.apiMessage ?? "");
  return Number.isFinite(seconds) && known.retry ? { ...known, retryAfter: Math.max(0, seconds) } : known;
};

/** Our own patience ended, too. */
const isNoAnswer = (error: APIError): boolean =>
  error instanceof APIConnectionError || error instanceof APIUserAbortError;

/** An error event in the middle of a stream has no status of its own: its type stands for one. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  timeout_error: 408,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  overloaded_error: 529,
};
const statusOf = ({ status, type }: APIError): number => status ?? STATUS_OF_TYPE[type ?? ""] ?? 500;

const byStatus = (status: number, message: string): ModelError => {
  const said = message === "" ? "" : `: ${message}`;
  switch (status) {
    case 401:
      return {
        type: "key-refused",
        retry: false,
        text: "The model key is refused (401). Check it in settings.",
      };
    case 402:
    case 403:
    case 404:
      return {
        type: "not-allowed",
        retry: false,
        text: `This key may not use this model (${status})${said}. Check key and model in settings.`,
      };
    case 413:
      return TOO_LARGE;
    case 429:
      return {
        type: "rate-limited",
        retry: true,
        text: "The model service has too many requests of this key (429). What is done stays done; try again later.",
      };
    default:
      if (status === 408 || status === 409 || status >= 500)
        return {
          type: "overloaded",
          retry: true,
          text: `The model service is overloaded (${status}). What is done stays done; try again later.`,
        };
      if (/prompt is too long/i.test(message)) return TOO_LARGE;
      return {
        type: "bad-request",
        retry: false,
        text: `The model service did not accept the request (${status})${said}.`,
      };
  }
};

const TOO_LARGE: ModelError = {
  type: "too-large",
  retry: false,
  text: "The task grew too large for the model. What is done stays done; ask for a smaller piece.",
};
