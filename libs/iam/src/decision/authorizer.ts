import { isArnOf } from '../arn.ts';
import { type ConditionKeys, principalContext } from '../decision/principal-context.ts';
import { defined } from '../defined.ts';
import type { NamedPolicy } from '../principal.ts';
import { words } from '../words.ts';
import type {
  AuthorizationRequest,
  Authorizer,
  Basis,
  Decision,
  PolicyKind,
  StatementReference,
} from './decision.ts';
import { consult, findNearest, judge, type Layer, layerOf, type Verdict } from './layer.ts';
import type { ApplicablePolicies, PolicySource } from './policy-source.ts';
import { isServiceLinkedRole, obeysResourceControl } from './resource-control.ts';
import { type Request, toRequest } from './statement-match.ts';

/** Makes the authorizer that decides on the policies of a source. */
export function createAuthorizer(source: PolicySource): Authorizer {
  return {
    async decide(stored) {
      const question = withShownPrincipals(stored, source);
      const { principal, resourceAccountId, context: given } = question;
      const isService = principal.type === 'Service';
      const organizationOf = async (accountId: unknown) =>
        typeof accountId === 'string' ? source.organizationOf(accountId) : undefined;
      const [ofPrincipal, ofResource, ofSource] = await Promise.all([
        organizationOf(isService ? undefined : principal.accountId),
        organizationOf(resourceAccountId),
        organizationOf(isService ? given['aws:SourceAccount'] : undefined),
      ]);
      const [identity, boundary] =
        isService || principal.type === 'Root'
          ? [[], undefined]
          : await Promise.all([source.identityPolicies(principal), source.permissionsBoundary(principal)]);
      const context: ConditionKeys = defined({
        // A service that asks on behalf of a principal has no request to take the principal's keys from.
        ...(isService || 'aws:PrincipalArn' in given ? {} : principalContext(principal)),
        ...given,
        // The request cannot set these: without an organization, they are absent.
        'aws:PrincipalOrgID': ofPrincipal?.organizationId,
        'aws:ResourceOrgID': ofResource?.organizationId,
        'aws:SourceOrgID': ofSource?.organizationId,
      });
      const serviceControl = ofPrincipal?.serviceControl ?? [];
      const resourceControl = ofResource?.resourceControl ?? [];
      return decide({ ...question, context }, { identity, boundary, serviceControl, resourceControl });
    },
  };
}

function withShownPrincipals(question: AuthorizationRequest, source: PolicySource): AuthorizationRequest {
  const { resourcePolicy } = question;
  if (resourcePolicy === undefined || source.showPrincipals === undefined) return question;
  const { name, document } = resourcePolicy;
  return { ...question, resourcePolicy: { name, document: source.showPrincipals(document) } };
}

/**
 * Decides a request by the given policies, as AWS does: without an allow, it is denied, and a deny overrides every allow.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * @throws {Error} if the question or a policy cannot be read
 */
export function decide(asked: AuthorizationRequest, policies: ApplicablePolicies): Decision & Basis {
  const question = {
    ...asked,
    context: { ...asked.context, 'aws:ResourceAccount': asked.resourceAccountId },
  };
  const { principal, resourcePolicy } = question;
  const request = toRequest(question, policies.boundary !== undefined);
  const resourceKind: PolicyKind = isRoleTrust(question) ? 'role trust policy' : 'resource-based policy';

  const resourceControl = layerOf(
    'resource control policy',
    obeysResourceControl(question) ? (policies.resourceControl ?? []) : [],
  );
  const levels = obeysServiceControl(question)
    ? (policies.serviceControl ?? []).map((level) => layerOf('service control policy', level))
    : [];
  const resource = layerOf(resourceKind, resourcePolicy === undefined ? [] : [resourcePolicy]);
  const identity = layerOf('identity-based policy', identityPoliciesOf(question, policies.identity));
  const boundary = policies.boundary && layerOf('permissions boundary', [policies.boundary]);
  const vpcEndpoint = policies.vpcEndpoint && layerOf('VPC endpoint policy', [policies.vpcEndpoint]);
  const sessionPolicies = principal.type === 'AssumedRole' ? principal.sessionPolicies : [];
  const session = sessionPolicies.length === 0 ? undefined : layerOf('session policy', sessionPolicies);

  const limits = [boundary, session].filter((layer) => layer !== undefined);
  const ways = vpcEndpoint === undefined ? [] : [vpcEndpoint];
  const layers = [resourceControl, ...levels, ...ways, resource, identity, ...limits];
  const verdicts = new Map(layers.map((layer) => [layer, judge(layer, request)]));
  const verdictOf = (layer: Layer): Verdict => verdicts.get(layer) ?? judge(layer, request);

  const base = {
    principalArn: principal.type === 'Service' ? principal.service : principal.arn,
    action: question.action,
    resource: question.resource,
    context: question.context,
    request: question,
    policies,
  };
  const finish = <T extends object>(outcome: T) => withConsulted({ ...base, ...outcome }, layers, request);
  const allowedBy = (...references: readonly StatementReference[]) =>
    finish({ allowed: true, decidedBy: references } as const);
  const lacking = (missing: PolicyKind, ...candidates: readonly Layer[]) => {
    const nearest = findNearest(candidates, request);
    return finish({ allowed: false, denial: 'implicit', missing, ...(nearest && { nearest }) } as const);
  };

  // "If an administrator attaches a policy that explicitly denies access to this action, you can still perform it."
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  if (question.action === 'sts:GetCallerIdentity') return allowedBy();

  const denies = layers.flatMap((layer) => verdictOf(layer).denies);
  if (denies.length > 0) return finish({ allowed: false, denial: 'explicit', decidedBy: denies } as const);

  // "An endpoint policy does not override or replace" other policies: each must allow.
  // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
  const shut = ways.find((layer) => verdictOf(layer).allows.length === 0);
  if (shut !== undefined) return lacking(shut.kind, shut);

  const byResource = verdictOf(resource);
  const byIdentity = verdictOf(identity);
  // A service has no identity policies and obeys no service control policy.
  if (principal.type === 'Service') {
    return byResource.allowedAs === 'none'
      ? lacking(resourceKind, resource)
      : allowedBy(...byResource.allows);
  }
  const closed = levels.find((level) => verdictOf(level).allows.length === 0);
  if (closed !== undefined) return lacking('service control policy', closed);

  const isOwn = principal.accountId === question.resourceAccountId;
  const needsOwnPolicy = resourceKind === 'role trust policy' || isKeyWithPolicy(question);
  // In its own account, a principal that the policy names directly needs no other allow: boundary and session policies limit it by
  // explicit denies only.
  if (isOwn && byResource.allowedAs === 'direct') return allowedBy(...byResource.allows);
  const byRole = isOwn && byResource.allowedAs === 'role';
  const needsBoth = !isOwn || needsOwnPolicy;
  if (needsBoth && byResource.allowedAs === 'none') return lacking(resourceKind, resource);
  if (!byRole && byIdentity.allows.length === 0) {
    return needsBoth
      ? lacking('identity-based policy', identity)
      : lacking('identity-based policy', identity, resource);
  }
  const grants = [...(byRole || needsBoth ? byResource.allows : []), ...(byRole ? [] : byIdentity.allows)];

  const limit = limits.find((layer) => verdictOf(layer).allows.length === 0);
  return limit === undefined ? allowedBy(...grants) : lacking(limit.kind, limit);
}

const trustActions: ReadonlySet<string> = new Set(
  words(
    `sts:AssumeRole sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:TagSession sts:SetSourceIdentity sts:SetContext`,
  ),
);

/** Whether the resource is a role. Its trust policy must allow, even within one account. */
export function isRoleTrust({ action, resource }: AuthorizationRequest): boolean {
  return trustActions.has(action) && isArnOf(resource, 'iam', 'role/');
}

/**
 * Whether the resource is a key of KMS whose key policy is given: "Unless the key policy explicitly allows it, you cannot use IAM policies
 * to allow access to a KMS key." Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
function isKeyWithPolicy({ resource, resourcePolicy }: AuthorizationRequest): boolean {
  return resourcePolicy !== undefined && isArnOf(resource, 'kms', 'key/');
}

/** Service control policies "don't affect any service-linked role", nor services themselves. */
function obeysServiceControl({ principal }: AuthorizationRequest): boolean {
  return principal.type !== 'Service' && !isServiceLinkedRole(principal.principalArn);
}

/**
 * A root user may do everything in its account, but it assumes no role: "You cannot use AWS account root user credentials to call
 * AssumeRole." This policy says so, so the reasons of a decision can name it.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
function identityPoliciesOf(
  { principal }: AuthorizationRequest,
  deployed: readonly NamedPolicy[],
): readonly NamedPolicy[] {
  return principal.type === 'Root'
    ? [{ name: `root user of account ${principal.accountId}`, document: rootPolicy }]
    : deployed;
}

const rootPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'FullAccess', Effect: 'Allow', Action: '*', Resource: '*' },
    { Sid: 'AssumesNoRole', Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' },
  ],
};

/** Adds `consulted`, computed when it is first read: most decisions do not need it, and a trace keeps thousands of them. */
function withConsulted<T extends object>(
  decision: T,
  layers: readonly Layer[],
  request: Request,
): T & Pick<Decision, 'consulted'> {
  let value: Decision['consulted'] | undefined;
  return Object.defineProperty(decision, 'consulted', {
    enumerable: true,
    get: () => {
      value ??= consult(layers, request);
      return value;
    },
  }) as T & Pick<Decision, 'consulted'>;
}
