/** Replaces one place of a text file. */
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
import { atEntry, inGrant } from "./place.ts";
import { beginningOf, MAX_TEXT_BYTES, textOf, withText, writableText } from "./text.ts";
import type { Tool } from "./tool.ts";
import { CARD_EXCERPT_BYTES, checkWrite, performWrite, refuseHardLink, WRITE_PLAN } from "./write-plan.ts";

export const createEditFile = (ports: EffectPorts): Tool =>
  defineTool({
    name: "edit_file",
    description:
      "Replaces `old` by `new` in a text file of a granted folder. `old` must occur exactly once, with its spaces and " +
      "line ends; give more of the surroundings if it occurs more often.",
    effect: "modify",
    input: z.strictObject({
      folder: FOLDER,
      path: PATH,
      old: z.string().check(z.minLength(1)),
      new: z.string(),
    }),
    plan: z.object({ ...WRITE_PLAN, old: z.string(), new: z.string() }),
    prepare: async (input, { grants }) => {
      const place = scopePath(grants, input.folder, input.path, "write");
      if (!place.ok) return place;
      const { parts, shown, grant, path } = place.value;
      if (parts.length === 0) return fault("bad-input", `${shown} is a folder.`);
      const writable = writableText(input.new);
      if (!writable.ok) return writable;
      if (input.old === input.new) return fault("bad-input", "The old and the new text are the same.");
      return inGrant(grant, (root) =>
        atEntry(root, parts, shown, (entry) =>
          withText(entry, shown, async ({ file, bytes, text }) => {
            const { mode, modifiedMs, links } = file.facts;
            if (links > 1) return refuseHardLink(shown);
            const edited = editOnce(text, input.old, input.new, shown);
            if (!edited.ok) return edited;
            if (edited.value.length > MAX_TEXT_BYTES)
              return fault("too-large", `${shown} would become larger than 16 MB.`);
            const [pre, post] = [hashBytes(bytes), hashBytes(edited.value)];
            const kind = "edit" as const;
            const item = {
              path,
              byteLength: Math.max(bytes.length, edited.value.length),
              preimage: pre,
              postimage: post,
              excerpt: `${marked("− ", input.old)}\n${marked("+ ", input.new)}`,
              ...protection(place.value),
            };
            const names = { grantId: grant.id, folder: grant.name };
            return ok({
              plan: { ...names, path, kind, pre, post, mode, modifiedMs, old: input.old, new: input.new },
              action: { v: 1, kind, tool: "edit_file", ...names, items: [item] },
              step: { kind: "edit", object: shown },
            });
          }),
        ),
      );
    },
    run: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      if (!place.ok) return place;
      const { shown } = place.value;
      const file = await performWrite(
        plan,
        place.value,
        async (file) => {
          if (file === undefined) return fault("not-found", `${shown} is not there.`);
          const before = await textOf(file, shown);
          return before.ok ? editOnce(before.value.text, plan.old, plan.new, shown) : before;
        },
        context,
        ports,
      );
      if (!file.ok) return file;
      return ok({ content: `Edited ${shown}.`, step: { kind: "edit", object: shown }, files: [file.value] });
    },
    check: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      return place.ok ? checkAll([await checkWrite(plan, place.value, context, ports)]) : "conflict";
    },
  });

const editOnce = (text: string, old: string, replacement: string, shown: string): Outcome<Uint8Array> => {
  const at = text.indexOf(old);
  if (at < 0) return fault("bad-input", `The old text does not occur in ${shown}; read the file again.`);
  if (text.includes(old, at + 1))
    return fault(
      "bad-input",
      `The old text occurs more than once in ${shown}; give more of its surroundings.`,
    );
  return ok(Buffer.from(text.slice(0, at) + replacement + text.slice(at + old.length)));
};

const marked = (mark: string, text: string): string =>
  beginningOf(text, CARD_EXCERPT_BYTES / 2)
    .split("\n")
    .map((line) => `${mark}${line}`)
    .join("\n");
