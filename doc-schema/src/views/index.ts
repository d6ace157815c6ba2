export * from "./approval-card.ts";
export * from "./approval-views.ts";
export * from "./delivery.ts";
export * from "./delivery-texts.ts";
export * from "./history.ts";
export * from "./task-views.ts";
export * from "./timeline.ts";
