export * from "./actions.ts";
export * from "./archive.ts";
export * from "./carry-over.ts";
export * from "./archive-segment.ts";
export * from "./audit-head.ts";
export * from "./device-registry.ts";
export {
  MAX_ATTACHMENTS,
  MAX_TEXT_LENGTH,
  MOST_PREVIEW_CHARACTERS,
  type Attachment,
  type BlobReference,
  type Preview,
} from "./fields.ts";
export * from "./ids.ts";
export * from "./marks.ts";
export * from "./ownership.ts";
export * from "./ownership-guard.ts";
export * from "./places.ts";
export * from "./read-document.ts";
export * from "./reading-mode.ts";
export * from "./records.ts";
export * from "./records-in-update.ts";
export * from "./roots.ts";
export * from "./rows.ts";
export * from "./run-states.ts";
export * from "./settled.ts";
export * from "./signed-record.ts";
export * from "./version.ts";
export * from "./write-records.ts";
export * from "./write-rows.ts";
