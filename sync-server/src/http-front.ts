/**
 * The plain HTTP side: state for whoever runs the relay, and the phone app for everyone else. An exception here
 * is answered with 500 and ends nothing.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "./logger.ts";
import { sendText, type WebApp } from "./web-app.ts";

export interface HttpFrontDeps {
  readonly webApp: WebApp;
  readonly logger: Logger;
  /** False while the relay drains or its disk refuses writes. */
  readonly isReady: () => boolean;
  /** Prometheus text. */
  readonly renderMetrics: () => string;
}

export const createHttpFront = ({ webApp, logger, isReady, renderMetrics }: HttpFrontDeps) => {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return sendText(response, 405, "Only GET and HEAD.\n");
    }
    switch (request.url?.split("?")[0]) {
      case "/healthz":
        return sendText(response, 200, "alive\n");
      case "/readyz":
        return isReady() ? sendText(response, 200, "ready\n") : sendText(response, 503, "not ready\n");
      case "/metrics":
        return sendText(response, 200, renderMetrics(), "text/plain; version=0.0.4; charset=utf-8");
      default:
        return webApp.serve(request, response);
    }
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    try {
      answer(request, response);
    } catch (error) {
      logger.error("internal", { error: error instanceof Error ? error.message : "unknown" });
      if (!response.headersSent) sendText(response, 500, "Something went wrong here.\n");
      else response.destroy();
    }
  };
};
