import { type ConditionKeys, parseArn, resourceTagKeys } from '@cross-account-api/iam';
import { contextOf, type HolderFacts, type RoleFacts } from '@cross-account-api/iam/explanation';
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
import { type CallingPrincipal, isFunction, kindAndName, ownRoleOf, type Walk } from '../pair.ts';
import { isTagKey, tagsIn } from '../session-tags.ts';

/**
 * AWS asks for a further action if the request has tags or a source identity.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 */
const furtherActions = [
  { action: 'sts:TagSession', verb: 'tags its session of', isSent: isTagKey },
  {
    action: 'sts:SetSourceIdentity',
    verb: 'sets the source identity of its session of',
    isSent: (key: string) => /^sts:SourceIdentity$/i.test(key),
  },
] as const;

/**
 * The caller assumes the role. Its own policies and the trust policy of the role decide.
 * @returns a link for each action that AWS asks for, and what the caller sends with the changes of these links
 */
export async function assumeInvokeRole(
  walk: Walk,
  invokeRoleArn: string,
): Promise<{ readonly links: readonly Link[]; readonly sent: ConditionKeys }> {
  const { pair, circumstances } = walk;
  const { caller } = pair;
  const role = kindAndName(invokeRoleArn);
  const about = { kind: 'assume role', title: `${caller.name} assumes ${role}` } as const;
  const facts = await read(walk, about, invokeRoleArn);
  if ('link' in facts) return { links: [facts.link], sent: circumstances.context };
  const judge = async (asked: About, action: string, context: ConditionKeys) =>
    withSession(
      caller,
      facts.role,
      await decide({ ...walk, circumstances: { ...circumstances, context } }, asked, action, facts),
    );
  const first = await judge(about, 'sts:AssumeRole', withTagKeys(circumstances.context));
  const sent = withTagKeys({ ...circumstances.context, ...requested(first) });
  const links = [first];
  for (const { action, verb, isSent } of furtherActions) {
    if (!Object.keys(sent).some(isSent)) continue;
    links.push(await judge({ ...about, title: `${caller.name} ${verb} ${role}` }, action, sent));
  }
  return { links, sent };
}

/** The values that a link wants the caller to send. */
function requested({ remedies }: Link): ConditionKeys {
  return Object.fromEntries(
    remedies.flatMap((remedy) => (remedy.change === 'request' ? [[remedy.key, remedy.value]] : [])),
  );
}

/** `aws:TagKeys` follows from the tags of the request. */
function withTagKeys(context: ConditionKeys): ConditionKeys {
  const names = Object.keys(tagsIn(context));
  return names.length === 0 ? context : { 'aws:TagKeys': names, ...context };
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

function decide(
  walk: Walk,
  about: About,
  action: string,
  { role, roleUnread, own, ownUnread }: BothSides,
): Promise<Link> {
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
    action,
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context,
    resourcePolicy: role.trust,
  };
  return decided(walk, about, question, { principal: ownUnread, resource: roleUnread }, own);
}

/** A trust policy can admit single sessions of the caller's role. Whether the caller has one of these is known only with its name. */
function withSession(caller: CallingPrincipal, { trust }: RoleFacts, link: Link): Link {
  if (link.state !== 'breaks' || knowsSession(caller)) return link;
  const sessions = sessionsIn(trust.document, ownRoleOf(caller));
  if (sessions.length === 0) return link;
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
