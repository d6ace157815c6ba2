/** What removed devices wrote where their removal was not known yet: shown, and never carried out. */
import { readMeta, type Meta } from "@deskhand/doc-schema/document";
import { useDeviceName, useTimes } from "@deskhand/mobile/shared-ui";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

const KINDS = ["thread", "message", "task", "intent", "decision"] as const;
const isKind = (kind: string): kind is (typeof KINDS)[number] => KINDS.some((known) => known === kind);

export const LateList = () => {
  const say = useDesktopText();
  const times = useTimes();
  const nameOf = useDeviceName();
  const late = withoutEchoes(readMeta(useStore().workspace.doc)?.late ?? []);
  if (late.length === 0) return null;
  return (
    <section className="card">
      <h2>{say("late.title")}</h2>
      <p className="note">{say("late.lead")}</p>
      <ul className="rows">
        {late.toReversed().map(({ id, deviceId, at, kind, text }) => (
          <li key={id} className="entry late">
            <span className="entry-text">
              <span>{text ?? say(isKind(kind) ? `late.${kind}` : "late.other")}</span>
              <span className="note">
                {say("late.from", { device: nameOf(deviceId), time: times.clock(at) })}
                {text === undefined ? "" : ` · ${say(isKind(kind) ? `late.${kind}` : "late.other")}`}
              </span>
            </span>
            <span className="chip">{say("late.chip")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};

type Late = NonNullable<Meta["late"]>;

/** A task's words came as a message too: said once, they are one row. */
const withoutEchoes = (late: Late): Late =>
  late.filter(
    ({ kind, deviceId, text }) =>
      kind !== "message" ||
      !late.some((other) => other.kind === "task" && other.deviceId === deviceId && other.text === text),
  );
