export * from "./ports.ts";
export * from "./presence.ts";
export type { RelayKnowledge } from "./relay-knowledge.ts";
export type { IgnoredWord, SyncPhase, SyncStatus } from "./sync-status.ts";
export { INITIAL_STATUS } from "./sync-status.ts";
export * from "./update-guard.ts";
export * from "./workspace-connection.ts";
