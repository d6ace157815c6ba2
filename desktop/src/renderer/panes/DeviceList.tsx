/**
 * The devices of the workspace: which they are, since when, whether they are here; how to be rid of a phone, and what
 * to do about one that is shut out.
 */
import { readMeta, type RegisteredDevice } from "@deskhand/doc-schema/document";
import { useTimes } from "@deskhand/mobile/shared-ui";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon, type IconName } from "../Icon.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

const ICONS: Readonly<Record<RegisteredDevice["record"]["kind"], IconName>> = {
  phone: "phone",
  window: "window",
  executor: "desktop",
};
/** Phones first: they are what one comes here for. Removed ones come last. */
const KINDS = Object.keys(ICONS);
const rankOf = ({ record, revokedAt }: RegisteredDevice): number =>
  KINDS.indexOf(record.kind) + (revokedAt === undefined ? 0 : KINDS.length);

export const DeviceList = () => {
  const { workspace } = useStore();
  const say = useDesktopText();
  const devices = workspace
    .registry()
    .all()
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const shutOut = new Map(
    (readMeta(workspace.doc)?.quarantined ?? []).map(({ deviceId, at }) => [deviceId, at] as const),
  );
  return (
    <section className="card">
      <h2>{say("devices.title")}</h2>
      {!devices.some(({ record }) => record.kind === "phone") && (
        <p className="note">{say("devices.none")}</p>
      )}
      <ul className="rows">
        {devices.map((device) => (
          <DeviceRow key={device.record.id} device={device} shutOutAt={shutOut.get(device.record.id)} />
        ))}
      </ul>
    </section>
  );
};

interface DeviceRowProps {
  readonly device: RegisteredDevice;
  /** Nothing of it is taken since then. */
  readonly shutOutAt: number | undefined;
}

const DeviceRow = ({ device: { record, revokedAt }, shutOutAt }: DeviceRowProps) => {
  const say = useDesktopText();
  const times = useTimes();
  const isOnline = useStore().state().phonesOnline.includes(record.id);
  const isRemoved = revokedAt !== undefined;
  const isShutOut = shutOutAt !== undefined && !isRemoved;
  const { id, name, kind } = record;
  const about = `${say(`devices.${kind}`)} · ${say("devices.added", { date: times.date(record.createdAt) })}`;
  return (
    <li className={isRemoved ? "entry gone" : "entry"}>
      <span className="entry-icon">
        <Icon name={ICONS[kind]} />
      </span>
      <span className="entry-text">
        <strong>{name}</strong>
        <span className="note">{about}</span>
        {isShutOut && (
          <span className="problem">{say("devices.shut-out-note", { time: times.clock(shutOutAt) })}</span>
        )}
      </span>
      {isShutOut ? (
        <span className="chip bad">{say("devices.shut-out")}</span>
      ) : (
        isOnline && !isRemoved && <span className="chip good">{say("devices.online")}</span>
      )}
      {isRemoved && <span className="chip">{say("devices.removed")}</span>}
      {isShutOut && (
        <ConfirmButton
          label={say("devices.trust")}
          question={say("devices.trust-ask", { name })}
          note={say("devices.trust-note")}
          keep={say("devices.trust-not")}
          isMild
          onConfirm={() => ask("trustAgain", { deviceId: id })}
        />
      )}
      {kind === "phone" && !isRemoved && (
        <ConfirmButton
          label={say("devices.remove")}
          question={say("devices.remove-ask", { name })}
          note={
            <ul className="plain">
              <li>{say("devices.remove-now")}</li>
              <li>{say("devices.remove-key")}</li>
              <li>{say("devices.remove-past")}</li>
            </ul>
          }
          keep={say("devices.keep")}
          onConfirm={() => ask("removeDevice", { deviceId: id })}
        />
      )}
    </li>
  );
};
