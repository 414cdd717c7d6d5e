import { text } from 'node:stream/consumers';
import { accountOf, isAccountId, isArn, isRoleArn, parseArn, parseIamArn } from '@cross-account-api/iam';
import { readAssumptions } from '@cross-account-api/iam/explain-command';
import { readRefusal } from '@cross-account-api/iam/explanation';
import { ApiUrlError, readApiUrl } from '../aws/api-url.ts';
import { type Option, type OptionValues, readNumber, UsageError } from '../command-line.ts';
import { ANONYMOUS, type Call } from './call.ts';
import type { MethodAndPath } from './find-route.ts';
import type { SignedFor } from './links/signature.ts';

const option = <const Value extends string>(value: Value, description: string) =>
  ({ type: 'string', value, description }) as const;

/** The options about any call of any API. */
export const callOptions = {
  api: {
    ...option('URL', "The API's URL; of a stage, its name"),
    details:
      "The API's URL with its stage, e.g. `https://abc123.execute-api.eu-central-1.amazonaws.com/prod`, or under a custom domain. With a stage of this project: the name of one of the APIs of services/stages.yml.",
  },
  route: {
    ...option('"POST /path"', 'What is called; can be repeated'),
    multiple: true,
    default: 'all',
  },
  role: {
    ...option('ARN', 'The role that the caller assumes'),
    details: "The role of the API's account. Leave it out if the caller calls as itself.",
  },
  'external-id': option('X', 'What the caller sends with AssumeRole'),
  'session-name': {
    ...option('N', 'The name of its session'),
    details: 'Default: the name of the function or role that calls.',
  },
  duration: option('S', 'For how many seconds it assumes the role'),
  'caller-profile': option('P', "A profile that may read the caller's account"),
  'api-profile': option('P', "A profile that may read the API's account"),
  'api-account': {
    ...option('ID', "The API's account"),
    details: 'Needed if neither a role nor a profile tells it.',
  },
  region: {
    ...option('R', 'The region of a custom domain'),
    default: "the profile's",
  },
  'vpc-endpoint': {
    ...option('ID', 'The VPC endpoint of a private API'),
    details: 'The endpoint through which a private API is called, if the URL does not name it.',
  },
  'signed-for': {
    ...option('SCOPE', 'Region/service of its signature'),
    details:
      "What the caller signs for, e.g. `eu-central-1/execute-api`. Default: the API's region, and execute-api.",
  },
  error: {
    ...option('TEXT', "AWS's answer; - reads standard input"),
    details:
      'What AWS answered to the call: its message, the body of the response, or lines of a log that contain it. `-` reads it from standard input.',
  },
} as const satisfies Readonly<Record<string, Option>>;

type Values = OptionValues<typeof callOptions> & {
  readonly caller?: string;
  readonly context?: readonly string[];
  readonly 'session-policy'?: string;
};

/**
 * Separates the name of an API of a stage from the options of a call: `--api` with a name in the place of a URL.
 * @throws UsageError if there is a name and no stage
 */
export function splitApiName<Options extends Values & { readonly stage?: string }>(
  options: Options,
  stage: string | undefined = options.stage,
): { readonly apiName: string | undefined; readonly values: Omit<Options, 'api'> & Pick<Values, 'api'> } {
  const { api, ...others } = options;
  if (api === undefined || !/^[a-z][a-z0-9-]*$/.test(api)) {
    return { apiName: undefined, values: options };
  }
  if (stage !== undefined) return { apiName: api, values: others };
  throw new UsageError(
    `--api ${api}: must be a URL, e.g. https://abc123.execute-api.eu-central-1.amazonaws.com/prod. With --stage, it is the name of one of the APIs of services/stages.yml.`,
  );
}

/** Whether the options ask about a call by its ARNs, and not about a stage or local AWS. */
export function asksForCall(values: Values): boolean {
  const own = Object.keys(callOptions) as (keyof typeof callOptions)[];
  return own.some((name) => values[name] !== undefined) || values.caller?.startsWith('arn:') === true;
}

/**
 * Reads the options about a call. Does not demand the options that a walk of its chain needs.
 * @throws UsageError that names the option and the rule
 */
export async function readCall(values: Values): Promise<Call> {
  const { caller, role } = values;
  const error = await readError(values.error);
  if (caller !== undefined && caller !== ANONYMOUS && !isCallerArn(caller)) {
    throw new UsageError(
      `--caller ${caller}: must be the ARN of a function, a role, a session of a role or a user, e.g. arn:aws:lambda:eu-central-1:222222222222:function:billing or arn:aws:iam::222222222222:role/billing; or ${ANONYMOUS} for a caller that does not sign.`,
    );
  }
  if (role !== undefined && !isRoleArn(role)) {
    throw new UsageError(
      `--role ${role}: must be the ARN of a role, e.g. arn:aws:iam::111111111111:role/invoke`,
    );
  }
  if (role === undefined && values['external-id'] !== undefined && error === undefined) {
    throw new UsageError('--external-id is sent with AssumeRole: give --role, too.');
  }
  const account = values['api-account'];
  if (account !== undefined && !isAccountId(account)) {
    throw new UsageError(`--api-account ${account}: must be the 12 digits of an account ID.`);
  }
  return {
    api: readUrl(values.api),
    routes: values.route?.map(readRoute),
    ...(caller === undefined ? { callerArn: undefined } : callerOf(caller)),
    callerProfile: values['caller-profile'],
    roleArn: role,
    externalId: values['external-id'],
    sessionName: values['session-name'],
    sessionSeconds:
      values.duration === undefined
        ? undefined
        : readNumber('duration', values.duration, { default: 3600, min: 1, max: 1_000_000 }),
    signedFor: readScope(values['signed-for']),
    apiProfile: values['api-profile'],
    apiAccountId: account ?? (role === undefined ? undefined : accountOf(role)),
    region: values.region,
    vpcEndpointId: values['vpc-endpoint'],
    error: error === undefined ? undefined : { text: error, refusal: readRefusal(error) },
    ...(await readAssumptions(values)),
  };
}

/**
 * The caller behind a principal: the role of a session, whose ARN lacks the path of the role, or the principal itself.
 * @example callerOf('arn:aws:sts::111111111111:assumed-role/a/b') // { callerArn: 'arn:aws:iam::111111111111:role/a', callerSession: 'b' }
 */
export function callerOf(principal: string): { readonly callerArn: string; readonly callerSession?: string } {
  const session = parseIamArn(principal);
  if (session?.kind !== 'assumed-role') return { callerArn: principal };
  const { partition, accountId, name, sessionName } = session;
  return { callerArn: `arn:${partition}:iam::${accountId}:role/${name}`, callerSession: sessionName };
}

/** Whether a caller is a function, a role, a session of a role or a user. */
function isCallerArn(arn: string): boolean {
  const { service, accountId, resource } = parseArn(arn);
  return service === 'lambda'
    ? isArn(arn) && isAccountId(accountId) && resource.startsWith('function:')
    : ['role', 'user', 'assumed-role'].includes(parseIamArn(arn)?.kind ?? '');
}

/** The text of an error, from the option or from standard input. */
async function readError(value: string | undefined): Promise<string | undefined> {
  if (value === undefined) return undefined;
  const error = value === '-' ? await text(process.stdin) : value;
  if (error.trim() !== '') return error;
  throw new UsageError(
    `--error ${value === '-' ? '-: standard input' : '""'} is empty. Give what AWS answered: its message, or the body of the response.`,
  );
}

function readUrl(value: string | undefined): Call['api'] {
  if (value === undefined) return undefined;
  try {
    return readApiUrl(value);
  } catch (error) {
    throw error instanceof ApiUrlError ? new UsageError(error.message) : error;
  }
}

function readRoute(value: string): MethodAndPath {
  const [, method, path] = /^([A-Za-z]{1,10}) +(\/[^\s?#]*)$/.exec(value.trim()) ?? [];
  if (method === undefined || path === undefined) {
    throw new UsageError(`--route "${value}": write method and path without a query, e.g. "POST /messages".`);
  }
  return { method: method.toUpperCase(), path };
}

function readScope(value: string | undefined): SignedFor | undefined {
  if (value === undefined) return undefined;
  const [, region, service] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(value) ?? [];
  if (region === undefined || service === undefined) {
    throw new UsageError(`--signed-for ${value}: write region and service, e.g. eu-central-1/execute-api`);
  }
  return { region, service };
}
