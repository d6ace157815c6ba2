/**
 * The recovery kit of this workspace: made once, on a person's order, and kept up to date in every epoch.
 * 1. This desktop keeps what it needs to renew the record, and not the words: its disk does not give them away.
 * 2. A new kit makes the one before it worthless: nothing renews that any more, and its room holds an old epoch's key
 *    only. It still names this workspace, so a lost paper is answered by a new kit and a new epoch.
 */
import {
  createRecoveryKeys,
  createRecoverySecret,
  recoveryWords,
  redact,
  reveal,
  ROOT_KEY_BYTES,
  type DeviceKeys,
  type RecoveryKeys,
} from "@deskhand/doc-schema/crypto";
import { publishRecovery, writeRecoveryRecord, type SyncPorts } from "@deskhand/doc-schema/sync";
import { concatBytes, err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { IdentityPorts } from "../identity.ts";
import type { LedgerState } from "../ledger-state.ts";
import type { SecretError } from "../secret-store.ts";
import type { LiveEpoch } from "./live-epoch.ts";

/** What stays on this disk. */
export type KitPublicPart = Pick<RecoveryKeys, "roomKey" | "sealKey">;

export interface NewRecoveryKit {
  /** 24, to be written down; they are kept nowhere. */
  readonly words: readonly string[];
}

export interface RecoveryKit {
  readonly exists: () => boolean;
  readonly make: () => Promise<Result<NewRecoveryKit, SecretError>>;
  /** The sealed record as a file, for a restore without any relay; undefined without a kit. */
  readonly file: () => Uint8Array | undefined;
  /** Says the present record to every relay: at the start, in a new epoch, when relays or devices changed. */
  readonly publish: () => void;
  readonly close: () => void;
}

export interface RecoveryKitPorts extends IdentityPorts {
  readonly state: LedgerState;
  readonly audit: AuditLog;
  readonly device: DeviceKeys;
  readonly live: () => LiveEpoch;
  readonly sync: SyncPorts;
  /** As it was loaded at the start. */
  readonly kit: KitPublicPart | undefined;
}

export const loadKit = async ({
  secretStore,
}: Pick<IdentityPorts, "secretStore">): Promise<Result<KitPublicPart | undefined, SecretError>> => {
  const loaded = await secretStore.load("recovery-kit");
  if (!loaded.ok || loaded.value === undefined) return loaded.ok ? ok(undefined) : loaded;
  if (loaded.value.length !== 2 * ROOT_KEY_BYTES) return err({ type: "damaged-secret" });
  return ok({
    roomKey: redact("root-key", loaded.value.slice(0, ROOT_KEY_BYTES)),
    sealKey: loaded.value.slice(ROOT_KEY_BYTES),
  });
};

export const saveKit = (
  { secretStore }: Pick<IdentityPorts, "secretStore">,
  { roomKey, sealKey }: KitPublicPart,
): Promise<Result<void, SecretError>> =>
  secretStore.save("recovery-kit", concatBytes(reveal(roomKey), sealKey));

export const createRecoveryKit = (ports: RecoveryKitPorts): RecoveryKit => {
  const { state, audit, device, live, sync, randomBytes } = ports;
  let { kit } = ports;
  let stops: readonly (() => void)[] = [];
  let isClosed = false;

  const file = (): Uint8Array | undefined => {
    if (kit === undefined || state.workspace === undefined) return undefined;
    const { workspaceId, threadId, createdAt, epoch } = state.workspace;
    const { rootKey } = live();
    const relays = [...state.relays.values()];
    const devices = [...state.devices.values()];
    const record = {
      workspaceId,
      threadId,
      createdAt,
      epoch,
      rootKey,
      executorKeys: device,
      relays,
      devices,
    };
    return writeRecoveryRecord(record, kit.sealKey, randomBytes);
  };
  const stopPublishing = (): void => {
    for (const stop of stops) stop();
    stops = [];
  };
  const publish = (): void => {
    stopPublishing();
    const sealed = file();
    if (kit === undefined || sealed === undefined || isClosed) return;
    const room = { ports: sync, roomKey: kit.roomKey, deviceId: device.deviceId, sealed };
    stops = [...state.relays.keys()].map((relayUrl) => publishRecovery({ ...room, relayUrl }));
  };

  return {
    exists: () => kit !== undefined,
    file,
    publish,
    make: async () => {
      const secret = createRecoverySecret(randomBytes);
      const made = createRecoveryKeys(secret);
      const saved = await saveKit(ports, made);
      if (!saved.ok) return saved;
      kit = made;
      audit.write({ kind: "recovery", what: "kit", outcome: "made" });
      publish();
      return ok({ words: recoveryWords(secret) });
    },
    close: () => {
      isClosed = true;
      stopPublishing();
    },
  };
};
