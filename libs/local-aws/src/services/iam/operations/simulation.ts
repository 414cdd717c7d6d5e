import {
  accountOf,
  isArn,
  type NamedPolicy,
  type PolicyDocument,
  type Principal,
  type SimulatedPolicies,
  type Simulation,
  simulate,
  validatePolicy,
} from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, noSuchEntity } from '../../../identity/errors.ts';
import type { Holder } from '../../../identity/holders.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, listOf } from '../../../protocols/shapes.ts';
import { listPage, operation, shapes } from './operation.ts';

const contextKeyTypes = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [
  type,
  `${type}List`,
]);

/** The members that both simulations share. */
const simulated = {
  ...shapes.paging,
  ActionNames: listOf(v.pipe(v.string(), atLeast(3), atMost(128))),
  ResourceArns: v.optional(listOf(v.pipe(v.string(), atLeast(1), atMost(2048))), []),
  ContextEntries: v.optional(
    listOf(
      v.object({
        ContextKeyName: v.pipe(v.string(), atLeast(5), atMost(256)),
        ContextKeyValues: v.optional(listOf(v.string()), []),
        ContextKeyType: v.optional(v.picklist(contextKeyTypes), 'string'),
      }),
    ),
    [],
  ),
} as const;

const ofPrincipal = v.object({ ...simulated, PolicySourceArn: shapes.arn });

const policyList = listOf(shapes.policyDocument);

const custom = v.object({
  ...simulated,
  PolicyInputList: policyList,
  PermissionsBoundaryPolicyInputList: v.optional(policyList, []),
});

type Input = v.InferOutput<v.ObjectSchema<typeof simulated, undefined>>;
type SimulatedResource = Simulation & { readonly resource: string };
type Simulator = (action: string, resource: string) => Simulation;

/** The policy simulator for the policies of a role or user. Requests cannot add policies. */
export function simulatePrincipalPolicy(directory: Directory): ServiceOperation {
  return operation('SimulatePrincipalPolicy', {
    input: ofPrincipal,
    requires: ({ PolicySourceArn }, { accountId }) => ({
      resource: PolicySourceArn,
      resourceAccountId: accountOf(PolicySourceArn) || accountId,
    }),
    handle(input) {
      const holder = holderOf(directory, input.PolicySourceArn);
      return resultsOf(input, holderSimulator(directory, holder, input.ContextEntries));
    },
  });
}

/**
 * The policy simulator for the policies of the request, without a caller: conditions on the principal need context keys.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
 */
export function simulateCustomPolicy(): ServiceOperation {
  return operation('SimulateCustomPolicy', {
    input: custom,
    requires: () => '*',
    handle(input, { accountId }) {
      const policies = namedPolicies('PolicyInputList', input.PolicyInputList);
      const boundaries = namedPolicies(
        'PermissionsBoundaryPolicyInputList',
        input.PermissionsBoundaryPolicyInputList,
      );
      if (boundaries.length > 1) {
        throw invalidInput('PermissionsBoundaryPolicyInputList takes one permissions boundary.');
      }
      const arn = `arn:aws:iam::${accountId}:root`;
      const principal: Principal = {
        ...{ type: 'User', accountId, arn, principalArn: arn, userId: accountId, userName: '', tags: {} },
      };
      const assumed = { identity: policies, boundary: boundaries[0], serviceControl: undefined };
      return resultsOf(input, simulatorOf(principal, {}, input.ContextEntries, assumed));
    },
  });
}

/** The policies of a list, under the simulator's names: `PolicyInputList.1`. @throws AwsError for a text that is no policy */
function namedPolicies(list: string, documents: readonly string[]): readonly NamedPolicy[] {
  return documents.map((text, index) => {
    const [problem] = validatePolicy(text, 'identity');
    const name = `${list}.${index + 1}`;
    if (problem !== undefined) throw invalidInput(`${name}: ${problem}`);
    return { name, document: JSON.parse(text) as PolicyDocument };
  });
}

function resultsOf({ ActionNames, ResourceArns, MaxItems, Marker }: Input, on: Simulator) {
  const resources = ResourceArns.length === 0 ? ['*'] : ResourceArns;
  for (const action of ActionNames) checkAction(action);
  for (const resource of resources) checkResource(resource, resources);
  return listPage('EvaluationResults', ActionNames, { MaxItems, Marker }, undefined, (action) =>
    evaluationResult(
      action,
      resources.map((resource) => ({ resource, ...on(action, resource) })),
    ),
  );
}

function holderOf({ roles, users, groups }: Directory, arn: string): Holder {
  const [, kind, name = ''] = /^arn:aws:iam::\d{12}:(role|user|group)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (kind === undefined) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  const holders = kind === 'role' ? roles : kind === 'user' ? users : groups;
  const holder = holders.findByArn(arn);
  if (holder === undefined) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return holder;
}

function checkAction(action: string): void {
  if (!action.includes(':')) throw invalidInput('The action is invalid since it is missing names');
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw invalidInput(`The action ${action} is invalid: write service:Name, without wildcards.`);
  }
}

/** Accepts ARNs, or `*` as the only resource. */
function checkResource(resource: string, all: readonly string[]): void {
  const isAny = resource === '*' && all.length === 1;
  if (!isAny && !isArn(resource)) {
    throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`);
  }
}

/** Simulates the requests of a role, user or group, with its policies. */
function holderSimulator(directory: Directory, holder: Holder, entries: Input['ContextEntries']): Simulator {
  const { accountId, arn, kind, name } = holder;
  const principal: Principal = {
    type: 'User',
    accountId,
    arn,
    principalArn: arn,
    userId: arn,
    userName: kind === 'user' ? name : '',
    tags: {},
  };
  const context = {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': accountId,
    'aws:userid': arn,
    ...(kind === 'user' && { 'aws:username': name }),
  };
  return simulatorOf(principal, context, entries, {
    identity: simulatedPolicies(directory, holder),
    boundary: directory.boundaryOf(holder),
    serviceControl: directory.organizationOf(accountId)?.serviceControl,
  });
}

/** Simulates one action on one resource. The client's context keys replace those that AWS adds. */
function simulatorOf(
  principal: Principal,
  added: Readonly<Record<string, string>>,
  entries: Input['ContextEntries'],
  policies: SimulatedPolicies,
): Simulator {
  const { accountId } = principal;
  const context = {
    ...added,
    ...Object.fromEntries(entries.map((entry) => [entry.ContextKeyName, contextValue(entry)])),
  };
  const givenKeys = new Set(entries.map(({ ContextKeyName }) => ContextKeyName.toLowerCase()));
  return (action, resource) =>
    simulate(
      {
        action: action.replace(/^[^:]*/, (service) => service.toLowerCase()),
        resource,
        resourceAccountId: accountOf(resource) || accountId,
        principal,
        context,
        givenKeys,
      },
      policies,
    );
}

function contextValue({ ContextKeyType, ContextKeyValues }: Input['ContextEntries'][number]) {
  const [value] = ContextKeyValues;
  const isSingle = !ContextKeyType.endsWith('List') && ContextKeyValues.length === 1;
  return isSingle && value !== undefined ? value : ContextKeyValues;
}

/** The policies of a role, a group, or a user with its groups, under the simulator's names. */
function simulatedPolicies(directory: Directory, holder: Holder): readonly NamedPolicy[] {
  const groups = holder.kind === 'user' ? directory.groups.of(holder) : [];
  return [holder, ...groups].flatMap((each) => ownPolicies(directory, each));
}

function ownPolicies({ managedPolicies }: Directory, holder: Holder): readonly NamedPolicy[] {
  return [
    ...[...holder.inlinePolicies].map(([name, { document }]) => ({
      name: `${holder.kind}_${holder.name}_${name}`,
      document,
    })),
    ...[...holder.attachedPolicies].map((arn) => {
      const policy = managedPolicies.get(holder.accountId, arn);
      return { name: policy.name, document: policy.defaultVersion.document };
    }),
  ];
}

/**
 * The result for an action: its decision is the most restrictive one of its resources. AWS describes several resources by a
 * pattern of ARNs, "or `*` if no ARN format is defined for the action"; here it is always `*`.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
 */
function evaluationResult(action: string, simulated: readonly SimulatedResource[]) {
  const decision =
    (['explicitDeny', 'implicitDeny'] as const).find((one) =>
      simulated.some(({ verdict }) => verdict === one),
    ) ?? 'allowed';
  const deciding = simulated.filter(({ verdict }) => verdict === decision);
  return {
    EvalActionName: action,
    EvalResourceName: '*',
    EvalDecision: decision,
    MatchedStatements: distinct(deciding.flatMap(statements)),
    MissingContextValues: distinct(simulated.flatMap(({ missingKeys }) => missingKeys)),
    OrganizationsDecisionDetail: detail(
      'AllowedByOrganizations',
      simulated.map((each) => each.allowedByOrganization),
    ),
    PermissionsBoundaryDecisionDetail: detail(
      'AllowedByPermissionsBoundary',
      simulated.map((each) => each.allowedByBoundary),
    ),
    ResourceSpecificResults: simulated.some(({ resource }) => resource !== '*')
      ? simulated.map((each) => ({
          EvalResourceName: each.resource,
          EvalResourceDecision: each.verdict,
          MatchedStatements: orAbsent(statements(each)),
          MissingContextValues: orAbsent(each.missingKeys),
          PermissionsBoundaryDecisionDetail: detail('AllowedByPermissionsBoundary', [each.allowedByBoundary]),
        }))
      : undefined,
  };
}

/** Whether all answers allow. @returns `undefined` without answers */
function detail(member: string, answers: readonly (boolean | undefined)[]) {
  const given = answers.filter((answer) => answer !== undefined);
  return given.length === 0 ? undefined : { [member]: !given.includes(false) };
}

function statements({ matched }: Simulation) {
  return matched.map(({ kind, policy }) => ({
    SourcePolicyId: policy,
    SourcePolicyType: kind === 'permissions boundary' ? 'Permissions Boundary Policy' : 'IAM Policy',
  }));
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function orAbsent<Value>(list: readonly Value[]): readonly Value[] | undefined {
  return list.length === 0 ? undefined : list;
}
