/** The time, read again at every interval while a component shows it. */
import { useEffect, useState } from "react";

/** @param interval milliseconds */
export const useNow = (interval: number): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
};
