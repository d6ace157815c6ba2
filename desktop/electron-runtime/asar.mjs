// @ts-check
/**
 * A flat folder as an asar archive:
 *   u32 4 | u32 n+8 | u32 n+4 | u32 json length | json, padded to n = a multiple of 4 | file bodies
 */
import fs from "node:fs";
import path from "node:path";

/** @param {string} folder holds files only */
export const packAsar = (folder) => {
  const bodies = fs
    .readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, body: fs.readFileSync(path.join(folder, name)) }));
  /** @type {Record<string, { size: number, offset: string }>} */
  const files = {};
  let offset = 0;
  for (const { name, body } of bodies) {
    files[name] = { size: body.length, offset: String(offset) };
    offset += body.length;
  }
  const json = Buffer.from(JSON.stringify({ files }));
  const padded = Math.ceil(json.length / 4) * 4;
  const head = Buffer.alloc(16 + padded);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(padded + 8, 4);
  head.writeUInt32LE(padded + 4, 8);
  head.writeUInt32LE(json.length, 12);
  json.copy(head, 16);
  return Buffer.concat([head, ...bodies.map(({ body }) => body)]);
};
