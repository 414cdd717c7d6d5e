import { parseArn, parseIamArn } from '../../arn.ts';
import { decide } from '../../decision/authorizer.ts';
import type { AuthorizationRequest, Basis, Decision } from '../../decision/decision.ts';
import { type ConditionKeys, principalContext } from '../../decision/principal-context.ts';
import { isProvider } from '../../decision/principal-match.ts';
import { defined } from '../../defined.ts';
import { partitions } from '../../partitions.ts';
import type { AssumedRole, NamedPolicy, Principal, ServicePrincipal } from '../../principal.ts';
import { isoSeconds } from '../../time.ts';
import type { HolderFacts, PolicyReader, RoleFacts } from './policy-reader.ts';

/** The assumptions of every decision in an explanation. */
export interface Circumstances {
  /** Condition keys that the user gave; they override the assumed ones. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly sessionPolicies: readonly NamedPolicy[];
  readonly now: Date;
}

/** A principal and its policies. */
export interface KnownPrincipal {
  readonly principal: Principal | ServicePrincipal;
  readonly policies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
}

/** The text does not name a principal, or the principal does not exist. */
export class UnknownPrincipalError extends Error {
  override readonly name = 'UnknownPrincipalError';
  readonly code = 'UnknownPrincipal';
}

/** A role session that begins now. */
export function sessionOf(role: RoleFacts, sessionName: string, circumstances: Circumstances): AssumedRole {
  const { partition, accountId, name } = parseArn(role.arn);
  return {
    type: 'AssumedRole',
    accountId,
    principalArn: role.arn,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${sessionName}`,
    roleName: name,
    roleId: role.uniqueId,
    userId: `${role.uniqueId}:${sessionName}`,
    sessionName,
    issuedAt: circumstances.now,
    tags: role.tags,
    sessionPolicies: circumstances.sessionPolicies,
    transitiveTagKeys: [],
  };
}

/** Whether a text has the form of a service principal. China has `ec2.amazonaws.com.cn` and `lambda.amazonaws.com`. */
function isService(text: string): boolean {
  const suffix = partitions.map(({ dnsSuffix }) => `.${dnsSuffix}`).find((each) => text.endsWith(each));
  return suffix !== undefined && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(text.slice(0, -suffix.length));
}

/** Finds the principal for an ARN, or for the name of a service or identity provider. @throws UnknownPrincipalError */
export async function findPrincipal(
  text: string,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<KnownPrincipal> {
  if (isService(text) || isProvider(text)) {
    return { principal: { type: 'Service', service: text }, policies: [] };
  }
  const parsed = parseIamArn(text);
  if (parsed?.kind === 'root') {
    const { accountId } = parsed;
    const base = { accountId, principalArn: text, arn: text, userId: accountId, tags: {} };
    return { principal: { type: 'Root', ...base }, policies: [] };
  }
  if (parsed?.kind === 'user') {
    const { accountId, name: userName } = parsed;
    const user = await reader.user(text);
    if (user === undefined) throw missing(text, 'user');
    const base = { accountId, principalArn: user.arn, arn: user.arn, userId: user.uniqueId, tags: user.tags };
    return { principal: { type: 'User', userName, ...base }, ...held(user) };
  }
  if (parsed?.kind === 'role') {
    const role = await exactRole(reader, text);
    if (role === undefined) throw missing(text, 'role');
    return { principal: sessionOf(role, 'explain', circumstances), ...held(role) };
  }
  if (parsed?.kind === 'assumed-role') {
    const { partition, accountId, name, sessionName } = parsed;
    const arn = `arn:${partition}:iam::${accountId}:role/${name}`;
    // A session's ARN does not have the path of its role.
    const role = await reader.role(arn);
    if (role === undefined) throw missing(arn, 'role');
    return { principal: sessionOf(role, sessionName, circumstances), ...held(role) };
  }
  throw new UnknownPrincipalError(
    `"${text}" is not a principal. Give the ARN of a role, a role's session, a user or an account's root, e.g. arn:aws:iam::222222222222:role/caller, or a service such as apigateway.amazonaws.com.`,
  );
}

/** Finds the role with exactly this ARN, as AWS does. A reader finds a role by its name, with any path. */
export async function exactRole(reader: PolicyReader, arn: string): Promise<RoleFacts | undefined> {
  const role = await reader.role(arn);
  return role?.arn === arn ? role : undefined;
}

/** The condition keys of a request that a principal makes now. Unknown ones, such as `aws:SourceIp`, are absent. */
export function contextOf(
  principal: Principal | ServicePrincipal,
  region: string | undefined,
  { context, now }: Circumstances,
  further: ConditionKeys = {},
): ConditionKeys {
  return {
    ...principalContext(principal),
    ...(principal.type === 'Service' &&
      isProvider(principal.service) && { 'aws:FederatedProvider': principal.service }),
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:ViaAWSService': 'false',
    ...defined({ 'aws:RequestedRegion': region }),
    ...further,
    ...context,
  };
}

/** Decides a question by a principal's own policies and those of the organizations of both accounts. */
export async function decideAs(
  { policies, boundary }: Pick<KnownPrincipal, 'policies' | 'boundary'>,
  question: AuthorizationRequest,
  reader: PolicyReader,
): Promise<Decision & Basis> {
  const { principal, resourceAccountId } = question;
  const [own, ofResource] = await Promise.all([
    principal.type === 'Service' ? undefined : reader.organization(principal.accountId),
    reader.organization(resourceAccountId),
  ]);
  const context = {
    ...defined({
      'aws:PrincipalOrgID': own?.organizationId,
      'aws:ResourceOrgID': ofResource?.organizationId,
    }),
    ...question.context,
  };
  return decide(
    { ...question, context },
    {
      identity: policies,
      boundary,
      serviceControl: own?.serviceControl ?? [],
      resourceControl: ofResource?.resourceControl ?? [],
    },
  );
}

function held({ policies, boundary }: HolderFacts) {
  return { policies, boundary };
}

function missing(arn: string, what: string): UnknownPrincipalError {
  return new UnknownPrincipalError(`There is no ${what} ${arn}. Check its name and its account.`);
}
