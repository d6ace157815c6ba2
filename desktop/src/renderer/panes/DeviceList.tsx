/** The devices of the workspace: which they are, since when, whether they are here, and how to be rid of a phone. */
import type { RegisteredDevice } from "@deskhand/doc-schema/document";
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
/** Phones first: they are what one comes here for. */
const ORDER = Object.keys(ICONS);

export const DeviceList = () => {
  const { workspace } = useStore();
  const say = useDesktopText();
  const devices = workspace
    .registry()
    .all()
    .toSorted((a, b) => ORDER.indexOf(a.record.kind) - ORDER.indexOf(b.record.kind));
  return (
    <section className="card">
      <h2>{say("devices.title")}</h2>
      {!devices.some(({ record }) => record.kind === "phone") && (
        <p className="note">{say("devices.none")}</p>
      )}
      <ul className="rows">
        {devices.map((device) => (
          <DeviceRow key={device.record.id} device={device} />
        ))}
      </ul>
    </section>
  );
};

const DeviceRow = ({ device: { record, revokedAt } }: { readonly device: RegisteredDevice }) => {
  const say = useDesktopText();
  const times = useTimes();
  const isOnline = useStore().state().phonesOnline.includes(record.id);
  const isRemoved = revokedAt !== undefined;
  const about = `${say(`devices.${record.kind}`)} · ${say("devices.added", { date: times.date(record.createdAt) })}`;
  return (
    <li className={isRemoved ? "entry gone" : "entry"}>
      <span className="entry-icon">
        <Icon name={ICONS[record.kind]} />
      </span>
      <span className="entry-text">
        <strong>{record.name}</strong>
        <span className="note">{about}</span>
      </span>
      {isOnline && !isRemoved && <span className="chip good">{say("devices.online")}</span>}
      {isRemoved && <span className="chip">{say("devices.removed")}</span>}
      {record.kind === "phone" && !isRemoved && (
        <ConfirmButton
          label={say("devices.remove")}
          question={say("devices.remove-ask", { name: record.name })}
          note={say("devices.remove-note")}
          keep={say("devices.keep")}
          onConfirm={() => ask("removeDevice", { deviceId: record.id })}
        />
      )}
    </li>
  );
};
