/** The window's store for its components: reading it here follows its changes. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { WindowStore } from "./window-store.ts";

const Context = createContext<WindowStore | undefined>(undefined);
export const StoreProvider = Context.Provider;

export const useStore = (): WindowStore => {
  const store = useContext(Context);
  if (store === undefined) throw new Error("useStore: outside of StoreProvider");
  useSyncExternalStore(store.subscribe, store.version);
  return store;
};
