/** Standing permissions for folders: given and taken on the desktop only ([AP4]), kept in the ledger. */
import path from "node:path";
import type { GrantId, IdFactory } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import { checkGrantable, type GrantableFacts, type GrantRefusal } from "./policy/grantable.ts";
import type { GrantedFolder } from "./tools/tool.ts";

export interface Grants {
  /** Fails with the sentence for the person; "name-taken" when another granted folder has this name. */
  readonly add: (
    folder: string,
    mode: GrantedFolder["mode"],
  ) => Promise<Result<Grant, { readonly type: GrantRefusal["type"] | "name-taken"; readonly text: string }>>;
  /** False when there is no such grant. */
  readonly remove: (id: GrantId) => boolean;
  /** Those that stand. */
  readonly list: () => readonly Grant[];
}

export interface GrantsPorts extends GrantableFacts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly now: () => number;
}

export const createGrants = ({ ledger, audit, ids, now, home, dataDir }: GrantsPorts): Grants => {
  const list = (): Grant[] => [...ledger.state.grants.values()].filter((grant) => !grant.removed);
  const remove = (id: GrantId): boolean => {
    const grant = list().find((standing) => standing.id === id);
    if (grant === undefined) return false;
    ledger.append({ type: "grant-removed", at: now(), grantId: id });
    audit.write({ kind: "grant", what: grant.name, outcome: "removed" });
    return true;
  };
  return {
    list,
    remove,
    add: async (folder, mode) => {
      const checked = await checkGrantable(folder, { home, dataDir });
      if (!checked.ok) return checked;
      const name = path.basename(checked.value);
      const standing = list();
      const same = standing.find((grant) => grant.path === checked.value);
      if (same?.mode === mode) return ok(same);
      // The model names folders by their names.
      if (standing.some((grant) => grant.name === name && grant !== same))
        return err({
          type: "name-taken",
          text: `Another folder with the name “${name}” is granted already.`,
        });
      if (same !== undefined) remove(same.id);
      const grantId = ids.create("grant");
      const at = now();
      ledger.append({ type: "grant-added", at, grantId, name, path: checked.value, mode });
      audit.write({ kind: "grant", what: name, outcome: mode });
      return ok({ id: grantId, name, path: checked.value, mode, createdAt: at, removed: false });
    },
  };
};
