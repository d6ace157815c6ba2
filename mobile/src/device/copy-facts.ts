/**
 * What this phone remembers of its copy beside the copy: whether it is damaged and not yet fetched again, and what is
 * needed to take an order while the document is not here; and how far the desktop's audit log was.
 */
import { parseId, type ThreadId } from "@deskhand/doc-schema/document";
import type { ValueStore } from "./value-store.ts";

export interface CopyFacts {
  /** Since when it waits to be fetched again, milliseconds since 1970. */
  readonly damagedAt?: number | undefined;
  readonly threadId?: ThreadId | undefined;
  readonly desktopName?: string | undefined;
  /** The furthest head of the desktop's audit log that was seen here, as it was signed. */
  readonly auditHead?: string | undefined;
}

const keyOf = (workspaceId: string): string => `copy/${workspaceId}`;

export const loadCopyFacts = async (values: ValueStore, workspaceId: string): Promise<CopyFacts> => {
  const saved = await values.get(keyOf(workspaceId));
  if (typeof saved !== "object" || saved === null) return {};
  const { damagedAt, threadId, desktopName, auditHead } = saved as Record<string, unknown>; // each is checked below
  return {
    damagedAt: typeof damagedAt === "number" ? damagedAt : undefined,
    threadId: parseId("thread", threadId),
    desktopName: typeof desktopName === "string" ? desktopName : undefined,
    auditHead: typeof auditHead === "string" ? auditHead : undefined,
  };
};

export const saveCopyFacts = (values: ValueStore, workspaceId: string, facts: CopyFacts): Promise<void> =>
  values.put(keyOf(workspaceId), facts);

export const forgetCopyFacts = (values: ValueStore, workspaceId: string): Promise<void> =>
  values.remove(keyOf(workspaceId));
