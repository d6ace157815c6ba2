/** The few y-protocols messages that load needs. */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

const SYNC = 0;
const write = (kind: number, body: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, kind);
    encoding.writeVarUint8Array(encoder, body);
  });

export const step1 = (): Uint8Array => write(0, Y.encodeStateVector(new Y.Doc()));
export const emptyStep2 = (): Uint8Array => write(1, Y.encodeStateAsUpdate(new Y.Doc()));
export const updateMessage = (update: Uint8Array): Uint8Array => write(2, update);

/** @returns the value and where the next byte is */
export const readVarUint = (bytes: Uint8Array, from: number): readonly [value: number, next: number] => {
  let value = 0;
  let at = from;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
};

/** The update in a sync message whose kind stands at `kindAt`. */
export const updateIn = (message: Uint8Array, kindAt: number): Uint8Array =>
  message.subarray(readVarUint(message, kindAt + 1)[1]);
