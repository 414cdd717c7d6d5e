import { principalContext } from '../decision/principal-context.ts';
import type { AssumedRole, IamUser, Principal, ServicePrincipal } from '../principal.ts';
import {
  accountIn,
  chosen,
  dimensionOf,
  distinct,
  fresh,
  groupsOf,
  isSigner,
  nameIn,
  owning,
  plainNames,
  within,
} from './groups.ts';
import type { Dimension, Who, WorldOptions } from './kinds.ts';
import { holes, template } from './sample.ts';

/** The accounts of the stranger. */
export function accountsOf(options: WorldOptions): readonly string[] {
  const { who, zone, mentions } = options;
  if (who.kind === 'account') return [who.accountId];
  if (who.kind === 'one') return [accountIn(who.arn)];
  const known = new Set([zone.accountId, ...zone.callerAccounts]);
  const own = chosen(groupsOf(options, ['aws:principalaccount'], template(holes.account)));
  const arns = ['role/', 'user/'].flatMap((kind) =>
    chosen(
      groupsOf(
        options,
        ['aws:principalarn'],
        template(`arn:${zone.partition}:iam::`, holes.account, ':', kind, holes.name),
      ),
      accountIn,
    ),
  );
  const named = JSON.stringify([...mentions.values()].flat().map(({ values }) => values));
  return distinct([...fresh.accounts, ...own, ...arns.map(accountIn)]).filter(
    (each) => !known.has(each) && !named.includes(each),
  );
}

/** Who signs. */
export function principals(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const owns = owning(
    ...[
      'aws:principalarn',
      'aws:principalaccount',
      'aws:principaltype',
      'aws:username',
      'aws:principalisawsservice',
    ],
    ...['aws:principalservicename', 'aws:principalservicenameslist'],
  );
  const some = (found: readonly (Principal | ServicePrincipal)[]): Dimension => ({
    owns,
    options: within(options, found).map((principal) => ({
      principal,
      context: Object.fromEntries(
        Object.entries(
          principal.type === 'Service' && isSomebody(who) ? {} : principalContext(principal),
        ).filter(([key]) => owns(key.toLowerCase())),
      ),
    })),
  });
  switch (who.kind) {
    case 'anonymous':
      return some([{ type: 'Service', service: 'anonymous' }]);
    case 'tenant':
      return some([{ type: 'Service', service: who.provider }]);
    case 'service':
      return some(who.services.map((service) => ({ type: 'Service', service })));
    case 'one':
      return some(
        [fresh.session, ...who.sessions].map((session) => principalOf(who.arn, who.uniqueId, session)),
      );
    default:
      return some(
        accountsOf(options)
          .flatMap((account) =>
            namesIn(options, account).map((name) => `arn:${zone.partition}:iam::${account}:${name}`),
          )
          .map((arn) => principalOf(arn)),
      );
  }
}

/** Whether a principal that decisions treat like a service is somebody else: keys about services are absent. */
function isSomebody({ kind }: Who): boolean {
  return kind === 'tenant' || kind === 'anonymous';
}

/** The names of roles and users of an account that matter: `role/…`, `user/…`. */
function namesIn(options: WorldOptions, account: string): readonly string[] {
  const { who, zone } = options;
  if (who.kind === 'account' && who.name !== 'made') return [who.name];
  const made = ['role/', 'user/'].flatMap((kind) => {
    const form = template(`arn:${zone.partition}:iam::${account}:${kind}`, holes.name);
    const groups = groupsOf(options, ['aws:principalarn'], form);
    const userNames = kind === 'user/' ? groupsOf(options, ['aws:username'], template(holes.session)) : [];
    // In an account that is named, a name that is pinned is one role.
    const texts =
      who.kind === 'account' ? [chosen(groups), chosen(userNames)] : [groups.flat(), userNames.flat()];
    return [...(texts[0] ?? []).map(nameIn), ...(texts[1] ?? []).map((name) => `user/${name}`)];
  });
  return distinct([...plainNames, ...made]).filter((name) => !name.endsWith('/'));
}

function principalOf(arn: string, uniqueId?: string, session: string = fresh.session): Principal {
  const [, partition, , , accountId = ''] = arn.split(':');
  const name = arn.split('/').at(-1) ?? '';
  if (nameIn(arn).startsWith('user/')) {
    const userId = uniqueId ?? fresh.userId;
    return {
      type: 'User',
      accountId,
      principalArn: arn,
      arn,
      userId,
      userName: name,
      tags: {},
    } satisfies IamUser;
  }
  const roleId = uniqueId ?? fresh.roleId;
  return {
    ...{ type: 'AssumedRole', accountId, principalArn: arn, tags: {}, roleName: name, roleId },
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${session}`,
    ...{ userId: `${roleId}:${session}`, sessionName: session, issuedAt: new Date(0) },
    ...{ sessionPolicies: [], transitiveTagKeys: [] },
  } satisfies AssumedRole;
}

/** `aws:userid`: AWS assigns the first part, and whoever assumes a role names the session. */
export function userIds(options: WorldOptions): Dimension {
  const { who } = options;
  const owns = owning('aws:userid');
  if (!isSigner(who)) return { owns, options: [{ context: {} }] };
  const idOf = (text: string) => text.split(':')[0] ?? '';
  if (who.kind === 'one') {
    const id = who.uniqueId ?? fresh.roleId;
    const isUser = nameIn(who.arn).startsWith('user/');
    const sessions = groupsOf(options, ['aws:userid'], template(`${id}:`, holes.session)).flat();
    const values = isUser
      ? [who.uniqueId ?? fresh.userId]
      : distinct([`${id}:${fresh.session}`, ...sessions]);
    return dimensionOf('aws:userid', values);
  }
  const roles = chosen(
    groupsOf(options, ['aws:userid'], template('AROA', holes.uniqueId, ':', holes.session)),
    idOf,
  );
  const users = chosen(groupsOf(options, ['aws:userid'], template('AIDA', holes.uniqueId)), idOf);
  return dimensionOf(
    'aws:userid',
    distinct([`${fresh.roleId}:${fresh.session}`, fresh.userId, ...roles, ...users]),
  );
}
