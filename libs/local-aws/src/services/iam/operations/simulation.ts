import { type NamedPolicy, type Simulation, simulate } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, validationError } from '../../../identity/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { listOf, paginate } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { operation } from './operation.ts';
import * as inputs from './simulation-input.ts';
import { evaluationResult } from './simulation-output.ts';

/** The policy simulator, for policies that are attached or inputs. */
export function simulationOperations(directory: Directory): readonly Operation[] {
  return [
    operation('SimulatePrincipalPolicy', {
      input: v.object({
        ...inputs.common,
        PolicySourceArn: shapes.arn,
        PolicyInputList: v.optional(inputs.policies, []),
      }),
      requires: ({ PolicySourceArn }, { accountId }) => ({
        resource: PolicySourceArn,
        resourceAccountId: PolicySourceArn.split(':')[4] || accountId,
      }),
      handle(input, { accountId }) {
        const holder = inputs.holderOf(directory, input.PolicySourceArn);
        const { permissionsBoundary } = holder;
        return results(input, accountId, {
          callerArn: input.CallerArn ?? holder.arn,
          identity: [
            ...inputs.attachedPolicies(directory, holder),
            ...inputs.inputPolicies(input.PolicyInputList),
          ],
          boundary:
            permissionsBoundary === undefined
              ? undefined
              : inputs.managedPolicy(directory, holder, permissionsBoundary),
          serviceControl: directory.organizationOf(holder.accountId)?.serviceControl,
        });
      },
    }),
    operation('SimulateCustomPolicy', {
      input: v.object({
        ...inputs.common,
        PolicyInputList: inputs.policies,
        OrderedOrganizationPolicyInputList: v.optional(
          listOf(v.object({ ServiceControlPolicyInputList: v.optional(inputs.policies, []) })),
          [],
        ),
      }),
      requires: () => '*',
      handle(input, { accountId }) {
        const levels = input.OrderedOrganizationPolicyInputList.map(
          ({ ServiceControlPolicyInputList: texts }) =>
            texts.map((text) => inputs.readPolicy('service control policy', text, 'service control')),
        );
        return results(input, accountId, {
          callerArn: input.CallerArn,
          identity: inputs.inputPolicies(input.PolicyInputList),
          boundary: undefined,
          serviceControl: levels.length === 0 ? undefined : levels,
        });
      },
    }),
  ];
}

interface Assumed {
  readonly callerArn: string | undefined;
  readonly identity: readonly inputs.SimulatedPolicy[];
  readonly boundary: inputs.SimulatedPolicy | undefined;
  readonly serviceControl: readonly (readonly NamedPolicy[])[] | undefined;
}

/** One result for each action, page by page. */
function results(input: inputs.CommonInput, accountId: string, assumed: Assumed) {
  const { ActionNames: actions, ResourceArns: given, MaxItems, Marker } = input;
  const resources = given.length === 0 ? ['*'] : given;
  for (const action of actions) inputs.checkAction(action);
  for (const resource of resources) inputs.checkResource(resource, resources);
  const caller = inputs.readCaller(assumed.callerArn, accountId);
  const [boundary = assumed.boundary, ...rest] = input.PermissionsBoundaryPolicyInputList.map((text, index) =>
    inputs.readPolicy(`PermissionsBoundaryPolicyInputList.${index + 1}`, text, 'identity'),
  );
  if (rest.length > 0) {
    throw invalidInput('The list of Permissions Boundary policies cannot exceed 1 items.');
  }
  const resourcePolicy = inputs.readResourcePolicy(input, assumed.callerArn, resources);
  const owner = inputs.readOwner(input.ResourceOwner);
  const sources: readonly inputs.SimulatedPolicy[] = [...assumed.identity, boundary, resourcePolicy].filter(
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
        context: { ...caller.context, ...inputs.contextOf(input) },
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
