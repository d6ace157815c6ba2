/** One line on what stands between this device and the work; absent when all is well. */
import type { ReactNode } from "react";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMeta, useNow, useWorkspace } from "./workspace-context.tsx";

/** A desktop that is silent for so long is said to be (milliseconds). */
const SILENT_MS = 10_000;

export const ConnectionLine = () => {
  const say = useText();
  const times = useTimes();
  const desktop = useDesktopName();
  const workspace = useWorkspace();
  const stoppedAt = useMeta()?.stoppedAt;
  const now = useNow(5_000);
  const { give } = useOrder();
  const connection = workspace.connection();
  const presence = workspace.desktop();

  const line = (words: string, action?: { readonly label: string; readonly run: () => void }): ReactNode => (
    <div className="dh-connection" role="status">
      <span>{words}</span>
      {action !== undefined && (
        <button type="button" className="dh-button plain" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
  const retry = { label: say("connection.retry"), run: workspace.retryNow };

  if (stoppedAt)
    return line(say("connection.stopped", { desktop }), {
      label: say("connection.resume"),
      run: () => void give(() => workspace.orders.resume()),
    });
  switch (connection.phase) {
    case "offline":
      return line(say("connection.offline"));
    case "connecting":
      return line(say("connection.unreachable"), retry);
    case "refused":
      return line(say("connection.refused", { reason: connection.refusal ?? "" }), retry);
    case "catching-up":
      return line(say("connection.updating", { received: connection.received ?? 0 }));
    case "live":
      break;
  }
  if (workspace.role === "window" || presence.online) return null;
  const since = presence.powerSince ?? presence.heardAt;
  const time = since === undefined ? "" : times.clock(since, now);
  if (presence.power === "asleep") return line(say("connection.asleep", { desktop, time }));
  if (presence.power === "quit") return line(say("connection.quit", { desktop, time }));
  if (presence.heardAt === undefined) return line(say("connection.unheard", { desktop }));
  return now - presence.heardAt > SILENT_MS ? line(say("connection.silent", { desktop, time })) : null;
};
