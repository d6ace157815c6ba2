/**
 * On every page while a relay's history does not fit, here or on the desktop, which stops everything by itself then:
 * what happened, and the way to what can be done.
 */
import { warning } from "ionicons/icons";
import { useCallback, useState } from "react";
import { ConnectionDetails, relayName } from "./ConnectionDetails.tsx";
import { Icon } from "./Icon.tsx";
import { en, type TextKey } from "./locales/en.ts";
import { Sheet } from "./Sheet.tsx";
import { useText } from "./texts.tsx";
import { useDesktopName, useDeviceName, useMeta, useWorkspace } from "./workspace-context.tsx";

export const AlarmBanner = () => {
  const say = useText();
  const { relays } = useWorkspace();
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const alarmed = relays().filter(({ alarm }) => alarm !== undefined);
  const [first] = alarmed;
  return (
    <>
      <DesktopAlarm />
      {first !== undefined && (
        <div className="dh-notice alarm" role="alert">
          <Icon icon={warning} size={20} />
          <span>
            {first.alarm?.type === "foreign-write"
              ? say("alarm.banner-foreign")
              : say("alarm.banner", { relay: relayName(first.url), count: alarmed.length })}
          </span>
          <button type="button" className="dh-button small" onClick={() => setOpen(true)}>
            {say("alarm.details")}
          </button>
        </div>
      )}
      {isOpen && (
        <Sheet title={say("connection.title")} onClose={close}>
          <ConnectionDetails />
        </Sheet>
      )}
    </>
  );
};

/** A word that this version does not know is said plainly. */
const whyKey = (type: string): TextKey =>
  Object.hasOwn(en, `why.${type}`) ? (`why.${type}` as TextKey) : "why.other"; // hasOwn is the check

const DesktopAlarm = () => {
  const say = useText();
  const desktop = useDesktopName();
  const nameOf = useDeviceName();
  const { alarm, stoppedAt } = useMeta() ?? {};
  const { role } = useWorkspace();
  // The window says it itself, with the way to go on.
  if (!alarm || !stoppedAt || role === "window") return null;
  const { type, relayUrl, deviceId } = alarm;
  const relay = relayUrl === undefined ? say("hop.relay") : relayName(relayUrl);
  return (
    <div className="dh-notice alarm" role="alert">
      <Icon icon={warning} size={20} />
      <span>
        {say("alarm.stopped", {
          desktop,
          why: say(whyKey(type), { relay, device: nameOf(deviceId), desktop }),
        })}
      </span>
    </div>
  );
};
