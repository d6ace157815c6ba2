/** A workspace on this computer from its recovery kit: the record from the relay or from a file, then the data folder. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { createRecoveryKeys, deviceIdOf, type RecoverySecret } from "@deskhand/doc-schema/crypto";
import { fetchRecovery, readRecoveryRecord, type RecoveryRecord } from "@deskhand/doc-schema/sync";
import { err, type Result } from "@deskhand/doc-schema/wire";
import { restoreWorkspace, type Restored } from "../executor/epoch/restore.ts";
import { readPrivateFile } from "../executor/private-files.ts";
import { prepareFolder } from "./data-folder.ts";
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

const refuse = (sentence: string): Result<never, HostError> => err({ sentence });

export const restoreHost = async (
  settings: HostSettings,
  { secret, file, openKeychain }: RestoreHostInput,
): Promise<Result<Restored, HostError>> => {
  const { dataFolder } = settings;
  const notEmpty = `${dataFolder} holds a workspace already. Nothing was changed; choose another folder with --data.`;
  if (existsSync(path.join(dataFolder, "ledger.jsonl"))) return refuse(notEmpty);
  const keys = createRecoveryKeys(secret);
  const record = file === undefined ? await fetchRecord(settings, keys) : readFileRecord(file, keys);
  if (!record.ok) return record;
  const folder = prepareFolder(dataFolder);
  if (!folder.ok) return folder;
  const secrets = openSecrets(settings, openKeychain);
  if (!secrets.ok) return secrets;
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
  if (restored.error.type === "not-empty") return refuse(notEmpty);
  return refuse(
    `The workspace could not be restored into ${dataFolder} (${restored.error.type}). Try again.`,
  );
};

type Record = Result<RecoveryRecord, HostError>;
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
          `The relay at ${relayUrl} can't be reached. Name another with --relay, or the kit's file with --recovery-file.`,
        )
      : refuse(
          `The relay at ${relayUrl} has nothing for these words. Name the relay of the old computer with --relay.`,
        );
  const record = readRecoveryRecord(fetched.value, keys);
  return record.ok ? record : refuse(`What the relay at ${relayUrl} has for these words cannot be read.`);
};

const readFileRecord = (file: string, keys: Keys): Record => {
  const bytes = readPrivateFile(file);
  if (bytes === undefined) return refuse(`There is no file ${file}.`);
  const record = readRecoveryRecord(bytes, keys);
  if (record.ok) return record;
  return record.error.type === "bad-seal"
    ? refuse(`These words do not open ${file}: it is another kit's, or it is damaged.`)
    : refuse(`${file} is not the file of a recovery kit.`);
};
