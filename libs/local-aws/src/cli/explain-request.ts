import { readFile } from 'node:fs/promises';
import { type AskedQuestion, type Circumstances, validatePolicy } from '@cross-account-api/iam';
import { errorMessage } from '../core/errors.ts';
import { type Options, type OptionValues, readNumber, UsageError } from './command-line.ts';
import type { Wanted } from './explain-trace.ts';
import { stateOption } from './root.ts';

/** The options of `local-aws explain`. */
export const explainOptions = {
  last: {
    type: 'string',
    value: 'N',
    description: 'Explains the last N requests that were refused or whose function failed (default 1)',
  },
  'request-id': { type: 'string', value: 'ID', description: 'Explains this request, refused or not' },
  principal: {
    type: 'string',
    value: 'ARN',
    description: 'Who asks: a role, a role session, a user, a root user, or a service (lambda.amazonaws.com)',
  },
  action: { type: 'string', value: 'A', description: 'For what, e.g. execute-api:Invoke' },
  resource: { type: 'string', value: 'R', description: 'On what: an ARN, or *' },
  context: {
    type: 'string',
    value: 'K=V',
    multiple: true,
    description: 'A condition key and its value, e.g. sts:ExternalId=abc; repeat it for more keys or values',
  },
  'session-policy': {
    type: 'string',
    value: 'FILE',
    description: 'A session policy (JSON) that the session is given',
  },
  unused: {
    type: 'boolean',
    description:
      'For each role, which permissions the recorded calls used and which never, and a policy with the used ones only',
  },
  state: stateOption,
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const satisfies Options;

type ExplainOptionValues = OptionValues<typeof explainOptions>;

/** The assumptions of all decisions of a run. */
export type Assumptions = Omit<Circumstances, 'now'>;

/** A question without its region. */
export type Question = Omit<AskedQuestion, 'region'>;

/** The task of one run of `local-aws explain`. */
export type ExplainRequest =
  | { readonly form: 'recorded'; readonly wanted: Wanted }
  | { readonly form: 'unused' }
  | ({ readonly form: 'question'; readonly asked: Question } & Assumptions);

/** Reads the task from the options. @throws UsageError that names the option and the rule */
export async function readExplainRequest(values: ExplainOptionValues): Promise<ExplainRequest> {
  const { 'request-id': requestId, last } = values;
  const asked = readQuestion(values);
  const ofRecorded = requestId !== undefined || last !== undefined;
  if (ofRecorded && asked !== undefined) {
    const message =
      '--last and --request-id are about requests that were made; --principal is about policies. Give only one of the two kinds.';
    throw new UsageError(message);
  }
  if (values.unused === true) {
    if (ofRecorded || asked !== undefined) {
      throw new UsageError('--unused is about all recorded calls to local AWS. Leave out the other options.');
    }
    return { form: 'unused' };
  }
  if (asked !== undefined) return { form: 'question', asked, ...(await readAssumptions(values)) };
  if (values.context !== undefined || values['session-policy'] !== undefined) {
    throw new UsageError('--context and --session-policy need a question (--principal …).');
  }
  if (requestId !== undefined) {
    if (last !== undefined) throw new UsageError('Give --request-id or --last, not both.');
    return { form: 'recorded', wanted: { requestId } };
  }
  const count = readNumber('last', last, { default: 1, min: 1, max: 1000 });
  return { form: 'recorded', wanted: { last: count } };
}

/** Reads the question from the options; `undefined` if they ask none. @throws UsageError if a part is missing or not valid */
export function readQuestion(values: ExplainOptionValues): Question | undefined {
  const { principal, action, resource } = values;
  const question = { principal, action, resource };
  if (principal !== undefined && action !== undefined && resource !== undefined) {
    if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
      const message = `--action ${action}: write it as service:Name without wildcards, e.g. execute-api:Invoke or sts:AssumeRole.`;
      throw new UsageError(message);
    }
    if (resource !== '*' && resource.split(':').length < 6) {
      const message = `--resource ${resource}: must be an ARN (arn:aws:service:region:account:…), or * for an action without resources.`;
      throw new UsageError(message);
    }
    return { principal, action, resource };
  }
  const missing = Object.entries(question).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length === Object.keys(question).length) return undefined;
  const message = `A question needs --principal, --action and --resource; missing: ${missing.map((name) => `--${name}`).join(', ')}.`;
  throw new UsageError(message);
}

/** Reads the assumptions from the options. @throws UsageError if one is not valid, or a file cannot be read */
export async function readAssumptions(values: ExplainOptionValues): Promise<Assumptions> {
  return {
    context: readContext(values.context ?? []),
    sessionPolicies: await readSessionPolicy(values['session-policy']),
  };
}

function readContext(entries: readonly string[]): Assumptions['context'] {
  const values = new Map<string, string[]>();
  for (const entry of entries) {
    const [, key, value] = /^([^=\s]+:[^=]+)=(.*)$/s.exec(entry) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(`--context ${entry}: must be key=value, e.g. sts:ExternalId=abc.`);
    }
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([key, all]) => [key, all.length === 1 ? (all[0] ?? '') : all]));
}

async function readSessionPolicy(file: string | undefined): Promise<Assumptions['sessionPolicies']> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--session-policy ${file}: cannot be read (${errorMessage(error)}).`);
  });
  const [problem] = validatePolicy(text, 'session');
  if (problem !== undefined) throw new UsageError(`--session-policy ${file}: ${problem}`);
  return [{ name: `session policy ${file}`, document: JSON.parse(text) as Record<string, unknown> }];
}
