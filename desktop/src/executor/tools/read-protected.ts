/** Reads a text file that may hold keys or passwords. The person is asked each time, with the file's name. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { keyPart } from "../policy/protected-names.ts";
import { scopePath, type Place } from "../policy/path-scope.ts";
import { defineTool, FOLDER, PATH } from "./define-tool.ts";
import { fault, type Outcome } from "./fault.ts";
import { atEntry, inGrant } from "./place.ts";
import { pageOf } from "./read-text.ts";
import { withText } from "./text.ts";
import type { GrantedFolder, ToolContext } from "./tool.ts";

const INPUT = z.strictObject({ folder: FOLDER, path: PATH });

export const readProtected = defineTool({
  name: "read_protected",
  description:
    "Reads a text file that may hold keys or passwords (.env, *.pem, id_* …). The person is asked first; use it only " +
    "when the task cannot be done without.",
  effect: "read-protected",
  input: INPUT,
  plan: z.object({ ...INPUT.shape, identity: z.string() }),
  prepare: async ({ folder, path }, { grants }) => {
    const place = scopeKeys(grants, folder, path);
    if (!place.ok) return place;
    const { parts, shown, grant } = place.value;
    const found = await inGrant(grant, (root) =>
      atEntry(root, parts, shown, (entry) => withText(entry, shown, async ({ file }) => ok(file.facts))),
    );
    if (!found.ok) return found;
    const { identity, byteLength } = found.value;
    const item = {
      path: place.value.path,
      byteLength,
      preimage: identity,
      protectedName: keyPart(parts) ?? "",
    };
    const names = { grantId: grant.id, folder: grant.name };
    return ok({
      plan: { folder, path, identity },
      action: { v: 1, kind: "read-protected", tool: "read_protected", ...names, items: [item] },
      step: { kind: "read", object: shown },
    });
  },
  run: async ({ folder, path, identity }, { grants }: ToolContext) => {
    const place = scopeKeys(grants, folder, path);
    if (!place.ok) return place;
    const { parts, shown, grant } = place.value;
    return inGrant(grant, (root) =>
      atEntry(root, parts, shown, (entry) =>
        withText(entry, shown, async ({ text, file }) =>
          file.facts.identity === identity
            ? ok({ content: pageOf(text, 1, Infinity), step: { kind: "read", object: shown } })
            : fault("changed", `${shown} was changed by somebody else meanwhile; it was not read.`),
        ),
      ),
    );
  },
});

const scopeKeys = (grants: readonly GrantedFolder[], folder: string, path: string): Outcome<Place> => {
  const place = scopePath(grants, folder, path, "read");
  if (!place.ok || keyPart(place.value.parts) !== undefined) return place;
  return fault("bad-input", `${place.value.shown} is not protected; read it with read_text.`);
};
