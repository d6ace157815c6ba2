// @ts-check
/** A reader for plain zip files: stored and deflated entries with their modes; no zip64, no links, no way out of `dest`. */
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";

const END_RECORD = Buffer.from("PK\x05\x06", "latin1");
/** 22 bytes and the longest comment. */
const LONGEST_END_RECORD = 65_557;
const DIRECTORY_ENTRY = 0x0201_4b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * @param {string} file
 * @param {string} dest
 * @param {(entry: string) => string | null} targetOf where an entry goes in `dest`; null leaves it out
 */
export const unzip = (file, dest, targetOf) => {
  const handle = fs.openSync(file, "r");
  /** @param {number} position @param {number} length */
  const read = (position, length) => {
    const buffer = Buffer.alloc(length);
    fs.readSync(handle, buffer, 0, length, position);
    return buffer;
  };
  /** @param {string} target @param {number} mode @param {number} offset @param {number} packedSize @param {number} method */
  const extract = (target, mode, offset, packedSize, method) => {
    if (path.isAbsolute(target) || target.split("/").includes(".."))
      throw new Error(`${file}: bad name ${target}`);
    if ((mode & 0o170_000) === 0o120_000) throw new Error(`${file}: ${target} is a link`);
    if (method !== STORED && method !== DEFLATED)
      throw new Error(`${file}: ${target} has zip method ${method}`);
    const local = read(offset, 30);
    const packed = read(offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), packedSize);
    const to = path.join(dest, target);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.writeFileSync(to, method === STORED ? packed : zlib.inflateRawSync(packed), {
      mode: mode & 0o777 || 0o644,
    });
  };

  try {
    const { size } = fs.fstatSync(handle);
    const tailLength = Math.min(size, LONGEST_END_RECORD);
    const tail = read(size - tailLength, tailLength);
    const end = tail.lastIndexOf(END_RECORD);
    if (end < 0) throw new Error(`${file} is no zip file`);
    const directory = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    for (let at = 0; at < directory.length;) {
      if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`${file}: bad zip directory`);
      const nameLength = directory.readUInt16LE(at + 28);
      const target = targetOf(directory.toString("utf8", at + 46, at + 46 + nameLength));
      if (target !== null)
        extract(
          target,
          directory.readUInt32LE(at + 38) >>> 16,
          directory.readUInt32LE(at + 42),
          directory.readUInt32LE(at + 20),
          directory.readUInt16LE(at + 10),
        );
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
  } finally {
    fs.closeSync(handle);
  }
};
