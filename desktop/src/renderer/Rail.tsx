/** The left side: where one can go, how things stand, and the way to stop everything. Always visible. */
import { Icon, type IconName } from "./Icon.tsx";
import { useStore } from "./store-context.tsx";
import type { Activity, Summary } from "./summary.ts";
import { useTexts, useTimes } from "./texts.tsx";

export const PLACES = ["thread", "approvals", "phone", "folders", "settings"] as const;
export type Place = (typeof PLACES)[number] & IconName;

export interface RailProps {
  readonly place: Place;
  readonly summary: Summary;
  readonly onGo: (place: Place) => void;
}

export const Rail = ({ place, summary, onGo }: RailProps) => {
  const { nav } = useTexts();
  return (
    <nav className="rail" aria-label={nav.label}>
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
              <span>{nav[to]}</span>
              {to === "approvals" && summary.pendingApprovals > 0 && (
                <span className="badge">{summary.pendingApprovals}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      <RailFoot summary={summary} />
    </nav>
  );
};

const WORDS = {
  ready: "ready",
  working: "working",
  "needs-you": "needsYou",
  stopped: "stopped",
} as const satisfies Record<Activity, string>;

const RailFoot = ({ summary }: { readonly summary: Summary }) => {
  const { state: words } = useTexts();
  const times = useTimes();
  const { workspace, facts, state } = useStore();
  const { power } = state();
  return (
    <footer className="rail-foot">
      <div className="rail-state" role="status">
        <span className={`dot ${summary.activity}`} aria-hidden="true" />
        <span>
          <strong>{words[WORDS[summary.activity]]}</strong>
          <span className="note">{facts.desktopName}</span>
          <span className="note">{words.awakeSince(times.clock(power.since))}</span>
          <PhoneLine />
        </span>
      </div>
      <button
        type="button"
        className="button stop"
        title={words.stopAllKeys}
        disabled={summary.stopped !== undefined}
        onClick={() => void workspace.orders.stopAll()}
      >
        <Icon name="stop" size={18} />
        {words.stopAll}
      </button>
    </footer>
  );
};

const PhoneLine = () => {
  const { state: words } = useTexts();
  const { workspace, state } = useStore();
  const { phonesOnline, connection } = state();
  const registry = workspace.registry();
  const phones = registry
    .all()
    .filter(({ record, revokedAt }) => record.kind === "phone" && revokedAt === undefined);
  const online = phones.filter(({ record }) => phonesOnline.includes(record.id));
  const [first] = online;
  const said = (): string => {
    if (phones.length === 0) return words.noPhone;
    if (connection.phase !== "live") return words.relayAway;
    if (first === undefined) return words.phoneAway;
    return online.length === 1 ? words.phoneOnline(first.record.name) : words.phonesOnline(online.length);
  };
  return <span className="note">{said()}</span>;
};

export const StoppedStrip = ({ stopped }: { readonly stopped: NonNullable<Summary["stopped"]> }) => {
  const { state: words } = useTexts();
  const times = useTimes();
  const { workspace } = useStore();
  const at = times.clock(stopped.at);
  return (
    <div className="strip" role="alert">
      <Icon name="stop" size={18} />
      <span>
        <strong>
          {stopped.device === undefined ? words.stoppedAt(at) : words.stoppedBy(at, stopped.device)}
        </strong>{" "}
        {words.stoppedNote}
      </span>
      <button type="button" className="button small" onClick={() => void workspace.orders.resume()}>
        <Icon name="play" size={16} />
        {words.resume}
      </button>
    </div>
  );
};
