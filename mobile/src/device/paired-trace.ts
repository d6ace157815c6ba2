/**
 * That this browser was paired, outside IndexedDB: when all of that is lost, the person is told and not welcomed.
 * It names nothing and holds no key.
 */
const KEY = "deskhand.paired";

export const leaveTrace = (): void => localStorage.setItem(KEY, "yes");
export const hasTrace = (): boolean => localStorage.getItem(KEY) !== null;
export const removeTrace = (): void => localStorage.removeItem(KEY);
