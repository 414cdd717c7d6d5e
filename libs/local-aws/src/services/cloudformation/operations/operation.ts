import { likelyPartitionOf } from '@cross-account-api/iam';
import type * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import {
  type Caller,
  type OperationSpec,
  operationsOf,
  type Permission,
} from '../../../protocols/operation.ts';
import { paginate } from '../../../protocols/shapes.ts';
import type { S3Service } from '../../s3/index.ts';
import type { SsmService } from '../../ssm/index.ts';
import { type Actor, SERVICE } from '../engine/actor.ts';
import type { Deployer } from '../engine/execution/deployer.ts';
import type { ResourceTools } from '../engine/execution/resource-actions.ts';
import type { StackStore } from '../store.ts';

const operation = operationsOf('cloudformation');

/** What the operations work with. */
export interface Engine extends ResourceTools {
  /** See `steadyClock`. */
  readonly now: () => Date;
  readonly deployer: Deployer;
  /** The actor of a request that changes a stack: the caller, or a service role. */
  actor(call: Call, roleArn: string | undefined, clientRequestToken?: string): Promise<Actor>;
  readonly templates: Pick<S3Service, 'read'>;
  readonly ssm: Pick<SsmService, 'read'>;
}

/** The input members that name the stack, and those that are condition keys of the permission. */
type StackInput = {
  readonly [Name in 'StackName' | 'ChangeSetName' | 'RoleARN' | 'TemplateURL']?: string | undefined;
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
 * The permission on a stack, or on all stacks of a name that none has; on all resources if the input names no stack
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
 */
export function onStack(store: StackStore, caller: Caller, input: StackInput): Permission {
  const { accountId, region } = caller;
  const { StackName: nameOrId } = input;
  const stack = nameOrId === undefined ? undefined : store.find(caller, nameOrId);
  const arn = `arn:${likelyPartitionOf(region).name}:cloudformation:${region}:${accountId}:stack/${nameOrId}/*`;
  const tags = Object.entries(stack?.deployment?.tags ?? {});
  return {
    resource: nameOrId === undefined ? '*' : (stack?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : arn)),
    context: {
      ...Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
      ...defined({
        'cloudformation:ChangeSetName': input.ChangeSetName,
        'cloudformation:RoleArn': input.RoleARN,
        'cloudformation:TemplateUrl': input.TemplateURL,
      }),
    },
  };
}

/** The permission to give a service role to CloudFormation. */
function passRole({ RoleARN: resource }: StackInput): readonly Permission[] {
  if (resource === undefined) return [];
  return [{ action: 'iam:PassRole', resource, context: { 'iam:PassedToService': SERVICE } }];
}

/** One page of a list, as the member of the output that holds the items. */
export function listPage<Item>(
  member: string,
  items: readonly Item[],
  token: string | undefined,
  view: (item: Item) => unknown,
) {
  const page = paginate(items, { size: 100, token });
  return { [member]: page.items.map(view), NextToken: page.next };
}
