/** Gives an order and keeps the reason when it could not be stored, so that a screen can say it and lose nothing. */
import { useState } from "react";

export interface OrderState {
  readonly busy: boolean;
  /** Why the last order could not be stored. */
  readonly problem?: string;
  readonly give: (order: () => Promise<void>) => Promise<boolean>;
}

export const useOrder = (): OrderState => {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    busy,
    ...(problem === undefined ? {} : { problem }),
    give: async (order) => {
      setBusy(true);
      setProblem(undefined);
      try {
        await order();
        return true;
      } catch (error) {
        setProblem(error instanceof Error ? error.message : String(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
};
