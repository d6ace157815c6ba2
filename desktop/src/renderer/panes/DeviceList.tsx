/** The devices of the workspace: which they are, since when, whether they are here, and how to be rid of one. */
import type { RegisteredDevice } from "@deskhand/doc-schema/document";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon, type IconName } from "../Icon.tsx";
import { useStore } from "../store-context.tsx";
import { useTexts, useTimes } from "../texts.tsx";

const ICONS: Readonly<Record<RegisteredDevice["record"]["kind"], IconName>> = {
  phone: "phone",
  window: "window",
  executor: "desktop",
};

export const DeviceList = () => {
  const { workspace } = useStore();
  const { phone } = useTexts();
  const devices = workspace.registry().all();
  const phones = devices.filter(({ record }) => record.kind === "phone");
  return (
    <section className="card">
      <h2>{phone.devices}</h2>
      {phones.length === 0 && <p className="note">{phone.none}</p>}
      <ul className="rows">
        {devices.map((device) => (
          <DeviceRow key={device.record.id} device={device} />
        ))}
      </ul>
    </section>
  );
};

const DeviceRow = ({ device: { record, revokedAt } }: { readonly device: RegisteredDevice }) => {
  const { phone } = useTexts();
  const times = useTimes();
  const isOnline = useStore().state().phonesOnline.includes(record.id);
  const isPhone = record.kind === "phone";
  const about = [
    isPhone ? phone.mayDecide : phone.kinds[record.kind],
    phone.added(times.date(record.createdAt)),
  ];
  return (
    <li className={revokedAt === undefined ? "entry" : "entry gone"}>
      <span className="entry-icon">
        <Icon name={ICONS[record.kind]} />
      </span>
      <span className="entry-text">
        <strong>{record.name}</strong>
        <span className="note">{about.join(" · ")}</span>
      </span>
      {isOnline && <span className="chip good">{phone.online}</span>}
      {revokedAt !== undefined && <span className="chip">{phone.removed}</span>}
      {isPhone && revokedAt === undefined && (
        <ConfirmButton
          label={phone.remove}
          question={phone.removeAsk(record.name)}
          note={phone.removeNote}
          keep={phone.keep}
          onConfirm={() => ask("removeDevice", { deviceId: record.id })}
        />
      )}
    </li>
  );
};
