export * from "./blob-messages.ts";
export * from "./bytes.ts";
export * from "./frame-header.ts";
export * from "./limits.ts";
export * from "./relay-messages.ts";
export * from "./result.ts";
