/** What an alarm is about, in one sentence: what happened, and what is safe. */
import type { Alarm } from "../executor/ledger-records.ts";

type NameOf = (deviceId: NonNullable<Alarm["deviceId"]>) => string | undefined;

export const alarmSentence = ({ type, relayUrl, deviceId }: Alarm, nameOf: NameOf): string => {
  const relay = relayUrl === undefined ? "A relay" : `The relay at ${relayUrl}`;
  const name = deviceId === undefined ? undefined : nameOf(deviceId);
  const device = name === undefined ? "a device" : `"${name.replace(/\p{C}+/gu, " ")}"`;
  switch (type) {
    case "fork":
      return `${relay} shows different histories to different devices. Nothing of it was taken.`;
    case "missing":
      return `${relay} leaves messages out. Nothing after the gap was taken.`;
    case "withheld":
      return `${relay} does not show what another device has read there.`;
    case "rollback":
      return `${relay} has lost messages that it had before. They are safe here; going on sends them again.`;
    case "foreign-write":
      return `A frame that names ${device} writes what is not its own. Nothing of it was taken, and that device is shut out until you decide. Any of your devices can put another's name on a frame.`;
    case "contradiction":
      return `${relay} brought two contents under one name: one of your devices writes as another. The second was not taken; going on begins a new room, where each device says again what is lacking.`;
    case "foreign-close":
      return `${relay}: a device closed the room of this workspace. Going on begins a new one.`;
  }
};
