/** One word for the desktop under its name. */
import { isOpen } from "@deskhand/doc-schema/views";
import { useTaskViews, useWorkspaceValue } from "../shared-ui/index.ts";
import { usePhoneText } from "./phone-texts.ts";

export const usePresenceWord = (): string => {
  const say = usePhoneText();
  const desktop = useWorkspaceValue((workspace) => workspace.desktop());
  const isWorking = useTaskViews().some((view) => isOpen(view) && view.run?.state === "running");
  if (desktop.power === "asleep") return say("presence.asleep");
  if (!desktop.online) return say("presence.away");
  return say(isWorking ? "presence.working" : "presence.ready");
};
