/** On every page while a relay's history does not fit: it says so once, and leads to what can be done. */
import { warning } from "ionicons/icons";
import { useCallback, useState } from "react";
import { ConnectionDetails, relayName } from "./ConnectionDetails.tsx";
import { Icon } from "./Icon.tsx";
import { Sheet } from "./Sheet.tsx";
import { useText } from "./texts.tsx";
import { useWorkspace } from "./workspace-context.tsx";

export const AlarmBanner = () => {
  const say = useText();
  const { relays } = useWorkspace();
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const alarmed = relays().filter(({ alarm }) => alarm !== undefined);
  const [first] = alarmed;
  return (
    <>
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
