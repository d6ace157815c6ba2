export * from "./approval-card.ts";
export * from "./approval-views.ts";
export * from "./history.ts";
export * from "./task-views.ts";
export * from "./timeline.ts";
