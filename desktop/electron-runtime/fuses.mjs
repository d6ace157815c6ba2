// @ts-check
/**
 * Electron's fuses: a block of flags in the executable, documented as a sentinel, a version byte, a count byte and one
 * ASCII digit a fuse. Cypress blew two of them: it turned `--inspect` off, which Playwright needs, and its own V8
 * snapshot on.
 */
import fs from "node:fs";

const SENTINEL = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
/**
 * As stock Electron 33 has them: RunAsNode, CookieEncryption, NodeOptions, NodeCliInspect, AsarIntegrity,
 * OnlyLoadAppFromAsar, BrowserProcessV8Snapshot, GrantFileProtocolPrivileges.
 */
const STOCK = "10110001";

/** @param {string} executable */
export const setFuses = (executable) => {
  const binary = fs.readFileSync(executable);
  const at = binary.indexOf(SENTINEL);
  const block = at + SENTINEL.length;
  if (at < 0 || binary[block] !== 1 || binary[block + 1] !== STOCK.length)
    throw new Error(`${executable} has no fuse block of version 1 with ${STOCK.length} fuses`);
  const handle = fs.openSync(executable, "r+");
  fs.writeSync(handle, Buffer.from(STOCK, "latin1"), 0, STOCK.length, block + 2);
  fs.closeSync(handle);
};
