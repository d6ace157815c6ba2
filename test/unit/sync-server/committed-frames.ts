/** For tests that look at what the log holds: a frame that came early is a FRAME, at the moment when it is committed. */
import type { RelayMessage } from "@deskhand/doc-schema/wire";

/** What one socket is told, in order; undefined: nothing yet. */
export const createCommittedFrames = (): ((message: RelayMessage) => RelayMessage | undefined) => {
  let early: Extract<RelayMessage, { type: "early" }> | undefined;
  return (message) => {
    if (message.type === "early") {
      early = message;
      return undefined;
    }
    if (message.type !== "committed") return message;
    if (early?.seq !== message.seq) throw new Error(`${message.seq} was committed and never came`);
    return { ...early, type: "frame" };
  };
};
