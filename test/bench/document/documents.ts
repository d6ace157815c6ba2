/**
 * The two documents that are compared: a Deskhand thread of signed messages, and what a plain Yjs app would keep
 * (the same texts and times in an array of objects, nothing signed).
 */
import { addMessage } from "@deskhand/doc-schema/document";
import * as Y from "yjs";
import { createWorkspaceDoc, NOW } from "../../fixtures/workspace-doc.ts";

/** About what people type: 20 to 180 characters. */
export const textOf = (index: number): string =>
  `Message ${index}: ${"please sort the invoices of this quarter by customer and date, then tell me what is missing. "
    .repeat(2)
    .slice(0, 20 + ((index * 37) % 160))}`;

export type Workspace = ReturnType<typeof createWorkspaceDoc>;

export const createThread = (messages: number): Workspace => {
  const workspace = createWorkspaceDoc();
  for (let index = 0; index < messages; index++) sendMessage(workspace, index);
  return workspace;
};

export const sendMessage = ({ doc, ids, threadId, phone }: Workspace, index: number): void =>
  addMessage(
    doc,
    { id: ids.create("message"), createdAt: NOW + index * 60_000, threadId, text: textOf(index) },
    phone,
  );

export const createPlainThread = (messages: number): Y.Doc => {
  const doc = new Y.Doc();
  for (let index = 0; index < messages; index++) sendPlainMessage(doc, index);
  return doc;
};

export const sendPlainMessage = (doc: Y.Doc, index: number): void =>
  doc
    .getArray("messages")
    .push([{ id: String(index), createdAt: NOW + index * 60_000, text: textOf(index) }]);

export const updateOf = (doc: Y.Doc, change: () => void): Uint8Array => {
  let update = new Uint8Array(0);
  const take = (bytes: Uint8Array): void => {
    update = new Uint8Array(bytes);
  };
  doc.on("update", take);
  change();
  doc.off("update", take);
  return update;
};
