/** The left side: where one can go, how things stand, and the way to stop everything. Always visible. */
import { useTimes } from "@deskhand/mobile/shared-ui";
import { Icon, type IconName } from "./Icon.tsx";
import { useStore } from "./store-context.tsx";
import type { Summary } from "./summary.ts";
import { useDesktopText } from "./texts.ts";

export const PLACES = [
  "thread",
  "search",
  "approvals",
  "phone",
  "folders",
  "relays",
  "recovery",
  "settings",
] as const;
export type Place = (typeof PLACES)[number] & IconName;

export interface RailProps {
  readonly place: Place;
  readonly summary: Summary;
  readonly onGo: (place: Place) => void;
}

export const Rail = ({ place, summary, onGo }: RailProps) => {
  const say = useDesktopText();
  return (
    <nav className="rail" aria-label={say("nav.label")}>
      <div className="brand">
        <span className="brand-mark" aria-hidden="true" />
        Deskhand
      </div>
      <ul>
        {PLACES.map((to) => (
          <li key={to}>
            <button
              type="button"
              className={to === place ? "rail-item here" : "rail-item"}
              aria-current={to === place ? "page" : undefined}
              onClick={() => onGo(to)}
            >
              <Icon name={to} />
              <span>{say(`nav.${to}`)}</span>
              {to === "approvals" && summary.waiting > 0 && <span className="badge">{summary.waiting}</span>}
            </button>
          </li>
        ))}
      </ul>
      <RailFoot summary={summary} />
    </nav>
  );
};

const RailFoot = ({ summary }: { readonly summary: Summary }) => {
  const say = useDesktopText();
  const times = useTimes();
  const { workspace, facts, state } = useStore();
  const { power } = state();
  return (
    <footer className="rail-foot">
      <div className="rail-state" role="status">
        <span className={`dot ${summary.activity}`} aria-hidden="true" />
        <span>
          <strong>{say(`state.${summary.activity}`)}</strong>
          <span className="note">{facts.desktopName}</span>
          <span className="note">{say("state.awake", { time: times.clock(power.since) })}</span>
          <PhoneLine />
        </span>
      </div>
      <button
        type="button"
        className="button stop"
        title="Ctrl + Shift + ."
        disabled={summary.stopped !== undefined}
        onClick={() => void workspace.orders.give({ type: "stop-all" })}
      >
        <Icon name="stop" size={18} />
        {say("stop.all")}
      </button>
    </footer>
  );
};

const PhoneLine = () => {
  const say = useDesktopText();
  const { workspace, state } = useStore();
  const { phonesOnline, connection } = state();
  const registry = workspace.registry();
  const phones = registry
    .all()
    .filter(({ record, revokedAt }) => record.kind === "phone" && revokedAt === undefined);
  const online = phones.filter(({ record }) => phonesOnline.includes(record.id));
  const said = (): string => {
    if (phones.length === 0) return say("state.no-phone");
    if (connection.phase !== "live") return say("state.relay-away");
    const [first] = online;
    if (first === undefined) return say("state.phone-away");
    return say("state.phones-online", { count: online.length, name: first.record.name });
  };
  return <span className="note">{said()}</span>;
};
