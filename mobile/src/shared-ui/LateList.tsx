/** What removed devices wrote where their removal was not known yet: shown, and never carried out. */
import type { Meta } from "@deskhand/doc-schema/document";
import type { TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useDeviceName, useMeta } from "./workspace-context.tsx";

type Late = NonNullable<Meta["late"]>;

const KINDS = ["thread", "message", "task", "intent", "decision"] as const;
const wordOf = (kind: string): TextKey => `late.${KINDS.find((known) => known === kind) ?? "other"}`;

/** Newest first. Where there are none the list and its heading are left out. */
export const useLateRecords = (): Late => withoutEchoes(useMeta()?.late ?? []).toReversed();

export const LateList = () => {
  const say = useText();
  const times = useTimes();
  const nameOf = useDeviceName();
  return (
    <>
      <p className="dh-note">{say("late.lead")}</p>
      <ul className="dh-cards">
        {useLateRecords().map(({ id, deviceId, at, kind, text }) => (
          <li key={id}>
            <p className="dh-note-text">{text === undefined ? say(wordOf(kind)) : plainText(text)}</p>
            <p className="dh-note">
              {say("late.from", { device: nameOf(deviceId), time: times.clock(at) })}
              {text === undefined ? "" : ` · ${say(wordOf(kind))}`} · {say("late.chip")}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
};

/** A task's words came as a message too: said once, they are one row. */
const withoutEchoes = (late: Late): Late =>
  late.filter(
    ({ kind, deviceId, text }) =>
      kind !== "message" ||
      !late.some((other) => other.kind === "task" && other.deviceId === deviceId && other.text === text),
  );
