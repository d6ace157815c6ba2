/** Stops all that runs and holds what is queued, after one question; says that it was sent, not that it happened. */
import { stopCircle } from "ionicons/icons";
import { useEffect, useState } from "react";
import { Icon } from "./Icon.tsx";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMayOrder, useMeta, useWorkspace } from "./workspace-context.tsx";

/** Without a word of the desktop for so long, it is said that nothing is confirmed (milliseconds). */
const UNCONFIRMED_MS = 5_000;

const StopSent = () => {
  const say = useText();
  const desktop = useDesktopName();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), UNCONFIRMED_MS);
    return () => clearTimeout(timer);
  }, []);
  return <p role="status">{isLate ? say("stop.wait", { desktop }) : say("stop.sent")}</p>;
};

export const StopEverythingButton = () => {
  const say = useText();
  const { orders } = useWorkspace();
  const mayOrder = useMayOrder();
  const isStopped = Boolean(useMeta()?.stoppedAt);
  const [stage, setStage] = useState<"idle" | "asking" | "sent">("idle");
  const { problem, give } = useOrder();
  if (isStopped && stage !== "idle") setStage("idle"); // what was asked for has come true
  if (isStopped || !mayOrder) return null;
  if (stage === "sent" && problem === undefined) return <StopSent />;
  if (stage === "asking")
    return (
      <div className="dh-card" role="group" aria-label={say("stop.ask")}>
        <p>{say("stop.ask")}</p>
        <div className="dh-answers">
          <button type="button" className="dh-button" onClick={() => setStage("idle")}>
            {say("stop.keep")}
          </button>
          <button
            type="button"
            className="dh-button danger"
            onClick={() =>
              void give(() => orders.give({ type: "stop-all" })).then((sent) =>
                setStage(sent ? "sent" : "idle"),
              )
            }
          >
            {say("stop.label")}
          </button>
        </div>
      </div>
    );
  return (
    <>
      <button type="button" className="dh-button danger" onClick={() => setStage("asking")}>
        <Icon icon={stopCircle} />
        {say("stop.label")}
      </button>
      {problem !== undefined && <p className="dh-problem">{problem}</p>}
    </>
  );
};
