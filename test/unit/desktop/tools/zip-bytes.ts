/** Zip archives byte by byte, also such as no honest program writes. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  readonly name: string | Uint8Array;
  readonly bytes?: string | Uint8Array;
  /** 0 store, 8 deflate (default). */
  readonly method?: number;
  /** Bit 0: encrypted; bit 11: the name is UTF-8. */
  readonly flags?: number;
  /** Unix mode in the upper half of the external attributes. */
  readonly mode?: number;
  /** What the archive claims. */
  readonly claimedBytes?: number;
  readonly claimedCrc?: number;
}

export const zipOf = (entries: readonly ZipEntry[]): Uint8Array => {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { method = 8, flags = 0, mode = 0 } = entry;
    const name = Buffer.from(entry.name);
    const plain = Buffer.from(entry.bytes ?? "");
    const packed = method === 8 ? deflateRawSync(plain) : plain;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(0x5b75_2255, 6); // 2025-11-21 04:18:42
    common.writeUInt32LE(entry.claimedCrc ?? crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(entry.claimedBytes ?? plain.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, name]));
    bodies.push(local);
    at += local.length;
  }
  const names = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(names.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, names, end]);
};
