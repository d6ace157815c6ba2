/**
 * This phone as a member: opens its workspace, follows it to new keys, learns that it was removed, erases it.
 * 1. Whatever was decided is stored before it is shown.
 * 2. Of two tabs one follows a renewal; the other opens what the first has made.
 * 3. The document that it came from goes when all that was said there is stored in the new one, also if the app ended in
 *    between.
 */
import { forgetCopyFacts } from "../device/copy-facts.ts";
import { eraseDocument } from "../device/document-store.ts";
import { openKeptFiles } from "../device/kept-files.ts";
import {
  documentNameOf,
  forgetMembership,
  loadMembership,
  saveMembership,
  type EpochSecret,
  type Membership,
} from "../device/membership-store.ts";
import { eraseOutbox } from "../device/outbox-store.ts";
import { eraseResumes } from "../device/resume-store.ts";
import { eraseSegments } from "../device/segment-store.ts";
import type { ValueStore } from "../device/value-store.ts";
import { openEpochSession } from "./epoch-session.ts";
import { followMove, readOwnMove } from "./follow-move.ts";
import { openPhoneWorkspace, type PhoneWorkspace } from "./phone-workspace.ts";
import { forgetDraft } from "./use-draft.ts";

export interface MemberState {
  readonly workspace: PhoneWorkspace;
  readonly membership: Membership;
}

export interface MemberPorts {
  readonly values: ValueStore;
  readonly onState: (state: MemberState) => void;
  /** Somebody erased this phone in another tab. */
  readonly onErased: () => void;
  readonly onError: (error: unknown) => void;
}

export const openMember = async (
  ports: MemberPorts,
  membership: Membership,
  isRenewed = false,
): Promise<PhoneWorkspace> => {
  const { values, onState, onErased, onError } = ports;
  let following: EpochSecret | undefined;

  /** Takes along what is written until the new workspace is open. */
  const goOver = async (next: Membership): Promise<PhoneWorkspace> => {
    const opened = await openMember(ports, next, true);
    await opened.sayAgain(workspace.unsent(opened.doc));
    await workspace.close();
    return opened;
  };
  /** The document went under this tab: another one went over to a new key, or erased this phone. */
  const lookAfter = async (): Promise<void> => {
    const stored = await loadMembership(values);
    if (stored !== undefined) return void (await goOver(stored));
    onErased();
    await workspace.close();
  };
  const remove = async (at: number): Promise<void> => {
    const removed = { ...membership, next: undefined, removedAt: at };
    await saveMembership(values, removed);
    await workspace.close();
    await openMember(ports, removed);
  };
  const keep = (next: EpochSecret): Promise<void> => saveMembership(values, { ...membership, next });

  const follow = async (secret: EpochSecret): Promise<void> => {
    if (following !== undefined && following.epoch >= secret.epoch) return;
    following = secret;
    await keep(secret);
    const followed = await followMove({ values, membership, secret, unsent: workspace.unsent, keep });
    if (followed.type === "removed") return remove(followed.at);
    await saveMembership(values, followed.membership);
    await leavePrevious(values, await goOver(followed.membership));
  };
  const lock = `deskhand/move/${membership.workspaceId}`;
  /** Elsewhere the way was gone already, if the stored key is another by now. */
  const followAlone = async (secret: EpochSecret): Promise<void> =>
    alone(lock, async () => {
      const stored = await loadMembership(values);
      if (stored?.epoch === membership.epoch) await follow(secret);
    });

  const workspace = await openPhoneWorkspace({
    values,
    membership,
    isRenewed,
    onGone: () => void lookAfter().catch(onError),
    onMoved: (body) => {
      const move = readOwnMove(body, { membership, epoch: membership.epoch });
      if (move?.type === "removed") remove(move.at).catch(onError);
      if (move?.type === "next") followAlone(move.secret).catch(onError);
    },
  });
  onState({ workspace, membership });
  if (membership.previous !== undefined && !isRenewed)
    alone(lock, () => leavePrevious(values, workspace)).catch(onError);
  if (membership.next !== undefined) followAlone(membership.next).catch(onError);
  return workspace;
};

/** What was said last in the epoch that this phone came from is read out of storage: the app may have ended since. */
const leavePrevious = async (values: ValueStore, workspace: PhoneWorkspace): Promise<void> => {
  const membership = await loadMembership(values);
  const secret = membership?.previous;
  if (membership === undefined || secret === undefined) return;
  const left = await openEpochSession({
    values,
    membership: { ...membership, removedAt: 0 }, // dials nobody
    secret,
    onChange: () => undefined,
    onProblem: (reason) => reason !== undefined && console.warn("the old document is not stored", reason),
    onGone: () => undefined,
    onMoved: () => undefined,
  });
  await workspace.sayAgain(left.unsent(workspace.doc));
  await left.close();
  await eraseEpoch(values, { ...membership, ...secret });
  const stored = await loadMembership(values); // removed or erased meanwhile, it stays so
  if (stored !== undefined) await saveMembership(values, { ...stored, previous: undefined });
};

/** Forgets keys, documents and drafts of this phone. */
export const eraseMember = async (
  values: ValueStore,
  { workspace, membership }: MemberState,
): Promise<void> => {
  await forgetMembership(values);
  await forgetDraft(values);
  await workspace.close();
  await eraseEpoch(values, membership);
  for (const secret of [membership.next, membership.previous])
    if (secret !== undefined) await eraseEpoch(values, { ...membership, ...secret });
  await forgetCopyFacts(values, membership.workspaceId);
  await openKeptFiles().removeAll();
};

const eraseEpoch = async (values: ValueStore, { workspaceId, epoch }: Membership): Promise<void> => {
  const name = documentNameOf(workspaceId, epoch);
  await Promise.all([
    eraseDocument(values, name),
    eraseOutbox(values, name),
    eraseResumes(values, name),
    eraseSegments(values, name),
  ]);
};

/** Without a secure context there are no locks between tabs: then each tab for itself. */
const alone = async (name: string, run: () => Promise<void>): Promise<void> => {
  if (!("locks" in navigator)) return run();
  await navigator.locks.request(name, run);
};
