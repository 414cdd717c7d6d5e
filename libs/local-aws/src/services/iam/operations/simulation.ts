import * as v from 'valibot';
import {
  type PolicyDocumentKind,
  type Position,
  type SimulatedVerdict,
  type Simulation,
  simulate,
  statementPositions,
  validatePolicy,
} from '../../../authorization/index.ts';
import type { NamedPolicy, Principal } from '../../../core/principal.ts';
import { parseIdentityArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { PolicyHolder, Role, User } from '../../../identity/entities.ts';
import { invalidInput, noSuchEntity, validationError } from '../../../identity/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { atLeast, atMost, listOf, paginate } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { operation } from './operation.ts';

/** A policy of a simulation: its name is `SourcePolicyId`. */
interface SimulatedPolicy extends NamedPolicy {
  readonly text: string;
}

type PolicySource = 'IAM Policy' | 'Resource Policy' | 'Permissions Boundary Policy';

const kinds = {
  'identity-based policy': 'IAM Policy',
  'resource-based policy': 'Resource Policy',
  'permissions boundary': 'Permissions Boundary Policy',
} satisfies Record<string, PolicySource>;

const resourceName = v.pipe(v.string(), atLeast(1), atMost(2048));
const contextKeyTypes = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [
  type,
  `${type}List`,
]);
const policies = listOf(shapes.policyDocument);

/** What both operations take. `PolicyExclusionList` and `ResourceHandlingOption` are not implemented. */
const common = {
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
const commonInput = v.object(common);
type CommonInput = v.InferOutput<typeof commonInput>;

/** What the policy simulator says of policies that are attached, or given. */
export function simulationOperations(directory: Directory): readonly Operation[] {
  return [
    operation('SimulatePrincipalPolicy', {
      input: v.object({
        ...common,
        PolicySourceArn: shapes.arn,
        PolicyInputList: v.optional(policies, []),
      }),
      requires: ({ PolicySourceArn }, { accountId }) => ({
        resource: PolicySourceArn,
        resourceAccountId: PolicySourceArn.split(':')[4] || accountId,
      }),
      handle(input, { accountId }) {
        const holder = holderOf(directory, input.PolicySourceArn);
        const { permissionsBoundary } = holder;
        return results(input, accountId, {
          callerArn: input.CallerArn ?? holder.arn,
          identity: [...attachedPolicies(directory, holder), ...inputPolicies(input.PolicyInputList)],
          boundary:
            permissionsBoundary === undefined
              ? undefined
              : managedPolicy(directory, holder, permissionsBoundary),
          serviceControl: directory.organizationOf(holder.accountId)?.serviceControl,
        });
      },
    }),
    operation('SimulateCustomPolicy', {
      input: v.object({
        ...common,
        PolicyInputList: policies,
        OrderedOrganizationPolicyInputList: v.optional(
          listOf(v.object({ ServiceControlPolicyInputList: v.optional(policies, []) })),
          [],
        ),
      }),
      requires: () => '*',
      handle(input, { accountId }) {
        const levels = input.OrderedOrganizationPolicyInputList.map(
          ({ ServiceControlPolicyInputList: texts }) =>
            texts.map((text) => readPolicy('service control policy', text, 'service control')),
        );
        return results(input, accountId, {
          callerArn: input.CallerArn,
          identity: inputPolicies(input.PolicyInputList),
          boundary: undefined,
          serviceControl: levels.length === 0 ? undefined : levels,
        });
      },
    }),
  ];
}

interface Assumed {
  readonly callerArn: string | undefined;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly serviceControl: readonly (readonly NamedPolicy[])[] | undefined;
}

/** One result for each action, page by page. */
function results(input: CommonInput, accountId: string, assumed: Assumed) {
  const { ActionNames: actions, ResourceArns: given, MaxItems, Marker } = input;
  const resources = given.length === 0 ? ['*'] : given;
  for (const action of actions) checkAction(action);
  for (const resource of resources) checkResource(resource, resources);
  const caller = readCaller(assumed.callerArn, accountId);
  const [boundary = assumed.boundary, ...rest] = input.PermissionsBoundaryPolicyInputList.map((text, index) =>
    readPolicy(`PermissionsBoundaryPolicyInputList.${index + 1}`, text, 'identity'),
  );
  if (rest.length > 0) {
    throw invalidInput('The list of Permissions Boundary policies cannot exceed 1 items.');
  }
  const resourcePolicy = readResourcePolicy(input, assumed.callerArn, resources);
  const owner = readOwner(input.ResourceOwner);
  const sources: readonly SimulatedPolicy[] = [...assumed.identity, boundary, resourcePolicy].filter(
    (policy) => policy !== undefined,
  );
  const simulateOn = (action: string, resource: string): Simulation =>
    simulate(
      {
        action: action.replace(/^[^:]*/, (service) => service.toLowerCase()),
        resource,
        resourceAccountId: owner ?? (resource.split(':')[4] || caller.principal.accountId),
        resourcePolicy,
        principal: caller.principal,
        context: { ...caller.context, ...contextOf(input) },
        givenKeys: new Set(input.ContextEntries.map(({ ContextKeyName }) => ContextKeyName.toLowerCase())),
      },
      { identity: assumed.identity, boundary, serviceControl: assumed.serviceControl },
    );
  const page = paginate(actions, {
    size: MaxItems ?? 100,
    token: Marker,
    invalidToken: (token) => validationError(`Invalid Marker: ${token.slice(0, 100)}`),
  });
  return {
    EvaluationResults: page.items.map((action) => {
      const simulated = resources.map((resource) => ({ resource, ...simulateOn(action, resource) }));
      return evaluationResult(action, simulated, sources);
    }),
    IsTruncated: page.next !== undefined,
    Marker: page.next,
  };
}

type SimulatedResource = Simulation & { readonly resource: string };

/**
 * The result for an action: its decision is the most restrictive one of its resources. AWS describes several resources by a
 * pattern of ARNs, "or `*` if no ARN format is defined for the action"; here it is always `*`.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
 */
function evaluationResult(
  action: string,
  simulated: readonly SimulatedResource[],
  sources: readonly SimulatedPolicy[],
) {
  const decision = strictest(simulated.map(({ verdict }) => verdict));
  const isSpecific = simulated.some(({ resource }) => resource !== '*');
  const deciding = simulated.filter(({ verdict }) => verdict === decision);
  const byKind = simulated.map(({ byKind }) => byKind);
  return {
    EvalActionName: action,
    EvalResourceName: '*',
    EvalDecision: decision,
    MatchedStatements: distinct(deciding.flatMap(({ matched }) => statements(matched, sources))),
    MissingContextValues: distinct(simulated.flatMap(({ missingKeys }) => missingKeys)),
    OrganizationsDecisionDetail: organizationDetail(simulated),
    PermissionsBoundaryDecisionDetail: boundaryDetail(simulated),
    EvalDecisionDetails: isSpecific ? decisionDetails(byKind) : undefined,
    ResourceSpecificResults: isSpecific
      ? simulated.map((each) => ({
          EvalResourceName: each.resource,
          EvalResourceDecision: each.verdict,
          MatchedStatements: orAbsent(statements(each.matched, sources)),
          MissingContextValues: orAbsent(each.missingKeys),
          PermissionsBoundaryDecisionDetail: boundaryDetail([each]),
          EvalDecisionDetails: each.byKind && decisionDetails([each.byKind]),
        }))
      : undefined,
  };
}

function organizationDetail(simulated: readonly Simulation[]) {
  const answers = simulated.map((each) => each.allowedByOrganization);
  return answers.includes(undefined) ? undefined : { AllowedByOrganizations: !answers.includes(false) };
}

function boundaryDetail(simulated: readonly Simulation[]) {
  const answers = simulated.map((each) => each.allowedByBoundary).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : { AllowedByPermissionsBoundary: !answers.includes(false) };
}

/** By kind of policy, the most restrictive decision. */
function decisionDetails(byKind: readonly Simulation['byKind'][]): ReadonlyMap<string, SimulatedVerdict> {
  const details = Object.entries(kinds).map(([kind, source]) => {
    const verdicts = byKind.map((each) => each?.[kind as keyof typeof kinds]);
    return [source, verdicts.filter((verdict) => verdict !== undefined)] as const;
  });
  return new Map(
    details
      .filter(([, verdicts]) => verdicts.length > 0)
      .map(([source, verdicts]) => [source, strictest(verdicts)]),
  );
}

function strictest(verdicts: readonly SimulatedVerdict[]): SimulatedVerdict {
  const order = ['explicitDeny', 'implicitDeny'] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'allowed';
}

function statements(matched: Simulation['matched'], sources: readonly SimulatedPolicy[]) {
  return matched.map(({ kind, policy, index }) => {
    const text = sources.find(({ name }) => name === policy)?.text ?? '';
    const position = statementPositions(text)[index];
    return {
      SourcePolicyId: policy,
      SourcePolicyType: kinds[kind as keyof typeof kinds],
      StartPosition: position && place(position.start),
      EndPosition: position && place(position.end),
    };
  });
}

function place({ line, column }: Position) {
  return { Line: line, Column: column };
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function orAbsent<Value>(list: readonly Value[]): readonly Value[] | undefined {
  return list.length === 0 ? undefined : list;
}

function holderOf({ roles, users }: Directory, arn: string): Role | User {
  const [, kind, name = ''] = /^arn:aws:iam::\d{12}:(role|user|group)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (kind === undefined) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  const holder = kind === 'role' ? roles.findByArn(arn) : users.findByArn(arn);
  if (holder === undefined) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return holder;
}

/** The policies of a role or user, named as the simulator names them. */
function attachedPolicies(directory: Directory, holder: Role | User): readonly SimulatedPolicy[] {
  return [
    ...[...holder.inlinePolicies].map(([name, { text, document }]) => ({
      ...{ name: `${holder.kind}_${holder.name}_${name}`, text, document },
    })),
    ...[...holder.attachedPolicies].map((arn) => managedPolicy(directory, holder, arn)),
  ];
}

function managedPolicy(
  { managedPolicies }: Directory,
  { accountId }: PolicyHolder,
  arn: string,
): SimulatedPolicy {
  const policy = managedPolicies.get(accountId, arn);
  const { text, document } = managedPolicies.current(policy);
  return { name: policy.name, text, document };
}

function inputPolicies(texts: readonly string[]): SimulatedPolicy[] {
  return texts.map((text, index) => readPolicy(`PolicyInputList.${index + 1}`, text, 'identity'));
}

/** @throws AwsError `InvalidInput` for what IAM would not store */
function readPolicy(name: string, text: string, kind: PolicyDocumentKind): SimulatedPolicy {
  const [problem] = validatePolicy(text, kind);
  if (problem !== undefined) throw invalidInput(`${name}: ${problem}`);
  return { name, text, document: JSON.parse(text) };
}

function readResourcePolicy(
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
function readOwner(owner: string | undefined): string | undefined {
  if (owner === undefined) return undefined;
  const accountId = /^(?:arn:aws:iam::)?(\d{12})(?::.+)?$/.exec(owner)?.[1];
  if (accountId === undefined) throw invalidInput('Invalid Resource Owner.');
  return accountId;
}

/** Stands for a caller of whom only the account is known, as AWS names it. */
const UNNAMED = 'STUB_PRINCIPAL_FOR_POLICY_SIMULATOR';

/**
 * The simulated caller, and the condition keys that AWS adds for it. It need not exist. That it may be a role makes no
 * difference: the simulator takes no resource policy for roles.
 */
function readCaller(arn: string | undefined, accountId: string) {
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

/** The keys that the client gave. In whatever case, they replace those that AWS adds. */
function contextOf({ ContextEntries: entries }: CommonInput): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    entries.map(({ ContextKeyName, ContextKeyType, ContextKeyValues }) => {
      const [value] = ContextKeyValues;
      const isSingle = !ContextKeyType.endsWith('List') && ContextKeyValues.length === 1;
      return [ContextKeyName, isSingle && value !== undefined ? value : ContextKeyValues];
    }),
  );
}

function checkAction(action: string): void {
  if (!action.includes(':')) throw invalidInput('The action is invalid since it is missing names');
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw invalidInput(`The action ${action} is invalid: write service:Name, without wildcards.`);
  }
}

function checkResource(resource: string, all: readonly string[]): void {
  const isAny = resource === '*' && all.length === 1;
  if (!isAny && !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(resource)) {
    throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`);
  }
}
