/** What an intent is: it recognises its requests and has a plan for them. The request is plain data, so tests can read it. */
import type { Plan, Scene } from "./plan.ts";
import type { Sentence } from "./sentence.ts";

export interface Intent<Request> {
  readonly name: string;
  readonly recognise: (sentence: Sentence) => Request | undefined;
  readonly plan: (request: Request, scene: Scene) => Plan;
}

/** A recognised request, bound to its plan. */
export interface Understood {
  readonly name: string;
  readonly request: unknown;
  readonly start: (scene: Scene) => Plan;
}

export type Recogniser = (sentence: Sentence) => Understood | undefined;

export const recogniser =
  <Request>({ name, recognise, plan }: Intent<Request>): Recogniser =>
  (sentence) => {
    const request = recognise(sentence);
    return request === undefined ? undefined : { name, request, start: (scene) => plan(request, scene) };
  };
