import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import {
  type OperationCaller,
  type OperationSpec,
  operationsOf,
  type Permission,
} from '../../../protocols/operation.ts';
import { pathStyle } from '../../../protocols/rest-xml.ts';
import { atLeast, atMost, flag, listOf, pattern, type Tag, tagMap } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { S3Service } from '../../s3/index.ts';
import { serviceOfHost } from '../../select-endpoint.ts';
import type { SsmService } from '../../ssm/index.ts';
import { parameterArn } from '../../ssm/store.ts';
import { SERVICE, type StackActor } from '../engine/actor.ts';
import { desiredState, type ReadOutputs, readOutputs } from '../engine/change/plan.ts';
import type { Deployer } from '../engine/execution/deployer.ts';
import type { OutputReader, ResourceTools } from '../engine/execution/resource-actions.ts';
import {
  type DeploymentConfig,
  newArn,
  type OnFailure,
  type RequestedStack,
  type Stack,
} from '../engine/stack.ts';
import { checkCapabilities, checkReferences, checkSupport } from '../engine/template/check-template.ts';
import { checkRules, liveParts } from '../engine/template/conditions.ts';
import { attemptLater, validationError } from '../engine/template/errors.ts';
import { checkMappings } from '../engine/template/mappings.ts';
import {
  type GivenParameter,
  parameterStrings,
  parameterValue,
  parameterValues,
  storedNames,
  transformParameters,
} from '../engine/template/parameters.ts';
import { SAM_TRANSFORM, type SamExpander, usesSam } from '../engine/template/sam.ts';
import { parseTemplate, readTemplate } from '../engine/template/template.ts';
import type { StackStore } from '../store.ts';

const operation = operationsOf('cloudformation');

/** The maximum size of a template in bytes, in the request and in S3: AWS's "1 MB" is decimal (https://github.com/formkiq/formkiq-core/issues/204). */
const MAX_TEMPLATE_BODY = 51_200;
const MAX_TEMPLATE_FILE = 1_000_000;

/** The dependencies of the operations. */
export interface StackTools extends ResourceTools {
  /** See `steadyClock`. */
  readonly now: () => Date;
  readonly deployer: Deployer;
  /** The actor of a request that changes a stack: the caller, or a service role. */
  actor(call: ServiceRequest, roleArn: string | undefined, clientRequestToken?: string): Promise<StackActor>;
  readonly templates: Pick<S3Service, 'read'>;
  readonly ssm: Pick<SsmService, 'read'>;
  readonly expandSam: SamExpander;
  /** As `readOutput`, for a plan: denials are not recorded. */
  readonly foreseeOutput: OutputReader;
}

type Names = 'StackName' | 'ChangeSetName' | 'RoleARN' | 'TemplateURL' | 'ClientRequestToken';

/** The input members that name the stack or the request, or are condition keys of the permission. */
export type StackInput = {
  readonly [Name in Names]?: string | undefined;
} & {
  readonly Tags?: readonly Tag[] | undefined;
  readonly ResourcesToImport?: readonly { readonly ResourceType: string }[] | undefined;
};

/** Makes the function that declares operations. By default, they require a permission on the stack of their input. */
export function operationsOn(store: StackStore) {
  return <Schema extends v.GenericSchema<unknown, object>>(
    name: string,
    spec: Pick<OperationSpec<Schema>, 'input' | 'handle'> & Partial<Pick<OperationSpec<Schema>, 'requires'>>,
  ) =>
    operation<Schema>(name, {
      requires: (input: StackInput, caller) => [onStack(store, caller, input), ...passRole(input)],
      ...spec,
    });
}

/**
 * The permission on a stack; on all stacks of the name if none exists; on all resources if the input names no stack
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
 */
export function onStack(store: StackStore, caller: OperationCaller, input: StackInput): Permission {
  const { StackName: nameOrId } = input;
  const stack = nameOrId === undefined ? undefined : store.find(caller, nameOrId);
  const arn = newArn(caller, 'stack', `${nameOrId}`, '*');
  return {
    resource: nameOrId === undefined ? '*' : (stack?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : arn)),
    context: {
      ...resourceTagContext(stack?.deployment?.tags),
      ...requestTagKeys(input.Tags),
      ...defined({
        'cloudformation:ChangeSetName': input.ChangeSetName,
        'cloudformation:ImportResourceTypes': input.ResourcesToImport?.map((each) => each.ResourceType),
        'cloudformation:RoleArn': input.RoleARN,
        'cloudformation:TemplateUrl': input.TemplateURL,
      }),
    },
  };
}

/** The permission to pass a service role to CloudFormation. */
function passRole({ RoleARN: resource }: StackInput): readonly Permission[] {
  if (resource === undefined) return [];
  return [{ action: 'iam:PassRole', resource, context: { 'iam:PassedToService': SERVICE } }];
}

/** A stack's name, or its ARN. */
export const stackNameOrId = v.pipe(v.string(), atLeast(1), atMost(2048));

const named = (words: string) => v.pipe(v.string(), pattern(/^[a-zA-Z][-a-zA-Z0-9]*$/, words), atMost(128));

/** A name for a new change set. */
export const newName = named('[a-zA-Z][-a-zA-Z0-9]*');

/** A name for a new stack. AWS names the pattern of all operations, which also take an ARN. */
export const newStackName = named('[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*');

/** The members that specify the template. */
export const templateMembers = {
  TemplateBody: v.optional(
    v.pipe(
      v.string(),
      atLeast(1),
      v.maxBytes(
        MAX_TEMPLATE_BODY,
        `Member must have length less than or equal to ${MAX_TEMPLATE_BODY}. Put the template into S3 and pass TemplateURL.`,
      ),
    ),
  ),
  TemplateURL: v.optional(v.string()),
};

/** The member of operations that may keep the stack's present template. */
export const usePreviousTemplate = { UsePreviousTemplate: v.optional(flag, 'false') };

type TemplateInput = v.InferOutput<v.ObjectSchema<typeof templateMembers, undefined>> & {
  readonly UsePreviousTemplate?: boolean;
  readonly Parameters?: readonly GivenParameter[];
};

const tag = v.object({
  Key: v.pipe(v.string(), atLeast(1), atMost(128)),
  Value: v.pipe(v.string(), atMost(256)),
});

/** Appears in the events that the request causes. */
export const clientToken = withoutEffect(
  v.optional(
    v.pipe(
      v.string(),
      atLeast(1),
      atMost(128),
      pattern(/^[a-zA-Z0-9][-a-zA-Z0-9]*$/, '[a-zA-Z0-9][-a-zA-Z0-9]*'),
    ),
  ),
  'events show it, and a repeated request is carried out again',
);

/** The deployment mode. `EXPRESS`, which does not wait for resources to stabilize, is refused. */
const deploymentMode = v.optional(v.literal('STANDARD', 'local AWS only has the deployment mode STANDARD.'));

/** How to deploy. The parameter `DisableRollback` of the same request counts more. */
const deploymentConfig = {
  DeploymentConfig: v.optional(v.object({ Mode: deploymentMode, DisableRollback: v.optional(flag) })),
};

/** The input members of requests that change a stack immediately. */
export const requestMembers = { ClientRequestToken: clientToken };

/** The member `DeploymentConfig` of DeleteStack. */
export const deletionConfig = {
  DeploymentConfig: v.optional(
    v.object({
      Mode: deploymentMode,
      DisableRollback: withoutEffect(v.optional(flag), 'a deletion that fails is not rolled back'),
    }),
  ),
};

/** What happens if a deployment fails. @param isDisabled whether rollback is disabled if the request does not say it */
export function onFailureOf(
  {
    DisableRollback,
    DeploymentConfig,
  }: Pick<DeploymentConfig, 'DisableRollback'> & { readonly DeploymentConfig?: DeploymentConfig | undefined },
  isDisabled: boolean,
): OnFailure {
  return (DisableRollback ?? DeploymentConfig?.DisableRollback ?? isDisabled) ? 'DO_NOTHING' : 'ROLLBACK';
}

/** The input members of CreateStack, UpdateStack and CreateChangeSet that describe the deployment. */
export const deploymentMembers = {
  ...templateMembers,
  Parameters: v.optional(
    listOf(
      v.object({
        ParameterKey: v.string(),
        ParameterValue: v.optional(v.string()),
        UsePreviousValue: v.optional(flag, 'false'),
      }),
    ),
    () => [],
  ),
  Capabilities: v.optional(
    listOf(v.picklist(['CAPABILITY_AUTO_EXPAND', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_IAM'])),
    () => [],
  ),
  Tags: v.optional(listOf(tag)),
  RoleARN: v.optional(v.string()),
  ...deploymentConfig,
};

/** Reads the template of a request, and makes all checks that are possible before deployment. */
export async function checkedTemplate(
  input: TemplateInput,
  call: ServiceRequest,
  engine: StackTools,
  present?: RequestedStack,
) {
  const read = await readTemplateOf(input, call, engine, present);
  const { parameters } = read.template;
  const given = new Map(input.Parameters?.map((each) => [each.ParameterKey, each.ParameterValue]));
  const known = [...parameters].flatMap(([key, definition]) => {
    const value = given.get(key) ?? present?.parameters.get(key) ?? definition.Default;
    return value === undefined ? [] : [[key, parameterValue(definition, value)] as const];
  });
  const place: [string, string][] = [
    ['AWS::Region', call.region],
    ['AWS::AccountId', call.accountId],
  ];
  // A resource that a condition leaves out may be of any type. The others are checked again when all parameters are known.
  checkSupport(liveParts(read.template, new Map([...known, ...place])), engine.types);
  checkReferences(read.template);
  checkMappings(read.template, new Map());
  return read;
}

/** Reads the template of a request, and expands it. Checks its form, but not its resource types and references. */
export async function readTemplateOf(
  input: TemplateInput,
  call: ServiceRequest,
  engine: StackTools,
  present?: RequestedStack,
) {
  const body = templateText(input, call, engine, present?.body);
  const source = parseTemplate(body);
  if (!usesSam(source)) {
    return { body, processedBody: body, transforms: [], template: readTemplate(source) };
  }
  const values = (input.Parameters ?? []).map(
    ({ ParameterKey: key, ParameterValue: value }) => [key, value ?? present?.parameters.get(key)] as const,
  );
  const given = new Map(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const expanded = await engine.expandSam(source, call.region, transformParameters(source, given));
  return {
    body,
    processedBody: JSON.stringify(expanded),
    transforms: [SAM_TRANSFORM],
    template: readTemplate(expanded),
  };
}

/** Reads and checks the deployment that a request describes. @param stack the present stack, whose values the request may keep */
export async function prepareDeployment(
  engine: StackTools,
  call: ServiceRequest,
  input: TemplateInput & v.InferOutput<v.ObjectSchema<typeof deploymentMembers, undefined>>,
  stack?: Stack,
): Promise<RequestedStack> {
  const { deployment: present } = stack ?? {};
  const read = await checkedTemplate(input, call, engine, present);
  const { template } = read;
  const parameters = parameterStrings(template.parameters, input.Parameters, present?.parameters);
  const resolvedParameters = await storedValues(engine, call, storedNames(template, parameters));
  const strings = new Map([...parameters, ...resolvedParameters]);
  checkRules(template, strings);
  checkMappings(
    template,
    new Map([
      ...parameterValues(template, strings),
      ['AWS::Region', call.region],
      ['AWS::AccountId', call.accountId],
    ]),
  );
  checkCapabilities(template, input.Capabilities);
  if (input.Tags !== undefined) checkTags(input.Tags);
  return {
    ...read,
    parameters,
    resolvedParameters,
    capabilities: input.Capabilities,
    tags: input.Tags === undefined ? (present?.tags ?? {}) : tagMap(input.Tags),
    ...defined({ roleArn: input.RoleARN ?? present?.roleArn }),
  };
}

/** The outputs of other stacks for the plan of a deployment, with the permissions that the deployment will have. */
export async function foreseenOutputs(
  engine: StackTools,
  call: ServiceRequest,
  stack: Stack,
  deployment: RequestedStack,
): Promise<ReadOutputs> {
  const outputs: ReadOutputs = new Map();
  if (!deployment.processedBody.includes('GetStackOutput')) return outputs;
  const desired = desiredState(stack, deployment, engine, outputs);
  const actor = await attemptLater(() => engine.actor(call, deployment.roleArn));
  if ('error' in actor) return outputs;
  // One that cannot be read counts as not known yet.
  await readOutputs(desired, (reference) => engine.foreseeOutput(stack, actor.value, reference));
  return outputs;
}

/** Reads parameters of Systems Manager, as CloudFormation does: with the caller's permissions. */
async function storedValues(engine: StackTools, call: ServiceRequest, names: ReturnType<typeof storedNames>) {
  const { accountId, region } = call;
  await engine.permit(
    { actor: await engine.actor(call, undefined), accountId, region },
    names.map(([, name]) => ({ action: 'ssm:GetParameters', resource: parameterArn(call, name) })),
  );
  const found = names.map(([key, name]) => [key, engine.ssm.read(call, name), name] as const);
  const missing = found.filter(([, value]) => value === undefined).map(([, , name]) => name);
  if (missing.length === 0) return new Map(found.map(([key, value = '']) => [key, value]));
  const list = missing.join(', ');
  throw validationError(`Unable to fetch parameters [${list}] from parameter store for this account.`);
}

function checkTags(tags: readonly { readonly Key: string }[]): void {
  if (tags.length > 50) throw validationError('A stack can have at most 50 tags.');
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
}

function templateText(
  input: TemplateInput,
  call: ServiceRequest,
  engine: StackTools,
  previous?: string,
): string {
  const { TemplateBody: body, TemplateURL: url, UsePreviousTemplate: usePrevious = false } = input;
  if ([body !== undefined, url !== undefined, usePrevious].filter(Boolean).length !== 1) {
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  const text = url === undefined ? (body ?? previous) : readTemplateUrl(url, call, engine);
  if (text === undefined) throw validationError('There is no previous template to use.');
  return text;
}

function readTemplateUrl(url: string, scope: Scope, { templates }: StackTools): string {
  const [bucket, key] = s3Location(url);
  try {
    const content = templates.read(scope, bucket, key);
    if (content.length <= MAX_TEMPLATE_FILE) return content.toString('utf8');
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  }
  throw validationError(`Template may not exceed ${MAX_TEMPLATE_FILE} bytes in size.`);
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

/** Finds bucket and key in a URL of S3, in path style or virtual-hosted style, or in path style on this machine. */
function s3Location(url: string): readonly [bucket: string, key: string] {
  const { protocol, hostname, pathname } = URL.parse(url) ?? {};
  const isS3 = hostname !== undefined && (serviceOfHost(hostname) === 's3' || LOCAL_HOST.test(hostname));
  if (isS3 && (protocol === 'https:' || protocol === 'http:')) {
    const path = pathStyle({ host: hostname, rawPath: pathname ?? '' });
    const [, bucket, encoded] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    try {
      if (bucket !== undefined && encoded !== undefined) return [bucket, decodeURIComponent(encoded)];
    } catch {
      // Refused below.
    }
  }
  throw validationError('TemplateURL must be a supported URL.');
}
