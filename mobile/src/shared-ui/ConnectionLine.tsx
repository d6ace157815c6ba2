/** One line on what stands between this device and the work; absent when all is well. A tap shows the way, hop by hop. */
import { useCallback, useState, type ReactNode } from "react";
import { ConnectionDetails } from "./ConnectionDetails.tsx";
import { Sheet } from "./Sheet.tsx";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMeta, useNow, useWorkspace } from "./workspace-context.tsx";

/** A desktop that is silent for so long is said to be (milliseconds). */
const SILENT_MS = 10_000;
/** A relay that answers does so sooner (milliseconds). */
const PATIENCE_MS = 2_000;

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
  const access = workspace.access();

  if (access.type === "removed")
    return <Line words={say("connection.removed", { desktop, time: times.clock(access.at, now) })} />;
  if (access.type === "too-old") return <Line words={say("connection.too-old", { desktop })} />;
  if (stoppedAt)
    return (
      <Line
        words={say("connection.stopped", { desktop })}
        label={say("connection.resume")}
        onAction={() => void give(() => workspace.orders.give({ type: "resume" }))}
      />
    );
  switch (connection.phase) {
    case "offline":
      return <Line words={say("connection.offline")} />;
    case "connecting":
      return (
        <Patient>
          <Line
            words={say("connection.unreachable")}
            label={say("connection.retry")}
            onAction={workspace.retryNow}
          />
        </Patient>
      );
    case "refused":
      return (
        <Line
          words={say("connection.refused", { reason: connection.refusal ?? "" })}
          label={say("connection.retry")}
          onAction={workspace.retryNow}
        />
      );
    case "catching-up":
      return <Line words={say("connection.updating", { received: connection.received ?? 0 })} />;
    case "live":
      break;
  }
  if (workspace.role === "window" || presence.online) return null;
  const since = presence.powerSince ?? presence.heardAt;
  const time = since === undefined ? "" : times.clock(since, now);
  if (presence.power === "asleep") return <Line words={say("connection.asleep", { desktop, time })} />;
  if (presence.power === "quit") return <Line words={say("connection.quit", { desktop, time })} />;
  if (presence.heardAt === undefined) return <Line words={say("connection.unheard", { desktop })} />;
  return now - presence.heardAt > SILENT_MS ? (
    <Line words={say("connection.silent", { desktop, time })} />
  ) : null;
};

/** Every start connects for a moment: that is no news. */
const Patient = ({ children }: { readonly children: ReactNode }) => {
  const [since] = useState(() => Date.now());
  return useNow(500) - since < PATIENCE_MS ? null : children;
};

interface LineProps {
  readonly words: string;
  readonly label?: string;
  readonly onAction?: () => void;
}

const Line = ({ words, label, onAction }: LineProps) => {
  const say = useText();
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <div className="dh-connection">
      <button type="button" className="dh-connection-words" onClick={() => setOpen(true)}>
        <span role="status">{words}</span>
      </button>
      {label !== undefined && (
        <button type="button" className="dh-button plain" onClick={onAction}>
          {label}
        </button>
      )}
      {isOpen && (
        <Sheet title={say("connection.title")} onClose={close}>
          <ConnectionDetails />
        </Sheet>
      )}
    </div>
  );
};
