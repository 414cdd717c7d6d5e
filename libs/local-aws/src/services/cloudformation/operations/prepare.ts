import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Stack } from '../engine/stack.ts';
import { checkCapabilities } from '../engine/template/capabilities.ts';
import { checkReferences } from '../engine/template/check-references.ts';
import { validationError } from '../engine/template/errors.ts';
import { parameterStrings } from '../engine/template/parameters.ts';
import { parseTemplate } from '../engine/template/parse-template.ts';
import { readTemplate, type Template } from '../engine/template/template.ts';
import { type DeploymentInput, refuseUnsupported } from './input.ts';
import type { Engine } from './operation.ts';
import { templateText } from './template-source.ts';

/**
 * Parses a template and checks all that can be known without deploying it.
 * @throws AwsError `ValidationError`
 */
export function checkedTemplate(text: string, types: Engine['types']): Template {
  const template = readTemplate(parseTemplate(text));
  checkReferences(template, types.keys());
  return template;
}

/**
 * Reads and checks what a request wants deployed.
 * @param stack the present stack, whose values the request may keep
 * @throws AwsError `ValidationError`, `InsufficientCapabilitiesException`
 */
export async function prepareDeployment(
  engine: Engine,
  scope: Scope,
  input: DeploymentInput,
  stack?: Stack,
): Promise<Deployment> {
  refuseUnsupported(input);
  const { deployment } = stack ?? {};
  const body = await templateText(input, scope, engine.templates, deployment?.body);
  const template = checkedTemplate(body, engine.types);
  const parameters = parameterStrings(template.parameters, input.Parameters, deployment?.parameters);
  checkCapabilities(template, input.Capabilities);
  const roleArn = input.RoleARN ?? deployment?.roleArn;
  return {
    body,
    template,
    parameters,
    tags: input.Tags === undefined ? (deployment?.tags ?? {}) : tagsOf(input.Tags),
    capabilities: input.Capabilities,
    ...defined({ roleArn }),
  };
}

function tagsOf(tags: readonly { readonly Key: string; readonly Value: string }[]): Record<string, string> {
  if (tags.length > 50) throw validationError('A stack can have at most 50 tags.');
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
