/** The service worker: keeps the app for offline, and says when a newer one waits. It never reloads by itself. */
import { useEffect, useState } from "react";
import { registerSW } from "virtual:pwa-register";

/** @returns what loads the new version, once there is one */
export const useUpdate = (): (() => void) | undefined => {
  const [update, setUpdate] = useState<() => void>();
  useEffect(() => {
    const apply = registerSW({ onNeedRefresh: () => setUpdate(() => () => void apply(true)) });
  }, []);
  return update;
};
