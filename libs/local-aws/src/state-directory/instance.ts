import * as v from 'valibot';
import { parseJson } from '../core/parse-json.ts';

const common = {
  version: v.literal(1),
  instanceId: v.pipe(v.string(), v.uuid()),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
};

const accountSchema = v.object({
  profile: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
  accountId: v.pipe(v.string(), v.regex(/^\d{12}$/)),
});

/** An account of the running local AWS, and the profile that has its administrator's keys. */
export type InstanceAccount = Readonly<v.InferOutput<typeof accountSchema>>;

const instanceSchema = v.pipe(
  v.variant('status', [
    v.object({ status: v.literal('starting'), ...common }),
    v.object({
      status: v.literal('running'),
      ...common,
      port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
      url: v.string(),
      region: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)),
      profile: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
      accounts: v.pipe(v.array(accountSchema), v.maxLength(100)),
      // The AWS organization of the accounts, if there is one.
      organizationId: v.exactOptional(v.pipe(v.string(), v.regex(/^o-[a-z0-9]{10,32}$/))),
    }),
  ]),
  // Only this machine: a forged file must not send requests elsewhere.
  v.check((value) => value.status === 'starting' || value.url === `http://127.0.0.1:${value.port}`),
);

/** The content of `endpoint.json`: an instance that is starting or running. It has no secrets. */
export type Instance = Readonly<v.InferOutput<typeof instanceSchema>>;

/** An instance that has started. */
export type RunningInstance = Extract<Instance, { status: 'running' }>;

/** @returns `undefined` if the text is not what {@link formatInstance} writes */
export function parseInstance(text: string): Instance | undefined {
  const result = v.safeParse(instanceSchema, parseJson(text));
  return result.success ? result.output : undefined;
}

/** The text of `endpoint.json`. @throws TypeError if a value is not valid */
export function formatInstance(instance: Instance): string {
  const result = v.safeParse(instanceSchema, instance);
  if (!result.success) {
    const [issue] = result.issues;
    const where = v.getDotPath(issue) ?? 'instance';
    throw new TypeError(`${where} of a local AWS instance is not valid: ${issue.message}`);
  }
  return `${JSON.stringify(result.output, null, 2)}\n`;
}
