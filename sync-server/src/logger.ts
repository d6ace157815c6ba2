/** The operator's log: one line of JSON an event. Callers pass no address, no room id, no content. */

export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export const createLogger = (write: (line: string) => void, now: () => number): Logger => {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
};

/** For tests and programs that show the relay's state by other means. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
