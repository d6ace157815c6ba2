/** What other workspaces may use of the relay: to run one in their own process. */
export { DEFAULT_LIMITS, type RelayLimits } from "./limits.ts";
export { createLogger, type Logger } from "./logger.ts";
export { openRelay, startRelay, type RelayOptions, type RunningRelay } from "./start-relay.ts";
export type { StartError } from "./start-error.ts";
