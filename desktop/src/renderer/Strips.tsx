/** Above everything while nothing goes on: who stopped it or what did, what is safe, what one can do. */
import { useTimes } from "@deskhand/mobile/shared-ui";
import { ALARM_TYPES } from "../ipc-contract.ts";
import { ConfirmButton } from "./ConfirmButton.tsx";
import { Icon } from "./Icon.tsx";
import { useStore } from "./store-context.tsx";
import type { Alarm, Summary } from "./summary.ts";
import type { Place } from "./Rail.tsx";
import { useDesktopText } from "./texts.ts";

export interface StripsProps {
  readonly summary: Summary;
  readonly onGo: (place: Place) => void;
}

export const Strips = ({ summary: { stopped, alarm, replacedAt }, onGo }: StripsProps) => {
  if (replacedAt !== undefined) return <ReplacedStrip at={replacedAt} />;
  if (alarm !== undefined) return <AlarmStrip alarm={alarm} onGo={onGo} />;
  return stopped === undefined ? null : <StoppedStrip stopped={stopped} />;
};

const ReplacedStrip = ({ at }: { readonly at: number }) => {
  const say = useDesktopText();
  const times = useTimes();
  return (
    <div className="strip" role="alert">
      <Icon name="alarm" size={20} />
      <span>
        <strong>{say("replaced.title", { time: times.clock(at) })}</strong> {say("replaced.note")}
      </span>
    </div>
  );
};

type AlarmType = (typeof ALARM_TYPES)[number];
const isKnown = (type: string): type is AlarmType => ALARM_TYPES.some((known) => known === type);
/** What going on means, and where one can do more. */
const MEANINGS = {
  "foreign-write": "alarm.on-write",
  "foreign-close": "alarm.on-close",
  contradiction: "alarm.on-contradiction",
} as const;
const isAboutDevice = (type: string): type is keyof typeof MEANINGS => Object.hasOwn(MEANINGS, type);

const AlarmStrip = ({ alarm, onGo }: { readonly alarm: Alarm } & Pick<StripsProps, "onGo">) => {
  const say = useDesktopText();
  const times = useTimes();
  const { workspace } = useStore();
  const { type, at, relay = say("alarm.a-relay"), device = say("alarm.a-device") } = alarm;
  const values = { relay, device, type };
  const place = isAboutDevice(type) ? "phone" : "relays";
  const meaning = isAboutDevice(type) ? MEANINGS[type] : "alarm.on-relay";
  return (
    <section className="strip alarm" role="alert" aria-label={say("alarm.label")}>
      <Icon name="alarm" size={22} />
      <div className="strip-text">
        <strong>{say("stop.at", { time: times.clock(at) })}</strong>
        <p>{say(isKnown(type) ? `alarm.${type}` : "alarm.other", values)}</p>
        <p className="note">{say("alarm.safe")}</p>
        <p className="note">{say(place === "phone" ? "alarm.do-device" : "alarm.do-relay")}</p>
      </div>
      <div className="strip-actions">
        <button type="button" className="button quiet small" onClick={() => onGo(place)}>
          {say(`nav.${place}`)}
        </button>
        <ConfirmButton
          label={say("alarm.go-on")}
          question={say("alarm.go-on-ask")}
          note={say(meaning, values)}
          keep={say("alarm.keep")}
          isMild
          onConfirm={async () => {
            await workspace.orders.give({ type: "resume" });
            return { type: "done" };
          }}
        />
      </div>
    </section>
  );
};

const StoppedStrip = ({ stopped }: { readonly stopped: NonNullable<Summary["stopped"]> }) => {
  const say = useDesktopText();
  const times = useTimes();
  const { workspace } = useStore();
  const time = times.clock(stopped.at);
  return (
    <div className="strip" role="alert">
      <Icon name="stop" size={18} />
      <span>
        <strong>
          {stopped.device === undefined
            ? say("stop.at", { time })
            : say("stop.from", { time, device: stopped.device })}
        </strong>{" "}
        {say("stop.note")}
      </span>
      <button
        type="button"
        className="button small"
        onClick={() => void workspace.orders.give({ type: "resume" })}
      >
        <Icon name="play" size={16} />
        {say("stop.resume")}
      </button>
    </div>
  );
};
