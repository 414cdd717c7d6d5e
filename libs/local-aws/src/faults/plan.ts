import * as v from 'valibot';
import { describeIssue } from '../core/describe-issue.ts';
import { isObject } from '../core/is-object.ts';

const probability = v.pipe(
  v.number('must be a number'),
  v.minValue(0, 'must be between 0 and 1'),
  v.maxValue(1, 'must be between 0 and 1'),
);
const whole = (min: number, max: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  );
const text = (max: number) =>
  v.pipe(
    v.string('must be a string'),
    v.check((value) => value.length >= 1 && value.length <= max, `must have 1 to ${max} characters`),
  );
const glob = text(200);
const when = v.optional(v.picklist(['before', 'after'], 'must be "before" or "after"'));
const milliseconds = whole(0, 900_000);
const retryAfterSeconds = v.optional(whole(0, 3_600));

const effectSchema = v.variant(
  'type',
  [
    v.strictObject({
      type: v.literal('error'),
      status: whole(400, 599),
      code: v.pipe(
        v.string('must be a string'),
        v.regex(/^[A-Za-z][\w.:-]{0,99}$/, 'must be an error code such as InternalFailure'),
      ),
      message: v.optional(text(1_000)),
      when,
      retryAfterSeconds,
    }),
    v.strictObject({ type: v.literal('throttle'), retryAfterSeconds }),
    v.strictObject({
      type: v.literal('delay'),
      ms: v.union(
        [
          milliseconds,
          v.pipe(
            v.tuple([milliseconds, milliseconds]),
            v.check(([from, to]) => from <= to, 'must be a range from the lower to the higher number'),
          ),
        ],
        'must be milliseconds from 0 to 900000, or a range of them: [100, 2000]',
      ),
      when,
    }),
    v.strictObject({ type: v.literal('drop-before') }),
    v.strictObject({ type: v.literal('drop-after') }),
    v.strictObject({ type: v.literal('cut'), afterBytes: v.optional(whole(0, 10_000_000)) }),
    v.strictObject({ type: v.literal('skew'), seconds: whole(-31_536_000, 31_536_000) }),
    v.strictObject({ type: v.literal('expire-session') }),
    v.strictObject({ type: v.literal('revoke-session') }),
    v.strictObject({
      type: v.literal('kill-function'),
      when: v.optional(v.picklist(['before', 'after', 'idle'], 'must be "before", "after" or "idle"')),
    }),
    v.strictObject({ type: v.literal('stall-function'), when }),
    v.strictObject({ type: v.literal('propagation'), ms: milliseconds }),
  ],
  'must have a type: error, throttle, delay, drop-before, drop-after, cut, skew, expire-session, revoke-session, kill-function, stall-function or propagation',
);

const matchSchema = v.strictObject({
  service: v.optional(glob),
  operation: v.optional(glob),
  principal: v.optional(glob),
  function: v.optional(glob),
  account: v.optional(
    v.pipe(v.string('must be a string'), v.regex(/^\d{12}$/, 'must be an account ID of twelve digits')),
  ),
});

const ruleSchema = v.pipe(
  v.strictObject({
    name: v.optional(text(100)),
    match: v.optional(matchSchema, {}),
    rate: v.optional(probability),
    every: v.optional(whole(1, 1_000_000)),
    times: v.optional(whole(1, 1_000_000)),
    after: v.optional(whole(0, 1_000_000)),
    lasts: v.optional(whole(1, 1_000_000)),
    effect: effectSchema,
  }),
  v.check(
    ({ rate, every }) => rate === undefined || every === undefined,
    'has both rate and every; keep one: they are two ways to say how often',
  ),
  v.check(
    ({ effect, match: { service, operation, principal } }) =>
      !isFunctionEffect(effect) || [service, operation, principal].every((each) => each === undefined),
    'ends the process of a function, so its match may only have function and account',
  ),
  v.check(
    ({ effect, match }) => isFunctionEffect(effect) || match.function === undefined,
    'has match.function, which is only for kill-function and stall-function; use service, operation or principal',
  ),
);

const planSchema = v.strictObject({
  seed: v.optional(whole(0, 0xffff_ffff), 1),
  maxSessionSeconds: v.optional(whole(1, 43_200)),
  rules: v.optional(
    v.pipe(v.array(ruleSchema, 'must be a list'), v.maxLength(200, 'must have at most 200 rules')),
    [],
  ),
});

/** Whether an effect ends or stalls the process of a function. */
export function isFunctionEffect(effect: FaultEffect): boolean {
  return effect.type === 'kill-function' || effect.type === 'stall-function';
}

/**
 * The requests that a rule counts. An absent member matches every request. `*` and `?` are wildcards.
 * - `service`: signing name, e.g. `sts`, `execute-api`
 * - `operation`: as in the trace: `AssumeRole`, `POST /messages`
 * - `principal`: ARN of the principal that signed, e.g. `arn:aws:sts::*:assumed-role/caller/*`
 * - `account`: the account in which the request acts
 * - `function`: name of a function; for `kill-function` and `stall-function` only
 */
export type FaultMatch = Readonly<v.InferOutput<typeof matchSchema>>;

/**
 * The fault that is injected into a request that a rule strikes.
 *
 * | type | |
 * | --- | --- |
 * | `error` | answered with `status`, `code` and `message` in the service's own form, after it was authenticated and authorized, or (`when: 'after'`) after it was carried out |
 * | `throttle` | `error` with the service's own status and code for too many requests |
 * | `delay` | waits for `ms` milliseconds or a random time in `[from, to]`, before the request is handled or (`after`) before the answer |
 * | `drop-before`, `drop-after` | the connection is dropped without an answer; `after`: the request was carried out |
 * | `cut` | carried out; the connection is dropped after `afterBytes` of the answer's body (default: half of it) |
 * | `skew` | signatures are checked, and the `Date` header is set, by a clock that is `seconds` ahead (negative: behind); sessions keep their lifetime |
 * | `expire-session`, `revoke-session` | the session that signed the request has expired, or is invalid, from this request on |
 * | `propagation` | the request's changes to roles, policies and API stages become visible `ms` milliseconds later, as on AWS: reads show them at once, but until then authorization and the API decide on the state before. It strikes changes in IAM, API Gateway, Lambda and CloudFormation only. Deleted resources are gone at once |
 * | `kill-function`, `stall-function` | the process of the function's execution environment is killed or stalls, before the handler runs (default) or `after` it has answered; with `idle`, it is killed once the invocation has succeeded, so that the next one starts cold |
 */
export type FaultEffect = Readonly<v.InferOutput<typeof effectSchema>>;

/**
 * One rule: which requests, how often, and which fault. Without `rate` and `every` it strikes each request that matches.
 * - `rate`: probability from 0 to 1
 * - `every`: each n-th request that matches
 * - `after`: how many matching requests pass first
 * - `times`: the most times that it strikes
 * - `lasts`: the number of matching requests that one strike covers, as in an outage. Put a lasting `skew` before other
 *   rules for the same requests: if another rule strikes, the clock is right
 */
export type FaultRule = Readonly<v.InferOutput<typeof ruleSchema>>;

/**
 * A fault plan. At most one rule strikes a request: the first.
 * - `seed`: the same seed, and requests in the same order, give the same faults; default 1
 * - `maxSessionSeconds`: the longest session that AssumeRole issues, with the right `Expiration`; AWS's own shortest is 900
 */
export type FaultPlan = Readonly<v.InferOutput<typeof planSchema>>;

/** A fault plan as a user writes it: members with a default are optional. */
export type FaultPlanInput = Readonly<v.InferInput<typeof planSchema>>;

/** A fault plan is not valid. The message names the rule, the value and what it must be. */
export class FaultPlanError extends Error {
  override readonly name = 'FaultPlanError';
  readonly code = 'InvalidFaultPlan';
}

/** Checks a fault plan and fills in defaults. @throws FaultPlanError that names the rule, the value and what it must be */
export function parseFaultPlan(value: unknown): FaultPlan {
  // Valibot accepts a list as an object.
  const result = v.safeParse(planSchema, Array.isArray(value) ? undefined : value);
  if (result.success) return result.output;
  const problems = result.issues.slice(0, 5).map(describe);
  throw new FaultPlanError(`The fault plan is not valid: ${problems.join('; ')}.`);
}

function describe(issue: v.InferIssue<typeof planSchema>): string {
  const [list, item] = issue.path ?? [];
  const rule: unknown = list?.key === 'rules' ? item?.value : undefined;
  const name = isObject(rule) && typeof rule.name === 'string' ? ` (rule "${rule.name.slice(0, 100)}")` : '';
  return describeIssue(issue, name);
}
