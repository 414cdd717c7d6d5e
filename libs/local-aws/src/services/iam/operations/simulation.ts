import * as v from 'valibot';
import { type Simulation, simulate } from '../../../authorization/index.ts';
import type { NamedPolicy } from '../../../core/principal.ts';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, validationError } from '../../../identity/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { listOf, paginate } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { operation } from './operation.ts';
import {
  attachedPolicies,
  type CommonInput,
  checkAction,
  checkResource,
  common,
  contextOf,
  holderOf,
  inputPolicies,
  managedPolicy,
  policies,
  readCaller,
  readOwner,
  readPolicy,
  readResourcePolicy,
  type SimulatedPolicy,
} from './simulation-input.ts';
import { evaluationResult } from './simulation-output.ts';

/** The policy simulator, for policies that are attached or given. */
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
