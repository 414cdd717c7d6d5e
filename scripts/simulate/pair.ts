import type { Handler } from './lambda.ts';
import type { PlannedCall } from './plan.ts';

/** The variables of an environment. */
export type Variables = Readonly<Record<string, string>>;

/** The parts of the simulation that a handler may ask for. */
export interface World {
  /** The call to which a message belongs. */
  callOf(message: number): PlannedCall | undefined;
  /** Whether the handler of a message fails this time. */
  failsNow(message: number): boolean;
}

/**
 * Loads the code into an environment, whose variables `process.env` has.
 * @param remembersKeys whether the contract of the deployed version has the mark `idempotencyKey`
 */
export type Load = (world: World, remembersKeys: boolean) => Handler;

/** A function of the API. */
export interface ApiFunction {
  /** Such as `POST /boxes/{box}/messages`. */
  readonly routes: readonly string[];
  readonly timeoutMs: number;
  readonly load: Load;
}

/**
 * An API and its callers: the code whose histories are run.
 *
 * The functions of the API store messages in the table of the variable `MESSAGES_TABLE`, with the key attributes `caller` and `id`
 * and the JSON object in the attribute `body`, whose first member is the number `message`. They remember keys in the table of
 * `IDEMPOTENCY_TABLE`. The variables of a caller are those of services/caller.
 */
export interface Pair {
  readonly api: Readonly<Record<string, ApiFunction>>;
  readonly caller: {
    readonly timeoutMs: number;
    /** The time-out of an attempt, and the time that is left to the handler. */
    readonly limits: { readonly timeoutMs: number; readonly marginMs: number };
    readonly load: Load;
    /** The event of a call. @param stored the ID of a message that the caller has stored, if there is one */
    readonly eventOf: (call: PlannedCall, stored: string | undefined) => unknown;
  };
}
