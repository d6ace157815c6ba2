/** Bytes as text and back; nothing here is secret-safe, so keys pass through only on their way to a QR code. */
import { hex, base64urlnopad, utf8 } from "@scure/base";
import { utf8ToBytes } from "@noble/hashes/utils.js";

export { utf8ToBytes };
export const bytesToHex = (bytes: Uint8Array): string => hex.encode(bytes);
export const bytesToBase64Url = (bytes: Uint8Array): string => base64urlnopad.encode(bytes);

const decodeOr = <Input, Output>(decode: (input: Input) => Output, input: Input): Output | undefined => {
  try {
    return decode(input);
  } catch {
    return undefined; // the library has no other way to say "not in this alphabet"
  }
};
export const base64UrlToBytes = (text: string): Uint8Array | undefined =>
  decodeOr(base64urlnopad.decode, text);
/** Undefined when the bytes are no UTF-8. */
export const bytesToText = (bytes: Uint8Array): string | undefined => decodeOr(utf8.encode, bytes);
