/** A random history of one run's questions: what people, forgers and the computer do, in order. From a seed alone. */
import { pick, type Random } from "../../sim/random.ts";

export const FORGERIES = [
  /** A key that nobody certified. */
  "stranger",
  /** One device signs under the name of the other. */
  "other-name",
  /** The verdict is turned after signing. */
  "turned",
  /** The executor itself answers. */
  "executor",
  /** A certified device that may send, not approve. */
  "without-role",
  "other-request",
  /** Another card than this desktop renders was shown. */
  "other-card",
  /** An earlier answer's text under a new key. */
  "replay",
] as const;
export type Forgery = (typeof FORGERIES)[number];

/** Devices 0 and 1 may approve. */
export type Approver = 0 | 1;

export type Deed =
  | {
      readonly type: "answer";
      readonly device: Approver;
      readonly verdict: "allow" | "deny" | "none";
      /** Numbered before what the device has said already: it comes late and counts for nothing. */
      readonly isOlder: boolean;
    }
  | { readonly type: "forge"; readonly how: Forgery }
  | { readonly type: "scan" | "drive" | "rotate" | "restart" | "cancel" }
  | { readonly type: "wait"; readonly hours: number }
  /** With a locked keychain no new epoch can begin before the next start. */
  | { readonly type: "revoke"; readonly device: Approver; readonly isLocked: boolean }
  /** The file of the call whose turn it is changes. */
  | { readonly type: "edit" };

export type Step = Deed & {
  /** The machine dies at these points of the disk and of the effect, counted from the step's begin, then from its end. */
  readonly deaths: readonly number[];
  /** So long it is off, if it dies while the run is driven. */
  readonly offHours: number;
};

const MOST_STEPS = 16;
/** The gate ends a run after ten questions; below that no history is cut short. */
const MOST_EDITS = 3;

const DEEDS: readonly (readonly [weight: number, draw: (random: Random) => Deed])[] = [
  [
    8,
    (random) => ({
      type: "answer",
      device: pick(random, [0, 1]),
      verdict: pick(random, ["allow", "allow", "allow", "deny", "none"]),
      isOlder: random.chance(0.15),
    }),
  ],
  [3, (random) => ({ type: "forge", how: pick(random, FORGERIES) })],
  [5, () => ({ type: "scan" })],
  [6, () => ({ type: "drive" })],
  [2, (random) => ({ type: "wait", hours: pick(random, [1, 8, 23, 25]) })],
  [1, (random) => ({ type: "revoke", device: pick(random, [0, 1]), isLocked: random.chance(0.5) })],
  [1, () => ({ type: "rotate" })],
  [1, () => ({ type: "edit" })],
  [1, () => ({ type: "restart" })],
  [0.3, () => ({ type: "cancel" })],
];
const ALL_WEIGHTS = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

const drawDeed = (random: Random): Deed => {
  let left = random.next() * ALL_WEIGHTS;
  const found = DEEDS.find(([weight]) => (left -= weight) < 0) ?? DEEDS[0];
  if (found === undefined) throw new Error("there are no deeds");
  return found[1](random);
};

export const drawHistory = (random: Random): readonly Step[] => {
  let edits = 0;
  return Array.from({ length: random.between(3, MOST_STEPS) }, (): Step => {
    const drawn = drawDeed(random);
    const deed: Deed = drawn.type === "edit" && ++edits > MOST_EDITS ? { type: "drive" } : drawn;
    const deaths = random.chance(0.25) ? [random.below(14), random.below(14)].slice(random.below(2)) : [];
    return { ...deed, deaths, offHours: random.chance(0.3) ? pick(random, [2, 30]) : 0 };
  });
};

export const describeStep = ({ type, deaths, offHours, ...rest }: Step): string =>
  [
    type,
    ...Object.values(rest).map(String),
    ...deaths.map((at) => `† at point ${at}`),
    ...(deaths.length > 0 && offHours > 0 ? [`off for ${offHours} h`] : []),
  ].join(" ");
