import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MAX_FRAME_BYTES, writeFrameHeader, type FrameClass } from "@deskhand/doc-schema/wire";
import { createFrameInspector } from "../../../sync-server/src/frame-inspector.ts";

const roomId = Uint8Array.from(randomBytes(16));
const frameOf = (frameClass: FrameClass, epoch = 1, of = roomId): Buffer =>
  Buffer.concat([writeFrameHeader({ frameClass, epoch, roomId: of }), randomBytes(40)]);

describe("a frame after a good one", () => {
  it("is taken with the same header, with another epoch, and with the first header again", () => {
    const inspect = createFrameInspector(roomId);
    for (const epoch of [1, 1, 2, 1, 2])
      expect(inspect(frameOf("durable", epoch), "durable")).toBe(undefined);
  });

  it("is refused for every changed byte of its header but those of the epoch", () => {
    const inspect = createFrameInspector(roomId);
    expect(inspect(frameOf("durable"), "durable")).toBe(undefined);
    const verdicts = Array.from({ length: 28 }, (_, at) => {
      const frame = frameOf("durable");
      frame[at] = (frame[at] ?? 0) ^ 0x40;
      return inspect(frame, "durable");
    });
    expect(verdicts).toEqual([
      ...Array.from({ length: 4 }, () => "bad-message"),
      ...Array.from({ length: 4 }, () => undefined),
      ...Array.from({ length: 16 }, () => "wrong-room"),
      ...Array.from({ length: 4 }, () => "bad-message"),
    ]);
  });

  it("is refused as one of another class, when it is cut short, and when it is too large", () => {
    const inspect = createFrameInspector(roomId);
    const good = frameOf("durable");
    expect(inspect(good, "durable")).toBe(undefined);
    expect(inspect(good, "ephemeral")).toBe("bad-message");
    expect(inspect(frameOf("ephemeral"), "ephemeral")).toBe(undefined);
    expect(inspect(frameOf("ephemeral"), "durable")).toBe("bad-message");
    expect(inspect(good.subarray(0, 27), "durable")).toBe("bad-message");
    expect(inspect(Buffer.concat([good, Buffer.alloc(MAX_FRAME_BYTES)]), "durable")).toBe("frame-too-large");
  });

  it("does not hold on to the frame that was good", () => {
    const inspect = createFrameInspector(roomId);
    const good = frameOf("durable");
    inspect(good, "durable");
    good[9] = (good[9] ?? 0) ^ 1;
    expect(inspect(good, "durable")).toBe("wrong-room");
  });
});
