/** `UPDATE_VECTORS=1 node test/unit/docs/vectors/write.ts` writes the block of docs/PROTOCOL.md; without, it shows it. */
import { readFileSync, writeFileSync } from "node:fs";
import { currentVectors, PROTOCOL_FILE, VECTOR_BLOCK, vectorsToText } from "./protocol-vectors.ts";

const block = vectorsToText(currentVectors());
if (process.env["UPDATE_VECTORS"] === "1")
  writeFileSync(
    PROTOCOL_FILE,
    readFileSync(PROTOCOL_FILE, "utf8").replace(VECTOR_BLOCK, () => block),
  );
else process.stdout.write(block);
