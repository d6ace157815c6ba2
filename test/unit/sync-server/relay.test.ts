/** The order of commit, ACK, FRAME and LIVE, with a commit that the test runs by hand. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { err, parseRelayMessage } from "@deskhand/doc-schema/wire";
import { DEFAULT_LIMITS } from "../../../sync-server/src/limits.ts";
import { silentLogger } from "../../../sync-server/src/logger.ts";
import { createMemoryRoomLog } from "../../../sync-server/src/memory-room-log.ts";
import { createMetrics } from "../../../sync-server/src/metrics.ts";
import { createRelay } from "../../../sync-server/src/relay.ts";
import type { RoomLog, RoomQuota } from "../../../sync-server/src/room-log.ts";
import { createSoleRoomLog } from "../../../sync-server/src/shared-room-log.ts";

const setUp = (change: (log: RoomLog) => RoomLog = (log) => log, quota: RoomQuota = DEFAULT_LIMITS) => {
  const commits: (() => void)[] = [];
  const log = change(createMemoryRoomLog({ randomBytes, quota }));
  const relay = createRelay({
    log: createSoleRoomLog(log),
    limits: DEFAULT_LIMITS,
    metrics: createMetrics(),
    logger: silentLogger,
    defer: (commit) => commits.push(commit),
  });
  const roomId = Uint8Array.from(randomBytes(16));
  /** @param written what is called for a frame that left; at once unless the test holds it back */
  const enter = (written: (goOn: () => void) => void = (goOn) => goOn()) => {
    const heard: string[] = [];
    const joined = relay.join(roomId, {
      deliver: (message, frame = Buffer.alloc(0), goOn) => {
        const parsed = parseRelayMessage(Buffer.concat([message, frame]));
        const seq = parsed.ok && "seq" in parsed.value ? ` ${parsed.value.seq}` : "";
        const head = parsed.ok && "head" in parsed.value ? ` ${parsed.value.head}` : "";
        heard.push(parsed.ok ? `${parsed.value.type}${seq}${head}` : "malformed");
        if (goOn !== undefined) written(goOn);
      },
      refuse: (code) => {
        heard.push(`refused ${code}`);
        if (code === "internal" && joined.ok) joined.value.leave(); // as a socket does
      },
    });
    if (!joined.ok) throw new Error(joined.error);
    joined.value.replay(0);
    return { heard, membership: joined.value };
  };
  return { enter, relay, commit: () => commits.splice(0).forEach((run) => run()), commits };
};

describe("the order of things in a room", () => {
  it("no ACK before the commit, and one commit for the appends of a tick, of which only the first goes out early", () => {
    const { enter, commit, commits } = setUp();
    const [writer, reader] = [enter(), enter()];
    writer.membership.append(1, Buffer.from("a"));
    writer.membership.append(2, Buffer.from("b"));
    expect(commits).toHaveLength(1);
    expect([writer.heard, reader.heard]).toEqual([
      ["live 0", "joined"],
      ["live 0", "early 1"],
    ]);
    commit();
    expect(writer.heard).toEqual(["live 0", "joined", "ack 1", "ack 2"]);
    expect(reader.heard).toEqual(["live 0", "early 1", "committed 1", "frame 2"]);
  });

  it("a snapshot of who was shown a frame early that could not be stored is not taken", () => {
    let isFailing = false;
    const { enter, relay } = setUp((log) => ({
      ...log,
      append: (entries) => (isFailing ? err({ type: "read-only", detail: "no disk" }) : log.append(entries)),
    }));
    const [writer, reader] = [enter(), enter()];
    isFailing = true;
    writer.membership.append(1, Buffer.from("a"));
    reader.membership.compact({ clientSeq: 1, upto: 0, frame: Buffer.from("holds a") });
    expect(reader.heard).toEqual(["live 0", "early 1", "refused internal"]);
    expect(enter().heard).toEqual(["live 0"]);
    expect(relay.isWritable()).toBe(false);
  });

  it("who is still read to when the room is closed is told so, too", () => {
    const { enter, commit } = setUp();
    const writer = enter();
    writer.membership.append(1, Buffer.from("a"));
    commit();
    const held: (() => void)[] = [];
    const late = enter((goOn) => held.push(goOn));
    expect(late.heard).toEqual(["frame 1"]);
    writer.membership.closeRoom({ clientSeq: 2, upto: 1, frame: Buffer.from("end") });
    for (const goOn of held.splice(0)) goOn();
    expect(late.heard).toEqual(["frame 1", "snapshot", "live 1"]);
  });

  it("without early frames where the log does not know a number before it is given", () => {
    const { enter, commit } = setUp((log) => ({ ...log, foresee: () => undefined }));
    const [writer, reader] = [enter(), enter()];
    writer.membership.append(1, Buffer.from("a"));
    expect(reader.heard).toEqual(["live 0"]);
    commit();
    expect(reader.heard).toEqual(["live 0", "frame 1"]);
  });

  it("what is known, over the quota, or for a closed room does not go out early", () => {
    const { enter, commit } = setUp((log) => log, { roomBytes: 100, roomFrames: 2 });
    const [writer, reader] = [enter(), enter()];
    const append = (body: string): void => {
      writer.membership.append(1, Buffer.from(body));
      commit();
    };
    for (const body of ["a", "a", "b", "c"]) append(body);
    writer.membership.closeRoom({ clientSeq: 2, upto: 2, frame: Buffer.from("end") });
    append("d");
    expect(reader.heard).toEqual(["live 0", "early 1", "committed 1", "early 2", "committed 2", "snapshot"]);
    expect(writer.heard.slice(2)).toEqual([
      "ack 1",
      "ack 1",
      "ack 2",
      "refused quota-exceeded",
      "ack 2",
      "refused room-closed",
    ]);
  });

  it("who joins while something went out early gets it once, by replay, and the others hear COMMITTED before", () => {
    const { enter, commit } = setUp();
    const [writer, reader] = [enter(), enter()];
    writer.membership.append(1, Buffer.from("a"));
    const late = enter();
    commit();
    expect(late.heard).toEqual(["frame 1", "live 1"]);
    expect(reader.heard).toEqual(["live 0", "early 1", "committed 1", "joined"]);
  });

  it("LIVE counts what was pending when the member came, which it has by replay and only once", () => {
    const { enter, commit } = setUp();
    const writer = enter();
    writer.membership.append(1, Buffer.from("a"));
    const late = enter();
    commit();
    expect(late.heard).toEqual(["frame 1", "live 1"]);
    expect(writer.heard).toEqual(["live 0", "ack 1", "joined"]);
  });

  it("a commit that fails acknowledges nothing, tells each sender once, and the next append is tried afresh", () => {
    let failing = true;
    const { enter, commit, relay } = setUp((log) => ({
      ...log,
      append: (entries) => (failing ? err({ type: "read-only", detail: "no disk" }) : log.append(entries)),
    }));
    const [writer, reader] = [enter(), enter()];
    writer.membership.append(1, Buffer.from("a"));
    writer.membership.append(2, Buffer.from("b"));
    commit();
    expect(writer.heard).toEqual(["live 0", "joined", "refused read-only", "left"]);
    expect(reader.heard).not.toContain("frame 1");
    expect(relay.isWritable()).toBe(false);
    failing = false;
    writer.membership.append(1, Buffer.from("a"));
    commit();
    expect(writer.heard.at(-1)).toBe("ack 1");
    expect(relay.isWritable()).toBe(true);
  });

  it("who got early what is not stored is sent away; its number is given anew, and nothing is early while writes fail", () => {
    let failing = true;
    const { enter, commit } = setUp((log) => ({
      ...log,
      append: (entries) => (failing ? err({ type: "read-only", detail: "no disk" }) : log.append(entries)),
    }));
    const [writer, reader] = [enter(), enter()];
    const append = (body: string): void => {
      writer.membership.append(1, Buffer.from(body));
      commit();
    };
    append("a");
    expect(reader.heard).toEqual(["live 0", "early 1", "refused internal"]);
    reader.membership.leave();
    const again = enter();
    append("b");
    expect(again.heard).toEqual(["live 0"]);
    failing = false;
    append("c");
    expect(again.heard).toEqual(["live 0", "frame 1"]);
    append("d");
    expect(again.heard).toEqual(["live 0", "frame 1", "early 2", "committed 2"]);
  });

  it("a number that turns out otherwise than was foreseen counts as not stored", () => {
    const { enter, commit } = setUp((log) => ({ ...log, foresee: () => 7 }));
    const [writer, reader] = [enter(), enter()];
    writer.membership.append(1, Buffer.from("a"));
    commit();
    expect(reader.heard.slice(0, 3)).toEqual(["live 0", "early 7", "refused internal"]);
    expect(writer.heard).toContain("ack 1");
  });

  it("a room that cannot be read is refused to the member that asks, not to the others", () => {
    let failing = false;
    const { enter } = setUp((log) => ({
      ...log,
      readAfter: (...input) =>
        failing ? err({ type: "unreadable", detail: "bad page" }) : log.readAfter(...input),
    }));
    const first = enter();
    failing = true;
    expect(enter().heard).toEqual(["refused internal"]);
    expect(first.heard).toEqual(["live 0"]);
  });

  it("a new room that cannot be made is refused as read-only, and its member is let go", () => {
    const { enter } = setUp((log) => ({ ...log, head: () => err({ type: "read-only", detail: "no disk" }) }));
    expect(enter().heard).toEqual(["refused read-only", "refused internal"]);
  });

  it("a room that everyone has left takes no memory", () => {
    const { enter, relay } = setUp();
    const { membership } = enter();
    expect(relay.roomCount()).toBe(1);
    membership.leave();
    membership.leave();
    expect(relay.roomCount()).toBe(0);
  });
});
