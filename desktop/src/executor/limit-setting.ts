/** The limits as this computer's person sets them; there is no order for it from outside ([AP4]). */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Ledger } from "./ledger.ts";
import { LIMITS, type LimitChanges, type Limits } from "./limits.ts";

export interface LimitSetting {
  readonly get: () => Limits;
  /** What is absent stays; null is no limit. "out-of-bounds": nothing was changed. */
  readonly set: (changes: LimitChanges) => Result<void, { readonly type: "out-of-bounds" }>;
}

export const createLimitSetting = (
  ledger: Ledger,
  audit: AuditLog,
  now: () => number,
  onChange: () => void,
): LimitSetting => ({
  get: () => ledger.state.limits,
  set: (changes) => {
    const limits = LIMITS.safeParse(changes);
    if (!limits.success) return err({ type: "out-of-bounds" });
    ledger.append({ type: "limits-set", at: now(), limits: limits.data });
    audit.write({ kind: "order", what: "limits" });
    onChange();
    return ok(undefined);
  },
});
