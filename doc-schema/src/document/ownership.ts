/**
 * Who may write which root: one writer a root, or a key. Concurrent writers of one key lose data in silence.
 * [OW1] Only the desktop writes what it owns.
 * [OW2] A record of a person is added once and never changed or deleted.
 * [OW3] The key of a decision names the device that signed it.
 */
export type Writer = "desktop" | "creating-device" | "anyone";

export interface Ownership {
  readonly writer: Writer;
  /** What may happen to an entry after it was added. */
  readonly changes: "never" | "by-field" | "append" | "any";
}

export const OWNERSHIP = {
  meta: { writer: "desktop", changes: "by-field" },
  devices: { writer: "desktop", changes: "never" },
  revocations: { writer: "desktop", changes: "never" },
  threads: { writer: "creating-device", changes: "never" },
  messages: { writer: "creating-device", changes: "never" },
  replies: { writer: "desktop", changes: "append" },
  tasks: { writer: "creating-device", changes: "never" },
  intents: { writer: "creating-device", changes: "never" },
  decisions: { writer: "creating-device", changes: "never" },
  runs: { writer: "desktop", changes: "by-field" },
  approvals: { writer: "desktop", changes: "by-field" },
  artifacts: { writer: "desktop", changes: "by-field" },
  grants: { writer: "desktop", changes: "by-field" },
  questions: { writer: "desktop", changes: "by-field" },
  schedules: { writer: "desktop", changes: "by-field" },
  connectors: { writer: "desktop", changes: "by-field" },
  marks: { writer: "anyone", changes: "any" },
  archive: { writer: "desktop", changes: "append" },
} as const satisfies Readonly<Record<string, Ownership>>;

export type RootName = keyof typeof OWNERSHIP;

/** Roots of which there is one for each thread: `messages/thr_…`. */
export const THREAD_ROOTS: readonly RootName[] = ["messages", "replies"];

/** `messages/thr_…` belongs to `messages`; undefined for a root that this version does not know. */
export const rootNameOf = (key: string): RootName | undefined => {
  const slash = key.indexOf("/");
  const name = slash < 0 ? key : key.slice(0, slash);
  if (!Object.hasOwn(OWNERSHIP, name)) return undefined;
  const root = name as RootName; // hasOwn is the check
  return THREAD_ROOTS.includes(root) === slash >= 0 ? root : undefined;
};
