/** Writes a text file: makes it, with the folders on the way, or replaces the one that is there. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath } from "../policy/path-scope.ts";
import {
  checkAll,
  defineTool,
  FOLDER,
  PATH,
  protection,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { fault, type Outcome } from "./fault.ts";
import { hashBytes } from "./file-facts.ts";
import { inGrant, missingFolders } from "./place.ts";
import { beginningOf, writableText } from "./text.ts";
import type { Tool } from "./tool.ts";
import {
  CARD_EXCERPT_BYTES,
  checkWrite,
  performWrite,
  stateBefore,
  WRITE_PLAN,
  type FileBefore,
} from "./write-plan.ts";

/** Bytes; what a model writes in one reply is far smaller. */
const MOST_BYTES = 4 * 1024 * 1024;

export const createWriteFile = (ports: EffectPorts): Tool =>
  defineTool({
    name: "write_file",
    description:
      "Writes a text file (UTF-8) in a granted folder. A file that is there is replaced as a whole; its previous bytes " +
      "are kept for undo. Missing folders on the way are made.",
    effect: "modify",
    input: z.strictObject({ folder: FOLDER, path: PATH, text: z.string() }),
    plan: z.object({ ...WRITE_PLAN, text: z.string() }),
    prepare: async ({ folder, path, text }, { grants }) => {
      const place = scopePath(grants, folder, path, "write");
      if (!place.ok) return place;
      const { parts, shown, grant } = place.value;
      if (parts.length === 0) return fault("bad-input", `${shown} is a folder.`);
      const writable = writableText(text);
      if (!writable.ok) return writable;
      const bytes = Buffer.from(text);
      if (bytes.length > MOST_BYTES) return fault("too-large", `The text for ${shown} is larger than 4 MB.`);
      const before = await inGrant(grant, async (root): Promise<Outcome<FileBefore>> => {
        const missing = await missingFolders(root, parts.slice(0, -1), shown);
        if (!missing.ok) return missing;
        return missing.value.length > 0 ? ok(NOTHING) : stateBefore(root, place.value);
      });
      if (!before.ok) return before;
      const { byteLength, ...state } = before.value;
      const kind = state.pre === null ? ("create" as const) : ("overwrite" as const);
      const post = hashBytes(bytes);
      const item = {
        path: place.value.path,
        byteLength: Math.max(byteLength, bytes.length),
        preimage: state.pre,
        postimage: post,
        excerpt: beginningOf(text, CARD_EXCERPT_BYTES),
        ...protection(place.value),
      };
      return ok({
        plan: { grantId: grant.id, folder: grant.name, path: place.value.path, kind, ...state, post, text },
        action: { v: 1, kind, tool: "write_file", grantId: grant.id, folder: grant.name, items: [item] },
        step: { kind: "write", object: shown },
      });
    },
    run: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      if (!place.ok) return place;
      const bytes: Outcome<Uint8Array> = ok(Buffer.from(plan.text));
      const file = await performWrite(plan, place.value, () => Promise.resolve(bytes), context, ports);
      if (!file.ok) return file;
      const { shown } = place.value;
      const verb = plan.kind === "create" ? "Made" : "Replaced";
      return ok({
        content: `${verb} ${shown} (${file.value.byteLength} bytes).`,
        step: { kind: "write", object: shown },
        files: [file.value],
      });
    },
    check: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      return place.ok ? checkAll([await checkWrite(plan, place.value, context, ports)]) : "conflict";
    },
  });

const NOTHING: FileBefore = { pre: null, mode: null, modifiedMs: null, byteLength: 0 };
