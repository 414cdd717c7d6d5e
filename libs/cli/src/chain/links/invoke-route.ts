import { contextOf, invokeArn, type RouteFacts, routeName } from '@cross-account-api/iam';
import { type ApiWalk, anonymous, isFunction, short, stageArn } from '../call.ts';
import type { MethodAndPath } from '../find-route.ts';
import { callerNotRead, decided, findInvoker, notJudged, roleMissing } from '../holders.ts';
import { broken, type Link, sound } from '../link.ts';

/** @param configured the route of the API; absent if the API could not be read */
export async function invokeRoute(
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
export function questionOn({ pair }: ApiWalk, asked: MethodAndPath) {
  return {
    action: 'execute-api:Invoke',
    resource: invokeArn(stageArn(pair), asked),
    resourceAccountId: pair.api.accountId,
    resourcePolicy: pair.api.policy,
    ...(pair.api.protocol === 'HTTP' && ({ takesNoPolicy: true } as const)),
  };
}
