import type { Scope } from '../../../core/scope.ts';
import { type Caller, operationsOf } from '../../../protocols/operation.ts';
import type { DesiredState } from '../engine/change/desired-state.ts';
import { desiredState } from '../engine/change/desired-state.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Deployer, DeployerParts } from '../engine/execution/deployer.ts';
import type { Stack } from '../engine/stack.ts';
import { validationError } from '../engine/template/errors.ts';
import { partitionOf } from '../engine/template/pseudo-parameters.ts';
import type { StackStore } from '../store.ts';

/** Declares an operation of CloudFormation. */
export const operation = operationsOf('cloudformation');

/** Where templates are read that a `TemplateURL` names. */
export interface TemplateFiles {
  /**
   * Reads an object from S3.
   * @throws AwsError where there is none, or it may not be read
   */
  read(scope: Scope, bucket: string, key: string, versionId?: string): Buffer | Promise<Buffer>;
}

/** What the operations work with. */
export interface Parts extends DeployerParts {
  readonly deployer: Deployer;
  readonly templates: TemplateFiles;
}

/**
 * The question whether the caller may do something with a stack: asked about the stack's ARN where it exists, else about
 * all stacks of its name (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
 */
export function stackQuestion(
  store: StackStore,
  caller: Caller,
  action: string,
  nameOrId: string | undefined,
  context: Readonly<Record<string, string | undefined>> = {},
) {
  const { accountId, region } = caller;
  const given = Object.entries(context).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const stack = nameOrId === undefined ? undefined : store.find(caller, nameOrId);
  const arn = `arn:${partitionOf(region)}:cloudformation:${region}:${accountId}:stack/${nameOrId}/*`;
  return [
    {
      action: `cloudformation:${action}`,
      resource: nameOrId === undefined ? '*' : (stack?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : arn)),
      resourceAccountId: accountId,
      context: Object.fromEntries([
        ...Object.entries(stack?.deployment?.tags ?? {}).map(([key, value]) => [
          `aws:ResourceTag/${key}`,
          value,
        ]),
        ...given.map(([key, value]) => [`cloudformation:${key}`, value]),
      ]),
    },
  ];
}

/**
 * Finds the stack that an operation is about.
 * @param missing words the error, as each operation has its own words for it
 * @throws AwsError `ValidationError`
 */
export function stackOf(
  store: StackStore,
  scope: Scope,
  nameOrId: string,
  missing: (nameOrId: string) => string = (name) => `Stack with id ${name} does not exist`,
): Stack {
  const stack = store.find(scope, nameOrId);
  if (stack === undefined) throw validationError(missing(nameOrId));
  return stack;
}

/** `Stack [name] does not exist`: how operations that change stacks say it. */
export function missingInBrackets(nameOrId: string): string {
  return `Stack [${nameOrId}] does not exist`;
}

/**
 * What a deployment shall make of a stack.
 * @throws AwsError `ValidationError`
 */
export function desiredFor(
  store: StackStore,
  scope: Scope,
  stack: { readonly name: string; readonly id: string },
  deployment: Deployment,
): DesiredState {
  return desiredState({
    template: deployment.template,
    parameters: deployment.parameters,
    scope,
    stack,
    exportValue: (name) => store.exports(scope).find((one) => one.name === name)?.value,
  });
}
