import type { AuthorizationRequest, Basis, Decision, PolicyKind } from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import type { NamedPolicy } from '../principal.ts';
import { isForeignPassRole, roleIsMissing } from './explanation.ts';
import { ANONYMOUS, isMissingResourcePolicy } from './no-change.ts';

type Situation = readonly [request: AuthorizationRequest, policies: ApplicablePolicies];
type Denied = Exclude<Decision, { allowed: true }>;

/**
 * The situation as it would be without what denies a request now: without the statements that deny it, or with an allow in the kind of
 * policy that lacks one. It only serves to find what else is missing.
 * @returns `undefined` if there is nothing behind it
 */
export function withoutObstacle(decision: Denied & Basis, situation: Situation): Situation | undefined {
  if (roleIsMissing(decision) || isForeignPassRole(decision)) return undefined;
  if (decision.principalArn === ANONYMOUS) return undefined;
  if (decision.denial === 'explicit') return withoutDenials(decision, situation);
  const [request] = situation;
  if (request.takesNoPolicy === true && isMissingResourcePolicy(decision)) return undefined;
  return withAllow(decision.missing, situation);
}

/** Nobody is called so. A policy must have a statement. */
const nothing = {
  Effect: 'Deny',
  Principal: { Service: 'none.amazonaws.com' },
  Action: 'none:None',
  Resource: '*',
};

function withoutDenials({ consulted }: Denied, situation: Situation): Situation {
  const denying = new Set(
    consulted.flatMap(({ statements }) =>
      statements
        .filter(({ effect, matches }) => effect === 'Deny' && matches)
        .map(({ source }) => JSON.stringify(source)),
    ),
  );
  return mapPolicies(situation, (policy) => {
    const statements = [policy.document.Statement ?? []].flat();
    const others = statements.filter((each) => !denying.has(JSON.stringify(each)));
    if (others.length === statements.length) return policy;
    const Statement = others.length === 0 ? [nothing] : others;
    return { ...policy, document: { ...policy.document, Statement } };
  });
}

function mapPolicies(
  [request, policies]: Situation,
  change: (policy: NamedPolicy) => NamedPolicy,
): Situation {
  const { principal, resourcePolicy } = request;
  const { identity, boundary, vpcEndpoint, serviceControl, resourceControl } = policies;
  return [
    {
      ...request,
      resourcePolicy: resourcePolicy && change(resourcePolicy),
      principal:
        principal.type === 'AssumedRole'
          ? { ...principal, sessionPolicies: principal.sessionPolicies.map(change) }
          : principal,
    },
    {
      identity: identity.map(change),
      boundary: boundary && change(boundary),
      vpcEndpoint: vpcEndpoint && change(vpcEndpoint),
      serviceControl: serviceControl?.map((level) => level.map(change)),
      resourceControl: resourceControl?.map(change),
    },
  ];
}

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

function withAllow(missing: PolicyKind, [request, policies]: Situation): Situation | undefined {
  const allowed = (statement: object): NamedPolicy => ({
    name: 'an allow',
    document: { Version: '2012-10-17', Statement: [statement] },
  });
  switch (missing) {
    case 'identity-based policy':
      return [request, { ...policies, identity: [...policies.identity, allowed(everything)] }];
    case 'permissions boundary':
      return [request, { ...policies, boundary: allowed(everything) }];
    case 'VPC endpoint policy':
      return [request, { ...policies, vpcEndpoint: allowed({ ...everything, Principal: '*' }) }];
    case 'service control policy': {
      const serviceControl = policies.serviceControl?.map((level) => [...level, allowed(everything)]);
      return [request, { ...policies, serviceControl }];
    }
    case 'session policy': {
      const { principal } = request;
      if (principal.type !== 'AssumedRole') return undefined;
      const sessionPolicies = [...principal.sessionPolicies, allowed(everything)];
      return [{ ...request, principal: { ...principal, sessionPolicies } }, policies];
    }
    case 'role trust policy':
    case 'resource-based policy':
      return [{ ...request, resourcePolicy: allowed({ ...everything, Principal: '*' }) }, policies];
    default:
      return undefined;
  }
}
