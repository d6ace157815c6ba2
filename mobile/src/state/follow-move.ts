/**
 * From one epoch to the next: the desktop renewed the key, and this phone goes along.
 * 1. The new key is stored at once, beside the old one; the old document stays on the screen until the new one is here.
 * 2. What no relay had of this phone's records is said again in the new document, each once, before the old one goes.
 * 3. A phone that was away through several renewals follows them one by one.
 * 4. Started again half-way, it goes on: everything that it does may be done twice.
 */
import { appendRecords, readMeta, type UnsentRecord } from "@deskhand/doc-schema/document";
import { readMove } from "@deskhand/doc-schema/sync";
import type { EpochSecret, Membership } from "../device/membership-store.ts";
import type { ValueStore } from "../device/value-store.ts";
import type * as Y from "yjs";
import { openEpochSession, type EpochSession } from "./epoch-session.ts";

export type Followed =
  | { readonly type: "moved"; readonly membership: Membership }
  | { readonly type: "removed"; readonly at: number };

export interface MoveReader {
  readonly membership: Membership;
  /** The epoch that the reader is in. */
  readonly epoch: number;
}

/** What a control frame says to this phone; undefined when it says nothing that holds. */
export const readOwnMove = (
  body: Uint8Array,
  { membership, epoch }: MoveReader,
):
  | { readonly type: "next"; readonly secret: EpochSecret }
  | { readonly type: "removed"; readonly at: number }
  | undefined => {
  const { executorSignKey, workspaceId, keys } = membership;
  const move = readMove(body, { executorSignKey, workspaceId, epoch, deviceKeys: keys });
  if (!move.ok) {
    console.warn(`a room was closed by something that is no move for this phone: ${move.error}`);
    return undefined;
  }
  if ("removed" in move.value) return { type: "removed", at: move.value.createdAt };
  const { epoch: next, rootKey } = move.value;
  return { type: "next", secret: { epoch: next, rootKey } };
};

export interface FollowInput {
  readonly values: ValueStore;
  readonly membership: Membership;
  readonly secret: EpochSecret;
  /** What the old document holds that no relay has, or that the new one lacks; asked when that is here. */
  readonly unsent: (fresh: Y.Doc) => readonly UnsentRecord[];
  /** Stores a key on the way, before anything is done with it. */
  readonly keep: (secret: EpochSecret) => Promise<void>;
}

/** Settles when the new document is here and holds what was not sent, or when this phone turns out to be removed. */
export const followMove = async (input: FollowInput): Promise<Followed> => {
  const { values, membership, unsent, keep } = input;
  let { secret } = input;
  for (;;) {
    const arrived = await arriveIn({ values, membership, secret, unsent });
    if (arrived.type === "here") {
      const { epoch, rootKey } = membership;
      return {
        type: "moved",
        membership: { ...membership, ...secret, next: undefined, previous: { epoch, rootKey } },
      };
    }
    if (arrived.type === "removed") return arrived;
    ({ secret } = arrived);
    await keep(secret);
  }
};

type Arrival = { readonly type: "here" } | NonNullable<ReturnType<typeof readOwnMove>>;

const arriveIn = async ({
  values,
  membership,
  secret,
  unsent,
}: Omit<FollowInput, "keep">): Promise<Arrival> => {
  const { promise, resolve } = Promise.withResolvers<Arrival>();
  let opened: EpochSession | undefined;
  const look = (): void => {
    if (opened?.isCaughtUp() === true && readMeta(opened.doc) !== undefined) resolve({ type: "here" });
  };
  const session = (opened = await openEpochSession({
    values,
    membership,
    secret,
    onChange: look,
    onProblem: (reason) => reason !== undefined && console.warn("the new document is not stored", reason),
    onGone: () => undefined, // the old document's session says so
    onMoved: (body) => {
      const move = readOwnMove(body, { membership, epoch: secret.epoch });
      if (move !== undefined) resolve(move);
    },
  }));
  session.doc.on("update", look);
  look();
  const arrived = await promise;
  if (arrived.type === "here") appendRecords(session.doc, unsent(session.doc));
  await session.flush();
  await session.close();
  return arrived;
};
