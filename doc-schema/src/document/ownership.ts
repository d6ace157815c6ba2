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
} as const satisfies Readonly<Record<string, Ownership>>;

export type RootName = keyof typeof OWNERSHIP;

/** `messages/thr_…` belongs to `messages`; undefined for a root that this version does not know. */
export const rootNameOf = (key: string): RootName | undefined => {
  const name = key.split("/", 1)[0] ?? "";
  return Object.hasOwn(OWNERSHIP, name) ? (name as RootName) : undefined; // hasOwn is the check
};
