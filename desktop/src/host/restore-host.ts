/** A workspace on this computer from its recovery kit: the record from the relay or from a file, then the data folder. */
import { randomBytes } from "node:crypto";
import { createRecoveryKeys, deviceIdOf, type RecoverySecret } from "@deskhand/doc-schema/crypto";
import { fetchRecovery, readRecoveryRecord, type RecoveryRecord } from "@deskhand/doc-schema/sync";
import { err, type Result } from "@deskhand/doc-schema/wire";
import { restoreWorkspace, type Restored } from "../executor/epoch/restore.ts";
import { readPrivateFile } from "../executor/private-files.ts";
import { holdsWorkspace, prepareFolder } from "./data-folder.ts";
import { openSecrets, type HostError, type OpenKeychain } from "./secrets.ts";
import type { HostSettings } from "./settings.ts";
import { nodeSyncPorts } from "./sync-ports.ts";

/** How long a relay may take; the whole document may have to come (milliseconds). */
const RELAY_TIMEOUT_MS = 30_000;

export interface RestoreHostInput {
  readonly secret: RecoverySecret;
  /** Path of the kit's file; absent: the relay has the record. */
  readonly file?: string | undefined;
  readonly openKeychain?: OpenKeychain;
}

/** `sentence` is for the terminal. "cannot-keep": it is about this computer's disk or keychain. */
export interface RestoreFailure extends HostError {
  readonly type:
    | "not-empty"
    | "unreachable"
    | "nothing-there"
    | "unreadable"
    | "no-file"
    | "other-kit"
    | "no-kit-file"
    | "cannot-keep";
}

const refuse = (type: RestoreFailure["type"], sentence: string): Result<never, RestoreFailure> =>
  err({ type, sentence });

export const restoreHost = async (
  settings: HostSettings,
  { secret, file, openKeychain }: RestoreHostInput,
): Promise<Result<Restored, RestoreFailure>> => {
  const { dataFolder } = settings;
  const notEmpty = `${dataFolder} holds a workspace already. Nothing was changed; choose another folder with --data.`;
  if (holdsWorkspace(dataFolder)) return refuse("not-empty", notEmpty);
  const keys = createRecoveryKeys(secret);
  const record = file === undefined ? await fetchRecord(settings, keys) : readFileRecord(file, keys);
  if (!record.ok) return record;
  const folder = prepareFolder(dataFolder);
  if (!folder.ok) return refuse("cannot-keep", folder.error.sentence);
  const secrets = openSecrets(settings, openKeychain);
  if (!secrets.ok) return refuse("cannot-keep", secrets.error.sentence);
  const restored = await restoreWorkspace({
    dataDir: dataFolder,
    secretStore: secrets.value.store,
    deviceName: settings.desktopName,
    record: record.value,
    kit: keys,
    relayUrls: [settings.relayUrl],
    sync: nodeSyncPorts,
    clock: { now: nodeSyncPorts.now, after: nodeSyncPorts.timers.after },
    randomBytes,
    timeoutMs: RELAY_TIMEOUT_MS,
  });
  if (restored.ok) return restored;
  if (restored.error.type === "not-empty") return refuse("not-empty", notEmpty);
  return refuse(
    "cannot-keep",
    `The workspace could not be restored into ${dataFolder} (${restored.error.type}). Try again.`,
  );
};

type Record = Result<RecoveryRecord, RestoreFailure>;
type Keys = ReturnType<typeof createRecoveryKeys>;

const fetchRecord = async ({ relayUrl }: HostSettings, keys: Keys): Promise<Record> => {
  const fetched = await fetchRecovery({
    ports: nodeSyncPorts,
    roomKey: keys.roomKey,
    deviceId: deviceIdOf(randomBytes(32)),
    relayUrl,
    timeoutMs: RELAY_TIMEOUT_MS,
  });
  if (!fetched.ok)
    return fetched.error.type === "unreachable"
      ? refuse(
          "unreachable",
          `The relay at ${relayUrl} can't be reached. Name another with --relay, or the kit's file with --recovery-file.`,
        )
      : refuse(
          "nothing-there",
          `The relay at ${relayUrl} has nothing for these words. Name the relay of the old computer with --relay.`,
        );
  const record = readRecoveryRecord(fetched.value, keys);
  return record.ok
    ? record
    : refuse("unreadable", `What the relay at ${relayUrl} has for these words cannot be read.`);
};

const readFileRecord = (file: string, keys: Keys): Record => {
  const bytes = readPrivateFile(file);
  if (bytes === undefined) return refuse("no-file", `There is no file ${file}.`);
  const record = readRecoveryRecord(bytes, keys);
  if (record.ok) return record;
  return record.error.type === "bad-seal"
    ? refuse("other-kit", `These words do not open ${file}: it is another kit's, or it is damaged.`)
    : refuse("no-kit-file", `${file} is not the file of a recovery kit.`);
};
