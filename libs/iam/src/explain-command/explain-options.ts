import { type Options, type OptionValues, readNumber, UsageError } from '@cross-account-api/command-line';
import {
  type Assumptions,
  type Question,
  questionOptions,
  readAssumptions,
  readQuestion,
} from './question-options.ts';

/** The option for the folder of local AWS's state directory. */
export const stateOption = {
  type: 'string',
  value: 'DIR',
  description: 'The folder of .local-aws',
  default: 'that of the project',
  details:
    "The folder that has, or gets, the directory .local-aws. Default: the variable LOCAL_AWS_ROOT, or else the project's folder.",
} as const;

/** The requests to local AWS that are explained. */
export type Wanted =
  | { readonly requestId: string }
  /** The number of the latest requests that were refused, whose function failed, or that the API answered a function with an error. */
  | { readonly last: number };

/** The options of `local-aws explain`. */
export const explainOptions = {
  last: {
    type: 'string',
    value: 'N',
    description: 'The last N requests that failed',
    default: '1',
    details: 'A request failed if it was refused, its function failed, or the API answered with 4xx.',
  },
  'request-id': { type: 'string', value: 'ID', description: 'This request, refused or not' },
  ...questionOptions,
  unused: {
    type: 'boolean',
    description: 'Permissions that no recorded call used',
    details:
      'For each role, which permissions the recorded calls used and which never, and a policy with the used ones only.',
  },
  state: stateOption,
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const satisfies Options;

type ExplainOptionValues = OptionValues<typeof explainOptions>;

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
