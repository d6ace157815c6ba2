/** What is wrong with a relay, and what happened to this device's copy or keys: said until it is over or read. */
import { AlarmBanner } from "./AlarmBanner.tsx";
import type { TextKey } from "./locales/en.ts";
import { useText } from "./texts.tsx";
import { useDesktopName, useWorkspace } from "./workspace-context.tsx";
import type { Notice } from "./workspace.ts";

/** Over only when the person says so; the others end by themselves. */
const IS_READ: readonly Notice["type"][] = ["restored", "renewed", "audit"];

export const Notices = () => {
  const say = useText();
  const desktop = useDesktopName();
  const { notices, dismiss, connection, role } = useWorkspace();
  const wordOf = (type: Notice["type"]): TextKey =>
    type === "damaged" && connection().phase === "offline" ? "notice.damaged-offline" : `notice.${type}`;
  return (
    <>
      <AlarmBanner />
      {notices().map(({ type, reason = "" }) => (
        <div key={type} className="dh-notice" role="status">
          <span>{say(wordOf(type), { device: role, desktop, reason })}</span>
          {IS_READ.includes(type) && (
            <button type="button" className="dh-button small" onClick={() => dismiss(type)}>
              {say("notice.close")}
            </button>
          )}
        </div>
      ))}
    </>
  );
};
