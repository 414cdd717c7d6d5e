import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import { type AuthorizationRequest, decide } from '@cross-account-api/iam';
import * as v from 'valibot';
import { systemClock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import { directClient } from '../../direct-client.testing.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import type { TraceEvent } from '../../trace/event.ts';
import type { ResourceType } from '../resource-type.ts';
import { createSamExpander, type SamExpander } from './engine/template/sam.ts';
import { createCloudFormationService } from './index.ts';

/** The account, the region and the caller of the tests. */
export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';

/** A test's resource, as seen from outside the stack. */
export interface Thing {
  readonly physicalId: string;
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
}

const translate = createSamExpander();
const expansions = new Map<string, ReturnType<SamExpander>>();

/** Expands each SAM template once in a test file: AWS's translator needs a second to start. */
const expandSam: SamExpander = (...input) => {
  const key = JSON.stringify(input.map((part) => (part instanceof Map ? [...part] : part)));
  const expansion = expansions.get(key) ?? translate(...input);
  expansions.set(key, expansion);
  return expansion;
};

/** A service with one resource type, `AWS::Test::Thing`. It records the changes of each thing. */
export function createThings() {
  const things = new Map<string, Thing>();
  const history: string[] = [];
  /** Logical IDs whose deletion or update fails. */
  const stubborn = new Set<string>();
  const held = new Map<string, Promise<void>>();

  const properties = v.strictObject({
    Name: v.optional(v.string()),
    Kind: v.optional(
      v.pipe(
        v.string(),
        v.check((kind) => kind !== 'video', 'local AWS has no video things: use another kind'),
      ),
    ),
    Text: v.optional(v.string()),
    Size: v.optional(v.number()),
    Enabled: v.optional(v.boolean()),
    Mode: v.optional(v.picklist(['fast', 'slow'])),
    Links: v.optional(v.array(v.string())),
    Environment: v.optional(v.strictObject({ Variables: v.optional(v.record(v.string(), v.string())) })),
    Policy: v.optional(v.record(v.string(), v.unknown())),
    Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() }))),
    Fail: v.optional(v.string()),
  });

  const thing: ResourceType<typeof properties> = {
    typeName: 'AWS::Test::Thing',
    properties,
    instead: { Engine: 'Use Mode' },
    replacedBy: ['Name', 'Kind'],
    requires: ({ handler, logicalId }) => [
      { action: `test:${handler}`, resource: `arn:aws:test:::thing/${logicalId}` },
    ],
    async create(wanted, context) {
      history.push(`create ${context.logicalId}`);
      await held.get(context.logicalId);
      const physicalId = wanted.Name ?? context.generateName();
      if (wanted.Fail !== undefined) throw new AwsError('InvalidParameterValueException', wanted.Fail);
      if (things.has(physicalId))
        throw new AwsError('ResourceConflictException', `Thing already exist: ${physicalId}`, 409);
      things.set(physicalId, {
        physicalId,
        logicalId: context.logicalId,
        properties: wanted,
        tags: context.tags,
      });
      return stateOf(physicalId, wanted.Text ?? '');
    },
    async update(current, wanted, _previous, context) {
      history.push(`update ${context.logicalId}`);
      await held.get(context.logicalId);
      if (wanted.Fail !== undefined) throw new AwsError('InvalidParameterValueException', wanted.Fail);
      const { physicalId } = current;
      things.set(physicalId, {
        physicalId,
        logicalId: context.logicalId,
        properties: wanted,
        tags: context.tags,
      });
      return stateOf(physicalId, wanted.Text ?? '');
    },
    read: ({ physicalId }) => things.get(physicalId)?.properties,
    async delete(current, _properties, context) {
      history.push(`delete ${context.logicalId}`);
      if (stubborn.has(context.logicalId))
        throw new AwsError('BucketNotEmpty', 'The thing is not empty', 409);
      things.delete(current.physicalId);
    },
  };
  return { things, history, stubborn, held, types: [thing] as unknown as ResourceType[] };
}

function stateOf(physicalId: string, text: string) {
  return {
    physicalId,
    attributes: { Arn: `arn:aws:test:::thing/${physicalId}`, Text: text, 'Nested.Text': text },
  };
}

/** A type for roles without effect, to test how CloudFormation treats IAM resources. */
export function createRoleType(): ResourceType {
  const type: ResourceType<
    v.StrictObjectSchema<{ RoleName: v.OptionalSchema<v.StringSchema<undefined>, undefined> }, undefined>
  > = {
    typeName: 'AWS::IAM::Role',
    properties: v.strictObject({ RoleName: v.optional(v.string()) }),
    replacedBy: ['RoleName'],
    requires: () => [],
    create: async ({ RoleName }, context) => ({
      physicalId: RoleName ?? context.generateName(),
      attributes: {},
    }),
    update: async (current) => current,
    delete: async () => {},
  };
  return type as unknown as ResourceType;
}

/** CloudFormation with things, and a client of the AWS SDK that calls it directly as the account's root. */
export function createCloud(
  files: ReadonlyMap<string, string> = new Map(),
  otherTypes: readonly ResourceType[] = [],
  parameters: ReadonlyMap<string, string> = new Map(),
) {
  const world = createThings();
  /** Actions that a service control policy denies. */
  const denied = new Set<string>();
  const asked: AuthorizationRequest[] = [];
  const refused: TraceEvent[] = [];
  const service = createCloudFormationService({
    clock: systemClock,
    authorizer: {
      async decide(question) {
        asked.push(question);
        const statements = [...denied].map((Action) => ({ Effect: 'Deny', Action, Resource: '*' }));
        const all = { Effect: 'Allow', Action: '*', Resource: '*' };
        const document = { Version: '2012-10-17', Statement: [all, ...statements] };
        const policy = { name: 'guardrail', document };
        return decide(question, {
          identity: [policy],
          boundary: undefined,
          serviceControl: [[policy]],
          resourceControl: [],
        });
      },
    },
    async assumeRole(roleArn) {
      if (!roleArn.endsWith('/deployer'))
        throw new AwsError('AccessDenied', 'The role does not trust CloudFormation.', 403);
      return {
        type: 'User',
        userName: 'deployer',
        accountId: ACCOUNT,
        userId: 'AIDA',
        tags: {},
        arn: roleArn,
        principalArn: roleArn,
      };
    },
    assumeRoleFor: () => {
      throw new AwsError('AccessDenied', 'These tests have no roles.', 403);
    },
    hasAccount: (accountId) => accountId === ACCOUNT,
    onRefusal: (event) => void refused.push(event),
    resourceTypes: [...world.types, createRoleType(), ...otherTypes],
    ssm: { read: (_, name) => parameters.get(name) },
    expandSam,
    templates: {
      read(_, bucket, key) {
        const text = files.get(`${bucket}/${key}`);
        if (text === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
        return Buffer.from(text);
      },
    },
  });
  const questions: RouteQuestion[] = [];
  const clientFor = (accountId: string, region = REGION) =>
    new CloudFormationClient(directClient(service.endpoint, { accountId, region }, questions));
  return { ...world, service, questions, denied, asked, refused, clientFor, client: clientFor(ACCOUNT) };
}

/** The result of {@link createCloud}. */
export type Cloud = ReturnType<typeof createCloud>;

/** A thing in a template. */
export function thing(properties: object = {}, attributes: object = {}) {
  return { Type: 'AWS::Test::Thing', Properties: properties, ...attributes };
}

/** A template with these resources and further sections. */
export function body(resources: object, sections: object = {}): string {
  return JSON.stringify({ Resources: resources, ...sections });
}

/** Creates the stack `app` (or another) and waits until it is done. @returns its ID */
export async function create(
  cloud: Cloud,
  template: string,
  rest: Partial<CreateStackCommandInput> = {},
): Promise<string> {
  const { StackId = '' } = await cloud.client.send(
    new CreateStackCommand({ StackName: 'app', TemplateBody: template, ...rest }),
  );
  await cloud.service.idle();
  return StackId;
}

/** Updates the stack `app` and waits until it is done. */
export async function update(
  cloud: Cloud,
  template: string,
  rest: Partial<UpdateStackCommandInput> = {},
): Promise<void> {
  await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody: template, ...rest }));
  await cloud.service.idle();
}

/** The stack in the answer of DescribeStacks. */
export async function describeStack(client: CloudFormationClient, name = 'app'): Promise<Stack> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
  if (stack === undefined) throw new Error(`no stack ${name}`);
  return stack;
}

/** Events from oldest to newest, as `logical ID STATUS`. */
export async function happened(cloud: Cloud, name = 'app'): Promise<string[]> {
  const { StackEvents = [] } = await cloud.client.send(new DescribeStackEventsCommand({ StackName: name }));
  return StackEvents.reverse().map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`);
}

/** The reason of the newest event `logical ID STATUS`. */
export async function reasonOf(cloud: Cloud, event: string, name = 'app'): Promise<string | undefined> {
  const { StackEvents = [] } = await cloud.client.send(new DescribeStackEventsCommand({ StackName: name }));
  const found = StackEvents.find((one) => `${one.LogicalResourceId} ${one.ResourceStatus}` === event);
  return found?.ResourceStatusReason;
}
