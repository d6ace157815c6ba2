/** In place of the composer on a phone that was removed: what it still can do. */
import { useState } from "react";
import { useDesktopName, useWorkspace } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

export const RemovedFooter = ({ onErase }: { readonly onErase: () => Promise<void> }) => {
  const say = usePhoneText();
  const desktop = useDesktopName();
  const { access } = useWorkspace();
  const [isAsking, setAsking] = useState(false);
  if (access().type !== "removed") return null;
  return (
    <div className="dh-composer" role="group" aria-label={say("removed.start")}>
      <p className="dh-note">{say(isAsking ? "removed.ask" : "removed.body", { desktop })}</p>
      {isAsking ? (
        <div className="dh-answers">
          <button type="button" className="dh-button" onClick={() => setAsking(false)}>
            {say("settings.erase-no")}
          </button>
          <button type="button" className="dh-button danger" onClick={() => void onErase()}>
            {say("settings.erase-yes")}
          </button>
        </div>
      ) : (
        <button type="button" className="dh-button" onClick={() => setAsking(true)}>
          {say("removed.start")}
        </button>
      )}
    </div>
  );
};
