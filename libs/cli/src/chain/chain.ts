import {
  type ApiFacts,
  type AssumedRole,
  type AuthorizationRequest,
  type Circumstances,
  type ConditionKeys,
  contextOf,
  decide,
  decideAs,
  type FunctionFacts,
  invokeArn,
  type NamedPolicy,
  type PolicyReader,
  parseArn,
  prove,
  type Remedy,
  type RoleFacts,
  type RouteFacts,
  resourceTagKeys,
  routeName,
  type ServicePrincipal,
  sessionOf,
  sourceArn,
} from '@cross-account-api/iam';
import { type Found, find } from './find.ts';
import { findRoute, type MethodAndPath } from './find-route.ts';
import { judge, type UnreadSides } from './judge.ts';
import { type About, broken, type Chain, chainOf, type Link, notRead, sound, type Unread } from './link.ts';
import {
  type Address,
  judgeDeployment,
  judgeEndpoint,
  judgeThrottling,
  type ServedStage,
} from './served-stage.ts';
import { judgeSessionLength, judgeSignature, type SignedFor } from './session.ts';

export type { Chain, Link } from './link.ts';

/** A caller: a function, or a role of which nothing else is known. */
export interface Caller extends Pick<FunctionFacts, 'name'> {
  /** Absent if it is not known to be a function. */
  readonly arn?: string | undefined;
  /** Absent if the function could not be read. */
  readonly roleArn?: string | undefined;
  /** Whether the function is connected to a VPC. Absent if that is not known. */
  readonly inVpc?: boolean | undefined;
}

/** A caller, and the role that it assumes, if it does not call as itself. */
export interface CallerSide<Who extends Caller = Caller> {
  readonly caller: Who;
  /** The role that the caller assumes. Absent if it calls as its own role, which the API's resource policy has to admit. */
  readonly invokeRoleArn?: string | undefined;
  /** The external ID that the caller sends. */
  readonly externalId?: string | undefined;
  /** The session name that the caller sends with AssumeRole. */
  readonly sessionName: string;
  /** The lifetime of the session that the caller wants. Absent: STS's default */
  readonly sessionSeconds?: number | undefined;
}

/** A caller, and an API of another account that it calls: as a role of that account, or as itself. */
export interface Pair<Who extends Caller = FunctionFacts> extends CallerSide<Who> {
  readonly api: ApiFacts;
  /** The reason why only the API's ID is known. */
  readonly apiUnread?: Unread | undefined;
  /** The API's stage. */
  readonly stage: string;
  /** The routes that the stage serves. Absent: those of the API. */
  readonly served?: ServedStage | undefined;
  /** The reason why the served routes are not known. */
  readonly servedUnread?: Unread | undefined;
  /** The routes that the caller calls. Absent: all of the API. */
  readonly asked?: readonly MethodAndPath[] | undefined;
  /** The name of a route for people. Absent: the route itself. */
  readonly nameOfRoute?: ((route: MethodAndPath) => string) | undefined;
  readonly address?: Address | undefined;
  /**
   * The routes that callers without IAM are meant to call, e.g. `GET /health`: events of the project's serverless.yml declare them. Absent:
   * the API is not of this project, and nothing is known of its intentions.
   */
  readonly declaredOpen?: readonly string[] | undefined;
  /** The region and service that the caller signs for. */
  readonly signedFor?: SignedFor | undefined;
  /** By function ARN, the `Sid` that the function's stack gives the permission for this API. */
  readonly permissionIds: ReadonlyMap<string, string>;
  /** The VPC endpoint through which the caller reaches a private API. */
  readonly vpcEndpointId?: string | undefined;
  /** The policy of that endpoint. */
  readonly vpcEndpoint?: Found<NamedPolicy> | undefined;
}

/** Accounts whose AWS organization is unknown. */
export type UnreadOrganizations = UnreadSides['organizations'];

/**
 * Walks the chain: Lambda runs the caller as its role, if it is a function; that role assumes the invoke role, if there is one;
 * the role calls each route; API Gateway invokes the function behind it; Lambda runs that function as its role. Each link is
 * decided as if those before it held, so that everything that is broken shows at once.
 * @throws {Error} if AWS cannot be reached, or a profile has no credentials
 */
export async function walkChain(
  pair: Pair<Caller>,
  reader: PolicyReader,
  circumstances: Circumstances,
  organizations?: UnreadOrganizations,
): Promise<Chain> {
  const walk: ApiWalk = { pair, reader, circumstances, organizations, region: pair.api.region };
  return chainOf([...(await callerLinks(walk)), ...(await apiLinks(walk))]);
}

/**
 * Walks the chain as far as the session of the role that the caller assumes.
 * @param region of STS, for a caller that is not a function
 * @throws {Error} as {@link walkChain}
 */
export async function walkCaller(
  pair: CallerSide,
  region: string,
  reader: PolicyReader,
  circumstances: Circumstances,
  organizations?: UnreadOrganizations,
): Promise<Chain> {
  return chainOf(await callerLinks({ pair, reader, circumstances, organizations, region }));
}

interface Walk<Side extends CallerSide = CallerSide> {
  readonly pair: Side;
  readonly reader: PolicyReader;
  readonly circumstances: Circumstances;
  readonly organizations: UnreadOrganizations;
  /** The region of the STS that the caller asks, if the caller is not a function. */
  readonly region: string;
}

type ApiWalk = Walk<Pair<Caller>>;

const lambda: ServicePrincipal = { type: 'Service', service: 'lambda.amazonaws.com' };
const apiGateway: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

async function callerLinks(walk: Walk): Promise<Link[]> {
  const { caller, invokeRoleArn, sessionSeconds } = walk.pair;
  const links: Link[] = isFunction(caller) ? [await runAsRole(walk, caller)] : [];
  if (invokeRoleArn === undefined) return links;
  links.push(await assumeInvokeRole(walk, invokeRoleArn));
  if (sessionSeconds !== undefined) {
    const role = await findRole(walk, invokeRoleArn);
    const facts = {
      seconds: sessionSeconds,
      roleName: short(invokeRoleArn),
      accountId: callerAccountOf(caller),
    };
    links.push(judgeSessionLength({ ...facts, maxSeconds: role.facts?.maxSessionSeconds }));
  }
  return links;
}

async function apiLinks(walk: ApiWalk): Promise<Link[]> {
  const { pair, reader } = walk;
  const { api, served, apiUnread, stage } = pair;
  const asked = pair.asked ?? api.routes;
  const links: Link[] = [];
  if (pair.signedFor !== undefined) {
    links.push(judgeSignature(pair.signedFor, api.region, callerAccountOf(pair.caller)));
  }
  if (apiUnread !== undefined) {
    const about: About = { kind: 'deployment', title: `stage ${stage} of API ${api.apiId} serves the call` };
    for (const route of asked) links.push(await invokeRoute(walk, route, undefined));
    return [
      ...links,
      notRead(about, apiUnread, 'Neither were its limits and its permission to invoke the function.'),
    ];
  }
  if (pair.address !== undefined) links.push(judgeEndpoint(api, stage, pair.address));
  if (served !== undefined) links.push(...asked.map((route) => judgeDeployment(route, api, served)));
  if (pair.servedUnread !== undefined) {
    links.push(notRead({ kind: 'deployment', title: `stage ${stage} serves the call` }, pair.servedUnread));
  }
  const routes = asked.flatMap((route) => {
    const configured = findRoute(route, api.routes);
    const { authorizationType } = (served && findRoute(route, served.routes)) ?? configured ?? {};
    return authorizationType === undefined
      ? []
      : [{ route, configured: { ...route, ...configured, authorizationType } }];
  });
  if (api.privateTo !== undefined) {
    if (pair.caller.inVpc === false) links.push(outsideVpc(pair.caller));
    for (const { route } of routes) links.push(...(await passVpcEndpoint(walk, route)));
  }
  for (const { route, configured } of routes) links.push(await invokeRoute(walk, route, configured));
  if (served !== undefined) links.push(...routes.map(({ route }) => judgeThrottling(route, api, served)));

  const functions = new Map<string, FunctionFacts>();
  for (const { configured } of routes) {
    if (configured.functionArn === undefined) continue;
    const functionArn = withVariables(configured.functionArn, served?.variables ?? {});
    const target = await find(parseArn(functionArn).accountId, () => reader.function(functionArn));
    if (target.facts !== undefined) functions.set(target.facts.arn, target.facts);
    links.push(await invokeFunction(walk, configured, functionArn, target));
  }
  for (const target of functions.values()) links.push(await runAsRole(walk, target));
  return links;
}

/** Stage variables in the URI of an integration: `${stageVariables.name}`. */
function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{stageVariables\.(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

function isFunction(caller: Caller): caller is Caller & { readonly arn: string } {
  return caller.arn !== undefined;
}

function callerAccountOf({ roleArn, arn = '' }: Caller): string {
  return parseArn(roleArn ?? arn).accountId;
}

/** The result of a search for a role by its ARN. A role with the same name and another path is another role. */
type FoundRole = Found<RoleFacts> & { readonly otherPath?: string };

async function findRole({ reader }: Pick<Walk, 'reader'>, arn: string): Promise<FoundRole> {
  const found = await find(parseArn(arn).accountId, () => reader.role(arn));
  return found.facts === undefined || found.facts.arn === arn ? found : { otherPath: found.facts.arn };
}

/** A placeholder for a role that could not be read. */
function unreadRole(arn: string): RoleFacts {
  // A policy must have a statement: this one matches no principal.
  const Statement = {
    Effect: 'Deny',
    Principal: { Service: 'none.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const trust = {
    name: `the trust policy of ${arn}, which was not read`,
    document: { Version: '2012-10-17', Statement },
  };
  return { arn, uniqueId: 'AROANOTREAD', trust, policies: [], tags: {} };
}

/** The link of a caller whose role could not be read: nothing is known about its sessions. */
function callerNotRead(about: About, caller: Caller): Link {
  const permission = `lambda:GetFunctionConfiguration on ${caller.arn}, or --caller with the ARN of its role`;
  return notRead(about, { accountId: callerAccountOf(caller), permission });
}

async function runAsRole(walk: Walk, { name, roleArn, arn }: Caller): Promise<Link> {
  if (roleArn === undefined) {
    return callerNotRead({ kind: 'function role', title: `Lambda runs ${name}` }, { name, arn });
  }
  const about = { kind: 'function role', title: `Lambda runs ${name} as ${short(roleArn)}` } as const;
  const { circumstances } = walk;
  const { facts: role, unread, otherPath } = await findRole(walk, roleArn);
  if (role === undefined && unread === undefined) {
    return roleMissing(about, roleArn, `function ${name}`, otherPath);
  }
  const { arn: resource, trust } = role ?? unreadRole(roleArn);
  return decided(
    walk,
    about,
    {
      principal: lambda,
      action: 'sts:AssumeRole',
      resource,
      resourceAccountId: parseArn(resource).accountId,
      context: contextOf(lambda, undefined, circumstances),
      resourcePolicy: trust,
    },
    { resource: unread },
  );
}

async function assumeInvokeRole(walk: Walk, invokeRoleArn: string): Promise<Link> {
  const { pair, circumstances } = walk;
  const { caller, externalId, sessionName } = pair;
  const about = { kind: 'assume role', title: `${caller.name} assumes ${short(invokeRoleArn)}` } as const;
  if (caller.roleArn === undefined) return callerNotRead(about, caller);
  const invoked = await findRole(walk, invokeRoleArn);
  if (invoked.facts === undefined && invoked.unread === undefined) {
    return roleMissing(about, invokeRoleArn, 'the caller', invoked.otherPath);
  }
  const own = await findRole(walk, caller.roleArn);
  if (own.facts === undefined && own.unread === undefined) {
    const user = isFunction(caller) ? `function ${caller.name}` : undefined;
    return roleMissing(about, caller.roleArn, user, own.otherPath);
  }
  const role = own.facts ?? unreadRole(caller.roleArn);
  const invokeRole = invoked.facts ?? unreadRole(invokeRoleArn);
  const principal = ownSession(walk, role);
  const region = isFunction(caller) ? parseArn(caller.arn).region : walk.region;
  const context = contextOf(principal, region, circumstances, {
    'sts:RoleSessionName': sessionName,
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...fromFunction(caller),
    ...resourceTagKeys(Object.entries(invokeRole.tags), 'iam'),
  });
  const resourceAccountId = parseArn(invokeRole.arn).accountId;
  const asked = { principal, action: 'sts:AssumeRole', resource: invokeRole.arn, resourceAccountId, context };
  const question = { ...asked, resourcePolicy: invokeRole.trust };
  return decided(walk, about, question, { principal: own.unread, resource: invoked.unread }, role);
}

/** The session as which Lambda runs the caller. The session name of another caller is unknown. */
function ownSession({ pair: { caller }, circumstances }: Walk, role: RoleFacts): AssumedRole {
  return sessionOf(role, isFunction(caller) ? caller.name : parseArn(role.arn).name, {
    ...circumstances,
    sessionPolicies: [],
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html */
function fromFunction({ arn }: Caller): ConditionKeys {
  return arn === undefined ? {} : { 'lambda:SourceFunctionArn': arn };
}

/** The role as which the caller calls, with its session. */
async function findInvoker(walk: ApiWalk) {
  const { pair, circumstances } = walk;
  const { caller, invokeRoleArn, sessionName } = pair;
  const arn = invokeRoleArn ?? caller.roleArn;
  if (arn === undefined) return undefined;
  const { facts, unread, otherPath } = await findRole(walk, arn);
  if (facts === undefined && unread === undefined) return { arn, otherPath };
  const role = facts ?? unreadRole(arn);
  const principal =
    invokeRoleArn === undefined ? ownSession(walk, role) : sessionOf(role, sessionName, circumstances);
  const context = contextOf(principal, pair.api.region, circumstances, {
    ...(pair.vpcEndpointId !== undefined && { 'aws:SourceVpce': pair.vpcEndpointId }),
    ...(invokeRoleArn === undefined && fromFunction(caller)),
  });
  return { arn, role, principal, context, unread };
}

/** @param configured the route of the API; absent if the API could not be read */
async function invokeRoute(
  walk: ApiWalk,
  asked: MethodAndPath,
  configured: Pick<RouteFacts, 'authorizationType' | 'functionArn'> | undefined,
): Promise<Link> {
  const { pair, circumstances } = walk;
  const { api, caller, invokeRoleArn, apiUnread } = pair;
  const name = (pair.nameOfRoute ?? routeName)(asked);
  const who = invokeRoleArn ?? caller.roleArn;
  const about = { kind: 'invoke route', title: `${who ? short(who) : caller.name} calls ${name}` } as const;
  const question = questionOn(walk, asked);
  if (configured?.authorizationType === 'NONE') {
    const { declaredOpen } = pair;
    // Without a function, it is the answer to a browser's preflight.
    if (declaredOpen !== undefined && !declaredOpen.includes(name) && configured.functionArn !== undefined) {
      return broken(
        { ...about, title: `IAM decides who calls ${name}` },
        `The deployed route has no authorizer: anybody can call it, and only the code of its function could refuse them. In services/api/serverless.yml, add "authorizer: aws_iam" to the event of ${name}, and deploy: npx sls api:deploy --stage ${pair.stage}. If callers without IAM are meant to call it, add "open: true" to the event instead.`,
      );
    }
    const open = { ...about, title: `${name} is open to anybody` };
    const note = `The method has no authorization${declaredOpen === undefined ? '' : ', as serverless.yml declares with "open: true"'}: signatures and identity policies mean nothing to it.`;
    if (api.policy === undefined) return sound(open, note);
    const context = contextOf(anonymous, api.region, circumstances);
    return { ...(await decided(walk, open, { ...question, principal: anonymous, context })), note };
  }
  if (configured !== undefined && configured.authorizationType !== 'AWS_IAM') {
    return broken(
      about,
      `The method's authorization is ${configured.authorizationType}: no IAM policy decides about it.`,
    );
  }
  const invoker = await findInvoker(walk);
  if (invoker === undefined) return callerNotRead(about, caller);
  if (invoker.role === undefined) {
    // The link about assuming this role breaks already.
    if (invokeRoleArn !== undefined) return { ...about, ...notJudged(invokeRoleArn) };
    return roleMissing(about, invoker.arn, isFunction(caller) ? 'the caller' : undefined, invoker.otherPath);
  }
  const { role, principal, context, unread } = invoker;
  const isPublic = apiUnread === undefined && api.privateTo === undefined;
  const sides = { principal: unread, resource: apiUnread, isPublic };
  return decided(walk, about, { ...question, principal, context }, sides, role);
}

/** The question about a route, without the principal. */
function questionOn({ pair }: ApiWalk, asked: MethodAndPath) {
  return {
    action: 'execute-api:Invoke',
    resource: invokeArn(stageArn(pair), asked),
    resourceAccountId: pair.api.accountId,
    resourcePolicy: pair.api.policy,
    ...(pair.api.protocol === 'HTTP' && ({ takesNoPolicy: true } as const)),
  };
}

/** A VPC endpoint can be reached from its VPC, and from networks that are connected to it. */
function outsideVpc({ name }: Caller): Link {
  const about: About = { kind: 'VPC endpoint', title: `${name} reaches a VPC endpoint` };
  return broken(
    about,
    'The API is private, and the function is not connected to a VPC: it cannot reach any VPC endpoint. Give it subnets and security groups of a VPC from which the endpoint is reached (VpcConfig).',
  );
}

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const allowed = (statement: object): NamedPolicy => ({
  name: 'everything',
  document: { Version: '2012-10-17', Statement: statement },
});

/** Whether the policy of the VPC endpoint lets a call to a private API pass. Other policies are not decided here. */
async function passVpcEndpoint(walk: ApiWalk, asked: MethodAndPath): Promise<Link[]> {
  const { vpcEndpointId, vpcEndpoint, caller } = walk.pair;
  if (vpcEndpointId === undefined || vpcEndpoint === undefined) return [];
  const about = {
    kind: 'VPC endpoint',
    title: `VPC endpoint ${vpcEndpointId} lets ${routeName(asked)} pass`,
  } as const;
  if (vpcEndpoint.unread !== undefined) return [notRead(about, vpcEndpoint.unread)];
  // Local AWS has no VPC endpoints. On AWS, an endpoint without a custom policy allows everything.
  if (vpcEndpoint.facts === undefined) return [sound(about, 'It has no policy.')];
  const invoker = await findInvoker(walk);
  if (invoker?.principal === undefined) return [callerNotRead(about, caller)];
  const { principal, context } = invoker;
  const resourcePolicy = allowed({ ...everything, Principal: '*' });
  const question = { ...questionOn(walk, asked), principal, context, resourcePolicy };
  const decision = decide(question, { identity: [allowed(everything)], vpcEndpoint: vpcEndpoint.facts });
  if (decision.allowed) return [sound(about, 'Its policy allows it.')];
  return [judge(about, decision, { organizations: walk.organizations })];
}

async function invokeFunction(
  walk: ApiWalk,
  route: RouteFacts,
  functionArn: string,
  target: Found<FunctionFacts>,
): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const { accountId, name: lastPart } = parseArn(functionArn);
  const name = target.facts?.name ?? lastPart;
  const title = `API Gateway invokes ${name} for ${routeName(route)}`;
  const about = { kind: 'invoke function', title } as const;
  if (target.unread !== undefined) return notRead(about, target.unread);
  if (target.facts === undefined) {
    return { ...broken(about, `There is no function ${functionArn}.`), missing: functionArn };
  }
  if (route.credentials !== undefined) {
    return route.credentials.includes(':role/')
      ? invokeAsRole(walk, about, functionArn, route.credentials)
      : invokeAsCaller(walk, about, functionArn);
  }
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const link = await decided(
    walk,
    about,
    {
      principal: apiGateway,
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      resourceAccountId: accountId,
      context: contextOf(apiGateway, undefined, circumstances, {
        'aws:SourceArn': sourceArn(stageArn(pair), route),
        'aws:SourceAccount': pair.api.accountId,
      }),
      resourcePolicy: policy.facts,
    },
    { resource: policy.unread },
  );
  const restored = permissionOfStack(pair, functionArn);
  const isProven = restored !== undefined && link.decision !== undefined && prove(link.decision, [restored]);
  return isProven ? { ...link, remedies: [{ ...restored, accountId }] } : link;
}

/** Whether API Gateway may become a role that an integration names, and that role may invoke the function. */
async function invokeAsRole(
  walk: ApiWalk,
  about: About,
  functionArn: string,
  roleArn: string,
): Promise<Link> {
  const { reader, circumstances, pair } = walk;
  const note = `API Gateway invokes it as ${roleArn}.`;
  const { facts: role, unread } = await findRole(walk, roleArn);
  if (unread !== undefined) return notRead(about, unread, note);
  if (role === undefined) return { ...roleMissing(about, roleArn, 'the integration'), note };
  const resourceAccountId = parseArn(roleArn).accountId;
  const trust = await decided(walk, about, {
    principal: apiGateway,
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccountId,
    context: contextOf(apiGateway, undefined, circumstances),
    resourcePolicy: role.trust,
  });
  if (trust.state !== 'holds') return { ...trust, note };
  const { accountId } = parseArn(functionArn);
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const principal = sessionOf(role, 'BackplaneAssumeRoleSession', { ...circumstances, sessionPolicies: [] });
  const question = {
    principal,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: accountId,
    context: contextOf(principal, pair.api.region, circumstances),
    resourcePolicy: policy.facts,
  };
  return { ...(await decided(walk, about, question, { resource: policy.unread }, role)), note };
}

/** Whether the caller may invoke the function: API Gateway uses the caller's credentials. */
async function invokeAsCaller(walk: ApiWalk, about: About, functionArn: string): Promise<Link> {
  const { pair, reader, circumstances } = walk;
  const note = 'API Gateway invokes it with the credentials of the caller.';
  const invoker = await findInvoker(walk);
  if (invoker?.role === undefined) return callerNotRead(about, pair.caller);
  const { role, principal, unread } = invoker;
  const { accountId } = parseArn(functionArn);
  const policy = await find(accountId, () => reader.functionPolicy(functionArn));
  const question = {
    principal,
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    resourceAccountId: accountId,
    context: contextOf(principal, pair.api.region, circumstances),
    resourcePolicy: policy.facts,
  };
  const sides = { principal: unread, resource: policy.unread };
  return { ...(await decided(walk, about, question, sides, role)), note };
}

/** The permission that the Serverless Framework puts into the stack for a function with an `http` or `httpApi` event. */
function permissionOfStack(
  pair: Pair<Caller>,
  functionArn: string,
): Extract<Remedy, { readonly change: 'add statement' }> | undefined {
  const Sid = pair.permissionIds.get(functionArn);
  if (Sid === undefined) return undefined;
  return {
    change: 'add statement',
    kind: 'resource-based policy',
    where: `the resource-based policy of ${functionArn}`,
    statement: {
      Sid,
      Effect: 'Allow',
      Principal: { Service: apiGateway.service },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: {
        ArnLike: { 'aws:SourceArn': `${apiArn(pair)}/${pair.api.protocol === 'HTTP' ? '*' : '*/*'}` },
      },
    },
  };
}

async function decided(
  { reader, organizations }: Walk,
  about: About,
  question: AuthorizationRequest,
  sides: UnreadSides = {},
  holder?: RoleFacts,
): Promise<Link> {
  const decision = await decideAs(holder ?? { policies: [] }, question, reader);
  return judge(about, decision, { organizations, ...sides });
}

/** @param user the part that is configured with the role, if any */
function roleMissing(about: About, arn: string, user: string | undefined, otherPath?: string): Link {
  const why = user === undefined ? '' : `, which ${user} is configured with`;
  const hint = otherPath === undefined ? '' : ` There is ${otherPath}: the path is part of the ARN.`;
  return { ...broken(about, `There is no role ${arn}${why}.${hint}`), missing: arn };
}

/** The result for a role that does not exist: nothing can be said about its permissions. */
function notJudged(roleArn: string): Omit<Link, keyof About> {
  return {
    state: 'unread',
    remedies: [],
    problem: `It cannot be told without ${short(roleArn)}: see above.`,
  };
}

function stageArn(pair: Pair<Caller>): string {
  return `${apiArn(pair)}/${pair.stage}`;
}

function apiArn({ api, caller, invokeRoleArn }: Pair<Caller>): string {
  const { partition } = parseArn(caller.roleArn ?? caller.arn ?? invokeRoleArn ?? '');
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}`;
}

function short(roleArn: string): string {
  return `role ${parseArn(roleArn).name}`;
}
