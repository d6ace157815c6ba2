/**
 * The relay as a program.
 * 1. Prints one line on stdout, and only when it is ready; everything else goes to stderr.
 * 2. Exit 2: it was called wrongly. Exit 1: it cannot start. Exit 0: it was asked to stop, and has drained.
 */
import { restoreBackup, takeBackup } from "./backup.ts";
import { HELP, parseConfig, type RelayConfig } from "./config.ts";
import { openJetStreamRoomLog } from "./jetstream/open-jetstream.ts";
import { createLogger, type Logger } from "./logger.ts";
import { openRelay, type RelayOptions } from "./start-relay.ts";

/** Where the logs are kept, when it is not the data folder. */
const logOf = ({ natsServers: servers }: RelayConfig, logger: Logger): Pick<RelayOptions, "openLog"> =>
  servers.length === 0
    ? {}
    : {
        openLog: ({ limits, randomBytes }) =>
          openJetStreamRoomLog({ servers, quota: limits, randomBytes, now: Date.now, logger }),
      };

const run = async (config: RelayConfig): Promise<void> => {
  const logger = createLogger((line) => process.stderr.write(line), Date.now);
  const opened = await openRelay({ ...config, ...logOf(config, logger), logger });
  if (!opened.ok) {
    process.stderr.write(`${opened.error.sentence}\n`);
    process.exitCode = 1;
    return;
  }
  const relay = opened.value;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info("stopping", { signal });
    await relay.close();
    logger.info("stopped");
    process.exit(); // else Node would close a database that was left open because its disk fails
  };
  process.on("SIGHUP", () => {
    const reloaded = relay.reloadTls();
    if (reloaded.ok) logger.info("certificate-read");
    else logger.error("certificate-refused", { sentence: reloaded.error });
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal));
  process.stdout.write(`relay listening on ${relay.url}\n`);
};

const request = parseConfig(process.argv.slice(2), process.env);
if (!request.ok) {
  for (const sentence of request.error) process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
} else if (request.value.type === "help") {
  process.stdout.write(HELP);
} else if (request.value.type === "run") {
  await run(request.value.config);
} else {
  const { type, folder, config } = request.value;
  const done =
    type === "backup"
      ? await takeBackup(config.dataDir, folder, Date.now)
      : await restoreBackup(folder, config.dataDir);
  if (done.ok)
    process.stdout.write(
      `${type}: ${Object.entries(done.value)
        .map(([of, n]) => `${n} ${of}`)
        .join(", ")}\n`,
    );
  else process.stderr.write(`${done.error}\n`);
  process.exitCode = done.ok ? 0 : 1;
}
