import { parseArn } from '@cross-account-api/iam';
import {
  contextOf,
  type HolderFacts,
  invokeArn,
  type RouteFacts,
  routeName,
} from '@cross-account-api/iam/explanation';
import { isOfOthers, type MethodAndPath } from '../find-route.ts';
import { callerNotRead, decided, findInvoker, notJudged, roleMissing, throughEndpoint } from '../holders.ts';
import { type About, broken, type Link, notRead, sound } from '../link.ts';
import {
  type ApiWalk,
  anonymousCaller,
  apiUnreadOf,
  isFunction,
  kindAndName,
  ownArnOf,
  stageArn,
} from '../pair.ts';
import { assumeInvokeRole } from './assume-role.ts';

/** The parts of a deployed route that decide who may call it. */
type Configured = Pick<RouteFacts, 'authorizationType' | 'functionArn'>;

/**
 * The principal calls a route. The route's authorization decides whether IAM is asked; then its own policies and the API's decide.
 * @param configured the route of the API; absent if the API could not be read
 */
export async function invokeRoute(
  walk: ApiWalk,
  asked: MethodAndPath,
  configured: Configured | undefined,
): Promise<Link> {
  const { caller, invokeRoleArn, project } = walk.pair;
  const name = (project?.nameOfRoute ?? routeName)(asked);
  const who = invokeRoleArn ?? ownArnOf(caller);
  const about = {
    kind: 'invoke route',
    title: `${who ? kindAndName(who) : caller.name} calls ${name}`,
  } as const;
  if (caller.kind === 'unsigned') return invokeUnsigned(walk, about, asked, configured);
  if (configured?.authorizationType === 'NONE') return invokeOpen(walk, about, name, asked, configured);
  if (configured !== undefined && isOfOthers(configured)) {
    const others = `Another authorizer (${configured.authorizationType}) admits the callers of ${name}, and IAM does not: no policy of a role or user is asked.`;
    // Nobody said that the caller calls it, and it has other routes to call.
    const isTheirs =
      walk.pair.asked === undefined && walk.pair.api.routes.some((route) => !isOfOthers(route));
    return isTheirs
      ? sound({ ...about, title: `${name} is for callers without IAM` }, others)
      : broken(
          about,
          `${others} Send what the authorizer asks for, or set the authorization to AWS_IAM and deploy.`,
        );
  }
  return invokeSigned(walk, about, asked);
}

/** IAM decides. */
async function invokeSigned(walk: ApiWalk, about: About, asked: MethodAndPath): Promise<Link> {
  const { api, caller, invokeRoleArn } = walk.pair;
  const apiUnread = apiUnreadOf(walk.pair);
  const invoker = await findInvoker(walk);
  if (invoker === undefined) return callerNotRead(about, caller);
  if (invoker.holder === undefined) {
    // The link about assuming this role breaks already.
    if (invokeRoleArn !== undefined) return { ...about, ...notJudged(invokeRoleArn) };
    return roleMissing(about, invoker.arn, isFunction(caller) ? 'the caller' : undefined, invoker.otherPath);
  }
  const { holder, principal, context, unread } = invoker;
  const isPublic = apiUnread === undefined && api.privateTo === undefined;
  const sides = { principal: unread, resource: apiUnread, isPublic };
  const link = await decided(walk, about, { ...questionOn(walk, asked), principal, context }, sides, holder);
  const isAsItself = invokeRoleArn === undefined && parseArn(holder.arn).accountId !== api.accountId;
  if (!isAsItself || link.state !== 'breaks') return link;
  return { ...link, problem: await roleToAssume(walk, asked, holder) };
}

/** More roles are not tried. */
const MOST_ROLES = 10;

/** The sentence for a caller that calls as itself, and is refused: a role that it may assume already comes before any change of a policy. */
async function roleToAssume(walk: ApiWalk, asked: MethodAndPath, { policies }: HolderFacts): Promise<string> {
  const { api } = walk.pair;
  const named = JSON.stringify(policies).matchAll(/arn:[\w-]+:iam::(\d{12}):role\/[\w+=,.@/-]+(?=")/g);
  const roles = new Set([...named].flatMap(([arn, accountId]) => (accountId === api.accountId ? [arn] : [])));
  for (const invokeRoleArn of [...roles].slice(0, MOST_ROLES)) {
    const as: ApiWalk = { ...walk, pair: { ...walk.pair, invokeRoleArn } };
    const { links, sent } = await assumeInvokeRole(as, invokeRoleArn);
    // What only the request lacks, such as the external ID, the caller can send.
    const lacks = links.flatMap(({ remedies }) => remedies);
    const maySend = lacks.every(({ change }) => change === 'request');
    if (
      !links.every(({ state }) => state === 'holds' || (state === 'breaks' && lacks.length > 0)) ||
      !maySend
    )
      continue;
    const { state } = await invokeSigned({ ...as, sent }, { kind: 'invoke route', title: '' }, asked);
    if (state !== 'holds') continue;
    const keys = lacks.flatMap((each) => (each.change === 'request' ? [each.key] : []));
    const sends = keys.length === 0 ? '' : ` It has to send ${keys.join(', ')}, as the trust policy asks.`;
    return `The caller calls as itself. It may assume ${kindAndName(invokeRoleArn)} of account ${api.accountId}, which may call this route: let it assume ${invokeRoleArn}, and sign with the credentials of that session.${sends} Then no policy has to be changed.`;
  }
  return `The caller calls as itself, and not as a role of account ${api.accountId}. If it is meant to assume one that may call the route, it has to do that first, and sign with the credentials of that session.`;
}

/** A route without authorization: only the API's policy decides, and whoever signs is anonymous to it, too. */
async function invokeOpen(
  walk: ApiWalk,
  about: About,
  name: string,
  asked: MethodAndPath,
  { functionArn }: Configured,
): Promise<Link> {
  const { project, stage, api } = walk.pair;
  const isDeclared = project?.declaredOpen.includes(routeName(asked)) === true;
  // Without a function, it is the answer to a browser's preflight.
  if (project !== undefined && !isDeclared && functionArn !== undefined) {
    return broken(
      { ...about, title: `IAM decides who calls ${name}` },
      `The deployed route has no authorizer: anybody can call it, and only the code of its function could refuse them. In services/api/serverless.yml, add "authorizer: aws_iam" to the event of ${name}, and deploy: npx sls api:deploy --stage ${stage}. If callers without IAM are meant to call it, add "open: true" to the event instead.`,
    );
  }
  const open = { ...about, title: `${name} is open to anybody` };
  const note = `The method has no authorization${project === undefined ? '' : ', as serverless.yml declares with "open: true"'}: signatures and identity policies mean nothing to it.`;
  if (api.policy === undefined && api.privateTo === undefined) return sound(open, note);
  return { ...(await decideAnonymous(walk, open, asked)), note };
}

/** A caller that does not sign: the route must take that, and the API's policy must allow everybody under its conditions. */
async function invokeUnsigned(
  walk: ApiWalk,
  about: About,
  asked: MethodAndPath,
  configured: Configured | undefined,
): Promise<Link> {
  const { api } = walk.pair;
  const apiUnread = apiUnreadOf(walk.pair);
  if (apiUnread !== undefined || configured === undefined) {
    const unread = apiUnread ?? {
      accountId: api.accountId,
      permission: `apigateway:GET on API ${api.apiId}`,
    };
    return notRead(about, unread);
  }
  const { authorizationType } = configured;
  if (authorizationType === 'AWS_IAM') {
    return broken(
      about,
      `The route takes signed requests only (AWS_IAM): API Gateway answers 403 Missing Authentication Token to others. Sign the request for ${api.region}/execute-api with the credentials of a role or user that may call it.`,
    );
  }
  const note =
    authorizationType === 'NONE'
      ? 'The route has no authorization, so only the policy of the API decides.'
      : `The route has authorization ${authorizationType}: its authorizer must admit the request, too.`;
  if (api.policy === undefined && api.privateTo === undefined) return sound(about, note);
  return { ...(await decideAnonymous(walk, about, asked)), note };
}

function decideAnonymous(walk: ApiWalk, about: About, asked: MethodAndPath): Promise<Link> {
  const { api } = walk.pair;
  const context = contextOf(anonymousCaller, api.region, walk.circumstances, throughEndpoint(walk));
  const isPublic = api.privateTo === undefined;
  return decided(
    walk,
    about,
    { ...questionOn(walk, asked), principal: anonymousCaller, context },
    { isPublic },
  );
}

/** The question about a route, without the principal. */
export function questionOn({ pair }: ApiWalk, asked: MethodAndPath) {
  return {
    action: 'execute-api:Invoke',
    resource: invokeArn(stageArn(pair), asked),
    resourceAccountId: pair.api.accountId,
    resourcePolicy: pair.api.policy,
    ...(pair.api.protocol === 'HTTP' && ({ takesNoPolicy: true } as const)),
  };
}
