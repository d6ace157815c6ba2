/** Makes a folder, with those on the way. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath } from "../policy/path-scope.ts";
import {
  checkAll,
  defineTool,
  FOLDER,
  newFolder,
  PATH,
  PLACE_PLAN,
  protection,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { fault } from "./fault.ts";
import { inGrant, lookBelow, makeFolders, missingFolders } from "./place.ts";
import type { Tool } from "./tool.ts";

export const createMakeFolder = (ports: EffectPorts): Tool =>
  defineTool({
    name: "make_folder",
    description: "Makes a folder in a granted folder, with the folders on the way.",
    effect: "create",
    input: z.strictObject({ folder: FOLDER, path: PATH }),
    plan: z.object(PLACE_PLAN),
    prepare: async ({ folder, path }, { grants }) => {
      const place = scopePath(grants, folder, path, "write");
      if (!place.ok) return place;
      const { parts, shown, grant } = place.value;
      const missing = await inGrant(grant, (root) => missingFolders(root, parts, shown));
      if (!missing.ok) return missing;
      if (missing.value.length === 0) return fault("exists", `${shown} is already there.`);
      const names = { grantId: grant.id, folder: grant.name };
      const items = missing.value.map((made) => ({
        path: made,
        isFolder: true,
        preimage: null,
        ...protection(place.value),
      }));
      return ok({
        plan: { ...names, path: place.value.path },
        action: { v: 1, kind: "make-folder", tool: "make_folder", ...names, items },
        step: { kind: "make-folder", object: shown },
      });
    },
    run: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      if (!place.ok) return place;
      const { parts, shown, grant } = place.value;
      const made = await inGrant(grant, (root) =>
        makeFolders(root, parts, shown, (path) => {
          const recorded = ports.undo.record(newFolder(path, grant.id, context, ports));
          ports.failpoint?.("recorded");
          return recorded;
        }),
      );
      if (!made.ok) return made;
      return ok({ content: `Made the folder ${shown}.`, step: { kind: "make-folder", object: shown } });
    },
    check: async (plan, context) => {
      const place = scopeAgain(plan, plan.path, context);
      if (!place.ok) return "conflict";
      const { parts, shown, grant } = place.value;
      const there = await inGrant(grant, (root) => lookBelow(root, parts, shown));
      if (!there.ok) return "conflict";
      if (there.value === undefined) return checkAll(["todo"]);
      return checkAll([there.value.kind === "folder" ? "done" : "conflict"]);
    },
  });
