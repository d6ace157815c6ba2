export * from "./canonical.ts";
export * from "./device-keys.ts";
export * from "./encoding.ts";
export * from "./redacted.ts";
export * from "./signing.ts";
