import {
  contextOf,
  type HolderFacts,
  parseArn,
  type RoleFacts,
  resourceTagKeys,
} from '@cross-account-api/iam';
import type { Unread } from '../../aws/find.ts';
import {
  callerNotRead,
  decided,
  findOwn,
  findRole,
  fromFunction,
  knowsSession,
  ownPrincipal,
  roleMissing,
  unreadHolder,
} from '../holders.ts';
import type { About, Link } from '../link.ts';
import { type Caller, isFunction, short, type Walk } from '../pair.ts';

/** The caller assumes the role. Its own policies and the trust policy of the role decide. */
export async function assumeInvokeRole(walk: Walk, invokeRoleArn: string): Promise<Link> {
  const { caller } = walk.pair;
  const about = { kind: 'assume role', title: `${caller.name} assumes ${short(invokeRoleArn)}` } as const;
  const facts = await read(walk, about, invokeRoleArn);
  if ('link' in facts) return facts.link;
  return withSession(caller, facts.role, await decide(walk, about, facts));
}

interface BothSides {
  readonly role: RoleFacts;
  readonly roleUnread: Unread | undefined;
  readonly own: HolderFacts;
  readonly ownUnread: Unread | undefined;
}

async function read(
  walk: Walk,
  about: About,
  invokeRoleArn: string,
): Promise<BothSides | { readonly link: Link }> {
  const { caller } = walk.pair;
  const role = await findRole(walk, invokeRoleArn);
  const own = await findOwn(walk);
  if (own === undefined) return { link: callerNotRead(about, caller) };
  if (role.facts === undefined && role.unread === undefined) {
    return { link: roleMissing(about, invokeRoleArn, 'the caller', role.otherPath) };
  }
  if (own.facts === undefined && own.unread === undefined) {
    const user = isFunction(caller) ? `function ${caller.name}` : undefined;
    return { link: roleMissing(about, own.arn, user, own.otherPath) };
  }
  return {
    role: role.facts ?? unreadHolder(invokeRoleArn),
    roleUnread: role.unread,
    own: own.facts ?? unreadHolder(own.arn),
    ownUnread: own.unread,
  };
}

function decide(walk: Walk, about: About, { role, roleUnread, own, ownUnread }: BothSides): Promise<Link> {
  const { pair, circumstances } = walk;
  const { caller, externalId, sessionName } = pair;
  const principal = ownPrincipal(walk, own);
  const context = contextOf(
    principal,
    isFunction(caller) ? parseArn(caller.arn).region : walk.region,
    circumstances,
    {
      'sts:RoleSessionName': sessionName,
      ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
      ...fromFunction(caller),
      ...resourceTagKeys(Object.entries(role.tags), 'iam'),
    },
  );
  const question = {
    principal,
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context,
    resourcePolicy: role.trust,
  };
  return decided(walk, about, question, { principal: ownUnread, resource: roleUnread }, own);
}

/** A trust policy can admit single sessions of the caller's role. Whether the caller has one of these is known only with its name. */
function withSession(caller: Caller, { trust }: RoleFacts, link: Link): Link {
  const sessions = sessionsIn(trust.document, caller.roleArn);
  if (link.state !== 'breaks' || sessions.length === 0 || knowsSession(caller)) return link;
  return {
    ...link,
    state: 'unread',
    remedies: [],
    problem: `The trust policy admits single sessions of the caller's role (${sessions.join(', ')}), and the name of the caller's session is not known. Give --caller as the ARN of the session, which aws sts get-caller-identity shows, or of the function.`,
  };
}

/** The names of the sessions of a role that a policy names. */
function sessionsIn(document: object, roleArn = ''): string[] {
  const { accountId, name } = parseArn(roleArn);
  const found = JSON.stringify(document).matchAll(/:sts::(\d{12}):assumed-role\/([^/"]+)\/([^"]+)"/g);
  return [...found].flatMap(([, account, role, session = '']) =>
    account === accountId && role === name ? [session] : [],
  );
}
