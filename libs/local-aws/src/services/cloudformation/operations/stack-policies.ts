import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import { readStackPolicy } from '../engine/change/stack-policy.ts';
import { validationError } from '../engine/template/errors.ts';
import { stackNameOrId } from './input.ts';
import { type Engine, missingInBrackets, operationsOn, stackOf, type TemplateFiles } from './operation.ts';
import { templateText } from './template-source.ts';

const MAX_POLICY = 16_384;
const policyMembers = { StackPolicyBody: v.optional(v.string()), StackPolicyURL: v.optional(v.string()) };

/** The operations that protect a stack's resources from updates. */
export function stackPolicyOperations({ store, templates }: Engine) {
  const operation = operationsOn(store);
  return [
    operation('SetStackPolicy', {
      input: v.object({ ...policyMembers, StackName: stackNameOrId }),
      async handle(input, call) {
        const policy = await stackPolicyText(input, call, templates);
        if (policy === undefined)
          throw validationError('Either StackPolicyBody or StackPolicyURL must be specified.');
        stackOf(store, call, input.StackName, missingInBrackets).policy = policy;
      },
    }),

    operation('GetStackPolicy', {
      input: v.object({ StackName: stackNameOrId }),
      handle: ({ StackName }, call) => ({
        StackPolicyBody: stackOf(store, call, StackName, missingInBrackets).policy,
      }),
    }),
  ];
}

/**
 * The text of the stack policy that a request carries, checked.
 * @returns `undefined` if it carries none
 * @throws AwsError `ValidationError`
 */
export async function stackPolicyText(
  input: { readonly StackPolicyBody?: string | undefined; readonly StackPolicyURL?: string | undefined },
  scope: Scope,
  files: TemplateFiles,
): Promise<string | undefined> {
  const { StackPolicyBody: body, StackPolicyURL: url } = input;
  if (body === undefined && url === undefined) return undefined;
  const text = await templateText({ TemplateBody: body, TemplateURL: url }, scope, files);
  if (text.length > MAX_POLICY)
    throw validationError(`A stack policy may have at most ${MAX_POLICY} characters.`);
  readStackPolicy(text);
  return text;
}
