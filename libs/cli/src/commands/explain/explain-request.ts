import {
  type Assumptions,
  type ExplainRequest,
  explainOptions,
  type Question,
  readAssumptions,
  readExplainRequest,
  readQuestion,
} from '@cross-account-api/iam/explain-command';
import type { Call } from '../../call/call.ts';
import { asksForCall, callOptions, readCall, splitApiName } from '../../call/call-options.ts';
import { callWith } from '../../call-of.ts';
import { checkStage, type OptionValues, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import type { CallChoice } from '../../stage/call-choice.ts';
import { isKnownAction } from './known-action.ts';

/** The options of `cross-account explain`: those of local AWS, those about a stage of this project, and those about any call. */
export const stageExplainOptions = {
  stage: {
    ...options.stage,
    details: 'Alone: the whole chain of this stage. With `--principal`: the stage whose policies are asked.',
  },
  caller: {
    ...options.caller,
    details: `${options.caller.details} \`anonymous\` is a caller that does not sign.`,
  },
  ...callOptions,
  'required-permissions': options['required-permissions'],
  ...explainOptions,
} as const;

/** The values of {@link stageExplainOptions}. */
export type StageExplainOptionValues = OptionValues<typeof stageExplainOptions>;

/** The task of a run of `explain`. */
export type StageExplainRequest =
  | { readonly form: 'required-permissions'; readonly stage: string }
  /** Without a choice: the call of this project's API by the first function. */
  | ({ readonly form: 'chain'; readonly stage: string } & CallChoice & Assumptions)
  | ({ readonly form: 'stage question'; readonly stage: string; readonly asked: Question } & Assumptions)
  /** A call of any API. */
  | { readonly form: 'call'; readonly call: Call; readonly permissionsOnly: boolean }
  /** A question that local AWS answers alone. */
  | { readonly form: 'local'; readonly request: ExplainRequest };

/**
 * Reads the task from the options.
 * @throws UsageError that names the option and the rule
 */
export async function readStageRequest(given: StageExplainOptionValues): Promise<StageExplainRequest> {
  const { stage } = given;
  checkStage(stage);
  const { apiName, values } = splitApiName(given);
  if (asksForCall(values)) return readCallRequest(values);
  if (values['required-permissions'] === true) return { form: 'required-permissions', stage: stage ?? '*' };
  const asked = readQuestion(values);
  if (asked !== undefined && !isKnownAction(asked.action)) {
    throw new UsageError(
      `--action ${asked.action}: AWS has no such action. Examples are execute-api:Invoke and sts:AssumeRole.`,
    );
  }
  const choosing = values.caller === undefined ? apiName && '--api' : '--caller';
  if (choosing !== undefined && (stage === undefined || asked !== undefined)) {
    throw new UsageError(
      `${choosing} is about the whole chain of a stage: ${callWith('explain', '--stage dev --caller billing')}`,
    );
  }
  if (stage === undefined || (stage === 'local' && (asked !== undefined || values.unused === true))) {
    return { form: 'local', request: await readExplainRequest(values) };
  }
  if (values.last !== undefined || values['request-id'] !== undefined || values.unused === true) {
    throw new UsageError(
      '--last, --request-id and --unused are about requests to local AWS; --stage is about the policies of a stage. Give only one of the two kinds.',
    );
  }
  const assumptions = await readAssumptions(values);
  return asked === undefined
    ? { form: 'chain', stage, caller: values.caller, api: apiName, ...assumptions }
    : { form: 'stage question', stage, asked, ...assumptions };
}

async function readCallRequest(
  values: Omit<StageExplainOptionValues, 'api'> & { readonly api?: string },
): Promise<StageExplainRequest> {
  const others = ['stage', 'last', 'request-id', 'principal', 'action', 'resource', 'unused'] as const;
  const mixed = others.find((name) => values[name] !== undefined);
  if (mixed !== undefined) {
    throw new UsageError(`--${mixed} is about something else than a call by its ARNs. Leave it out.`);
  }
  const permissionsOnly = values['required-permissions'] === true;
  return { form: 'call', call: await readCall(values), permissionsOnly };
}
