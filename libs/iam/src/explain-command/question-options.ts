import { readFile } from 'node:fs/promises';
import { type Options, type OptionValues, UsageError } from '@cross-account-api/command-line';
import { isArn } from '../arn.ts';
import type { Circumstances } from '../explanation/deployed/principals.ts';
import type { AskedQuestion } from '../explanation/deployed/question.ts';
import { validatePolicy } from '../language/policy-validation.ts';

/** The options of a question about policies, and of what only a request has. */
export const questionOptions = {
  principal: {
    type: 'string',
    value: 'ARN',
    description: 'A question about policies: who',
    details:
      'A role, a role session, a user, a root user, an identity provider, or a service (`lambda.amazonaws.com`).',
  },
  action: { type: 'string', value: 'A', description: 'For what, e.g. execute-api:Invoke' },
  resource: { type: 'string', value: 'R', description: 'On what: an ARN, or *' },
  context: {
    type: 'string',
    value: 'K=V',
    multiple: true,
    description: 'A condition key; can be repeated',
    details:
      'A condition key and its value, e.g. `aws:SourceIp=192.0.2.1`, or `aws:RequestTag/team=a` for a session tag. Repeat it for more keys or values.',
  },
  'session-policy': {
    type: 'string',
    value: 'FILE',
    description: 'A session policy (JSON) of the session',
  },
} as const satisfies Options;

type QuestionOptionValues = OptionValues<typeof questionOptions>;

/** The assumptions of all decisions of a run. */
export type Assumptions = Omit<Circumstances, 'now'>;

/** A question without its region. */
export type Question = Omit<AskedQuestion, 'region'>;

/** Reads the question from the options; `undefined` if they ask none. @throws UsageError if a part is missing or not valid */
export function readQuestion(values: QuestionOptionValues): Question | undefined {
  const { principal, action, resource } = values;
  const question = { principal, action, resource };
  if (principal !== undefined && action !== undefined && resource !== undefined) {
    if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
      const message = `--action ${action}: write it as service:Name without wildcards, e.g. execute-api:Invoke or sts:AssumeRole.`;
      throw new UsageError(message);
    }
    if (resource !== '*' && !isArn(resource)) {
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
export async function readAssumptions(values: QuestionOptionValues): Promise<Assumptions> {
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
    throw new UsageError(
      `--session-policy ${file}: cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  });
  const [problem] = validatePolicy(text, 'session');
  if (problem !== undefined) throw new UsageError(`--session-policy ${file}: ${problem}`);
  return [{ name: `session policy ${file}`, document: JSON.parse(text) as Record<string, unknown> }];
}
