import {
  type NamedPolicy,
  type PolicyDocumentKind,
  type Principal,
  validatePolicy,
} from '@cross-account-api/iam';
import * as v from 'valibot';
import { parseIdentityArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { PolicyHolder, Role, User } from '../../../identity/entities.ts';
import { invalidInput, noSuchEntity } from '../../../identity/errors.ts';
import { atLeast, atMost, listOf } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';

/** A policy of a simulation: its name is `SourcePolicyId`. */
export interface SimulatedPolicy extends NamedPolicy {
  readonly text: string;
}

const resourceName = v.pipe(v.string(), atLeast(1), atMost(2048));
const contextKeyTypes = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [
  type,
  `${type}List`,
]);
/** A list of policy documents. */
export const policies = listOf(shapes.policyDocument);

/** What both operations of the policy simulator take. `PolicyExclusionList` and `ResourceHandlingOption` are not implemented. */
export const common = {
  ...shapes.paging,
  PermissionsBoundaryPolicyInputList: v.optional(policies, []),
  ActionNames: listOf(v.pipe(v.string(), atLeast(3), atMost(128))),
  ResourceArns: v.optional(listOf(resourceName), []),
  ResourcePolicy: v.optional(shapes.policyDocument),
  ResourceOwner: v.optional(resourceName),
  CallerArn: v.optional(resourceName),
  ContextEntries: v.optional(
    listOf(
      v.object({
        ContextKeyName: v.pipe(v.string(), atLeast(5), atMost(256)),
        ContextKeyValues: v.optional(listOf(v.string()), []),
        ContextKeyType: v.optional(
          v.picklist(contextKeyTypes, `Member must satisfy enum value set: [${contextKeyTypes.join(', ')}]`),
          'string',
        ),
      }),
    ),
    [],
  ),
};

/** See {@link common}. */
export type CommonInput = v.InferOutput<v.ObjectSchema<typeof common, undefined>>;

/** The role or user whose policies are simulated. */
export function holderOf({ roles, users }: Directory, arn: string): Role | User {
  const [, kind, name = ''] = /^arn:aws:iam::\d{12}:(role|user|group)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (kind === undefined) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  const holder = kind === 'role' ? roles.findByArn(arn) : users.findByArn(arn);
  if (holder === undefined) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return holder;
}

/** The policies of a role or user, named as the simulator names them. */
export function attachedPolicies(directory: Directory, holder: Role | User): readonly SimulatedPolicy[] {
  return [
    ...[...holder.inlinePolicies].map(([name, { text, document }]) => ({
      ...{ name: `${holder.kind}_${holder.name}_${name}`, text, document },
    })),
    ...[...holder.attachedPolicies].map((arn) => managedPolicy(directory, holder, arn)),
  ];
}

/** A managed policy, named as the simulator names it. */
export function managedPolicy(
  { managedPolicies }: Directory,
  { accountId }: PolicyHolder,
  arn: string,
): SimulatedPolicy {
  const policy = managedPolicies.get(accountId, arn);
  const { text, document } = managedPolicies.current(policy);
  return { name: policy.name, text, document };
}

/** The policies of `PolicyInputList`. */
export function inputPolicies(texts: readonly string[]): SimulatedPolicy[] {
  return texts.map((text, index) => readPolicy(`PolicyInputList.${index + 1}`, text, 'identity'));
}

/** Reads a policy that IAM would store. */
export function readPolicy(name: string, text: string, kind: PolicyDocumentKind): SimulatedPolicy {
  const [problem] = validatePolicy(text, kind);
  if (problem !== undefined) throw invalidInput(`${name}: ${problem}`);
  return { name, text, document: JSON.parse(text) };
}

/** The policy that all simulated resources have. */
export function readResourcePolicy(
  { ResourcePolicy: text }: CommonInput,
  callerArn: string | undefined,
  resources: readonly string[],
): SimulatedPolicy | undefined {
  if (text === undefined) return undefined;
  if (callerArn === undefined) throw invalidInput('Invalid caller - Caller cannot be null or empty.');
  // "Simulation of resource-based policies isn't supported for IAM roles."
  if (parseIdentityArn(callerArn)?.kind !== 'user') {
    throw invalidInput('Invalid caller - Caller must be an IAM user in this context.');
  }
  if (resources.includes('*')) {
    throw invalidInput('Invalid Entity Arn: * does not clearly define entity type and name.');
  }
  return readPolicy('ResourcePolicy', text, 'resource');
}

/** An account's ID, or the ARN of one of its identities. */
export function readOwner(owner: string | undefined): string | undefined {
  if (owner === undefined) return undefined;
  const accountId = /^(?:arn:aws:iam::)?(\d{12})(?::.+)?$/.exec(owner)?.[1];
  if (accountId === undefined) throw invalidInput('Invalid Resource Owner.');
  return accountId;
}

/** Stands for a caller of whom only the account is known, as AWS names it. */
const UNNAMED = 'STUB_PRINCIPAL_FOR_POLICY_SIMULATOR';

/**
 * The simulated caller, and its condition keys. It need not exist, and counts as a user: roles take no resource policy here.
 */
export function readCaller(arn: string | undefined, accountId: string) {
  const parsed = arn === undefined ? undefined : parseIdentityArn(arn);
  if (arn !== undefined && parsed?.kind !== 'user' && parsed?.kind !== 'role') {
    throw invalidInput('Invalid caller - Caller must be an IAM user, role or group in this context.');
  }
  const principal: Principal = {
    type: 'User',
    accountId: parsed?.accountId ?? accountId,
    principalArn: arn ?? UNNAMED,
    arn: arn ?? UNNAMED,
    userId: arn ?? UNNAMED,
    userName: parsed?.kind === 'user' ? parsed.name : '',
    tags: {},
  };
  return {
    principal,
    context: {
      ...(arn === undefined ? {} : { 'aws:PrincipalArn': arn }),
      ...(parsed?.kind === 'user' ? { 'aws:username': parsed.name } : {}),
      'aws:PrincipalAccount': principal.accountId,
      'aws:userid': principal.userId,
    },
  };
}

/** The keys that the client gave, in any case. They replace those that AWS adds. */
export function contextOf({
  ContextEntries: entries,
}: CommonInput): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    entries.map(({ ContextKeyName, ContextKeyType, ContextKeyValues }) => {
      const [value] = ContextKeyValues;
      const isSingle = !ContextKeyType.endsWith('List') && ContextKeyValues.length === 1;
      return [ContextKeyName, isSingle && value !== undefined ? value : ContextKeyValues];
    }),
  );
}

/** Refuses what is not one action. */
export function checkAction(action: string): void {
  if (!action.includes(':')) throw invalidInput('The action is invalid since it is missing names');
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw invalidInput(`The action ${action} is invalid: write service:Name, without wildcards.`);
  }
}

/** Refuses what is neither an ARN nor, alone, `*`. */
export function checkResource(resource: string, all: readonly string[]): void {
  const isAny = resource === '*' && all.length === 1;
  if (!isAny && !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(resource)) {
    throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`);
  }
}
