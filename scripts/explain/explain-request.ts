import { readFile } from 'node:fs/promises';
import { type AskedQuestion, type Circumstances, validatePolicy } from '@cross-account-api/local-aws/explain';
import { checkStage, type OptionValues, readNumber, UsageError } from '../lib/command-line.ts';
import type { Wanted } from './explain-trace.ts';
import { isKnownAction } from './known-action.ts';

/** The options of `npm run explain`. */
export const explainOptions = {
  last: { type: 'string', value: 'N', description: 'Explains the last N refused requests (default 1)' },
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
    description: 'A session policy (JSON) that the session, or the one of the invoke role, is given',
  },
  unused: {
    type: 'boolean',
    description:
      'For each role, which permissions the recorded calls used and which never, and a policy with the used ones only',
  },
  stage: {
    type: 'string',
    value: 'S',
    description:
      'Alone: walks the whole chain of this stage. With a question: whose policies (default local)',
  },
  caller: {
    type: 'string',
    value: 'NAME',
    description: 'With --stage: walks the chain of one of the callers of services/stages.yml',
  },
  'required-permissions': {
    type: 'boolean',
    description: 'Prints the policy that the profiles need for a stage on real AWS',
  },
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const;

/** The values of {@link explainOptions}. */
export type ExplainOptionValues = OptionValues<typeof explainOptions>;

/** What every decision of a run assumes. */
export interface Assumptions extends Omit<Circumstances, 'now'> {
  readonly stage: string;
}

/** What a run of `npm run explain` is asked to do. */
export type ExplainRequest =
  | { readonly form: 'required-permissions'; readonly stage: string }
  | { readonly form: 'recorded'; readonly wanted: Wanted }
  | ({ readonly form: 'unused' } & Assumptions)
  /** Without a caller: the chain of the caller that this repository deploys. */
  | ({ readonly form: 'chain'; readonly caller?: string | undefined } & Assumptions)
  | ({ readonly form: 'question'; readonly asked: Omit<AskedQuestion, 'region'> } & Assumptions);

/**
 * Works out what the options ask for.
 * @throws UsageError that names the option and the rule
 */
export async function readExplainRequest(values: ExplainOptionValues): Promise<ExplainRequest> {
  const { stage, principal, action, resource, 'request-id': requestId, last } = values;
  checkStage(stage);
  if (values['required-permissions'] === true) return { form: 'required-permissions', stage: stage ?? '*' };

  const question = { principal, action, resource };
  const given = Object.entries(question).filter(([, value]) => value !== undefined);
  const ofRecorded = [requestId, last].some((value) => value !== undefined);
  if (ofRecorded && (given.length > 0 || stage !== undefined)) {
    throw new UsageError(
      '--last and --request-id are about requests that were made; --stage and --principal are about policies. Give only one of the two kinds.',
    );
  }
  if (values.unused === true && (ofRecorded || given.length > 0 || (stage ?? 'local') !== 'local')) {
    throw new UsageError('--unused is about all recorded calls to local AWS. Leave out the other options.');
  }
  if (values.caller !== undefined && (stage === undefined || given.length > 0)) {
    throw new UsageError(
      '--caller is about the whole chain of a stage: npm run explain -- --stage dev --caller billing',
    );
  }
  const assumptions = {
    stage: stage ?? 'local',
    context: readContext(values.context ?? []),
    sessionPolicies: await readSessionPolicy(values['session-policy']),
  };
  if (values.unused === true) return { form: 'unused', ...assumptions };
  if (principal !== undefined && action !== undefined && resource !== undefined) {
    await checkQuestion(action, resource);
    return { form: 'question', asked: { principal, action, resource }, ...assumptions };
  }
  if (given.length > 0) {
    const missing = Object.keys(question).filter((name) => !given.some(([has]) => has === name));
    throw new UsageError(
      `A question needs --principal, --action and --resource; missing: ${missing.map((name) => `--${name}`).join(', ')}.`,
    );
  }
  if (stage !== undefined) return { form: 'chain', caller: values.caller, ...assumptions };
  if (values.context !== undefined || values['session-policy'] !== undefined) {
    throw new UsageError('--context and --session-policy need --stage, or a question (--principal …).');
  }
  if (requestId !== undefined) {
    if (last !== undefined) throw new UsageError('Give --request-id or --last, not both.');
    return { form: 'recorded', wanted: { requestId } };
  }
  const count = readNumber('last', last, { default: 1, min: 1, max: 1000 });
  return { form: 'recorded', wanted: { last: count } };
}

async function checkQuestion(action: string, resource: string): Promise<void> {
  if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action) || !(await isKnownAction(action))) {
    throw new UsageError(
      `--action ${action}: AWS has no such action. Write it as service:Name without wildcards, e.g. execute-api:Invoke or sts:AssumeRole.`,
    );
  }
  if (resource !== '*' && resource.split(':').length < 6) {
    throw new UsageError(
      `--resource ${resource}: must be an ARN (arn:aws:service:region:account:…), or * for an action without resources.`,
    );
  }
}

function readContext(entries: readonly string[]): Record<string, string | readonly string[]> {
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
    throw new UsageError(
      `--session-policy ${file}: cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  });
  const [problem] = validatePolicy(text, 'session');
  if (problem !== undefined) throw new UsageError(`--session-policy ${file}: ${problem}`);
  return [{ name: `session policy ${file}`, document: JSON.parse(text) as Record<string, unknown> }];
}
