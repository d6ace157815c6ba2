/**
 * What a new desktop needs to go on with a workspace: sealed to the recovery words (crypto/recovery.ts), in the recovery
 * room of each relay and, if a person wants it, in a file.
 *   record = UTF-8 of canonical JSON { "v": 1, … }; seeds and keys in base64url
 * 1. It holds the executor's own seeds, so that the phones go on to trust the desktop. Who has the words is the desktop.
 * 2. The devices are in it: who restores without a relay must not lock the phones out.
 * 3. No grant is in it: a new computer has other folders, and asks anew.
 */
import * as z from "zod/mini";
import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToText,
  canonicalText,
  createDeviceKeys,
  openRecovery,
  redact,
  reveal,
  revealDeviceSeeds,
  ROOT_KEY_BYTES,
  sealRecovery,
  utf8ToBytes,
  type DeviceKeys,
  type RecoveryKeys,
  type RootKey,
} from "../../crypto/index.ts";
import { parseId, parseJson, type ThreadId, type WorkspaceId } from "../../document/index.ts";
import { err, ok, type Result } from "../../wire/index.ts";

export interface RecoveryRecord {
  readonly workspaceId: WorkspaceId;
  readonly threadId: ThreadId;
  /** Milliseconds since 1970, of the workspace. */
  readonly createdAt: number;
  /** The epoch that was live when the record was made, and its root key. */
  readonly epoch: number;
  readonly rootKey: RootKey;
  readonly executorKeys: DeviceKeys;
  readonly relays: readonly { readonly url: string; readonly publicUrl: string }[];
  /** Every device that was ever certified: its signed record, and the signed end of it. */
  readonly devices: readonly { readonly text: string; readonly revocation?: string | undefined }[];
}

/** "not-a-record": another kind of file, or a later version. "bad-seal": other words, or damage. */
export type RecoveryError = { readonly type: "not-a-record" | "bad-seal" };

const SEED_BYTES = 32;
const bytesOf = (length: number) =>
  z.string().check(z.refine((text) => base64UrlToBytes(text)?.length === length));
const relayUrl = z.string().check(z.maxLength(2048));
const RECORD = z.looseObject({
  v: z.literal(1),
  workspaceId: z.custom<WorkspaceId>((value) => parseId("workspace", value) !== undefined),
  threadId: z.custom<ThreadId>((value) => parseId("thread", value) !== undefined),
  createdAt: z.number(),
  epoch: z.number().check(z.int(), z.gte(1), z.lt(2 ** 32)),
  rootKey: bytesOf(ROOT_KEY_BYTES),
  executorSeeds: bytesOf(2 * SEED_BYTES),
  relays: z.array(z.object({ url: relayUrl, publicUrl: relayUrl })).check(z.maxLength(16)),
  devices: z.array(z.object({ text: z.string(), revocation: z.optional(z.string()) })),
});

export const writeRecoveryRecord = (
  { workspaceId, threadId, createdAt, epoch, rootKey, executorKeys, relays, devices }: RecoveryRecord,
  sealKey: RecoveryKeys["sealKey"],
  randomBytes: (length: number) => Uint8Array,
): Uint8Array => {
  const text = canonicalText({
    v: 1,
    workspaceId,
    threadId,
    createdAt,
    epoch,
    rootKey: bytesToBase64Url(reveal(rootKey)),
    executorSeeds: bytesToBase64Url(revealDeviceSeeds(executorKeys)),
    relays: relays.map(({ url, publicUrl }) => ({ url, publicUrl })),
    devices: devices.map(({ text, revocation }) => ({
      text,
      ...(revocation === undefined ? {} : { revocation }),
    })),
  });
  return sealRecovery(sealKey, utf8ToBytes(text), randomBytes);
};

export const readRecoveryRecord = (
  sealed: Uint8Array,
  keys: RecoveryKeys,
): Result<RecoveryRecord, RecoveryError> => {
  const opened = openRecovery(keys, sealed);
  if (!opened.ok) return opened;
  const json = parseJson(bytesToText(opened.value) ?? "");
  const record = RECORD.safeParse(json.ok ? json.value : undefined);
  if (!record.success) return err({ type: "not-a-record" });
  const { rootKey, executorSeeds, ...fields } = record.data;
  const key = base64UrlToBytes(rootKey);
  const seeds = base64UrlToBytes(executorSeeds);
  if (key === undefined || seeds === undefined) return err({ type: "not-a-record" });
  return ok({
    ...fields,
    rootKey: redact("root-key", key),
    executorKeys: createDeviceKeys(seeds.slice(0, SEED_BYTES), seeds.slice(SEED_BYTES)),
  });
};
