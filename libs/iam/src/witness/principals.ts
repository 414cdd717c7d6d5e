import { accountOf, parseArn } from '../arn.ts';
import { type ConditionKeys, principalContext } from '../decision/principal-context.ts';
import type { AssumedRole, IamUser, Principal, RootUser, ServicePrincipal } from '../principal.ts';
import {
  chosen,
  dimensionOf,
  distinct,
  fresh,
  isSigner,
  joined,
  nameIn,
  owning,
  plainNames,
  samplesFor,
  textsOf,
  within,
} from './groups.ts';
import type { Dimension, Who, WorldOptions } from './kinds.ts';
import { holes, template } from './sample.ts';

/**
 * The kinds of principals that sign, with the forms of their `aws:PrincipalArn`. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
const kinds = [
  { service: 'iam', kind: 'role/', name: [holes.name] },
  { service: 'iam', kind: 'user/', name: [holes.name] },
  { service: 'sts', kind: 'federated-user/', name: [holes.session] },
  { service: 'iam', kind: 'root', name: [] },
] as const;

/** The accounts of the stranger. */
export function accountsOf(options: WorldOptions): readonly string[] {
  const { who, zone, mentions } = options;
  if (who.kind === 'account') return [who.accountId];
  if (who.kind === 'one') return [accountOf(who.arn)];
  const known = new Set([zone.accountId, ...zone.callerAccounts]);
  const own = chosen(samplesFor(options, ['aws:principalaccount'], template(holes.account)));
  const arns = chosen(
    joined(
      kinds.map(({ service, kind, name }) =>
        samplesFor(
          options,
          ['aws:principalarn'],
          template(`arn:${zone.partition}:${service}::`, holes.account, ':', kind, ...name),
        ),
      ),
    ),
    accountOf,
  );
  const named = JSON.stringify([...mentions.values()].flat().map(({ values }) => values));
  return distinct([...fresh.accounts, ...own, ...arns.map(accountOf)]).filter(
    (each) => !known.has(each) && !named.includes(each),
  );
}

/** Who signs. */
export function principals(options: WorldOptions): Dimension {
  const { who } = options;
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
        Object.entries(principal.type === 'Service' && isSomebody(who) ? {} : keysOf(principal)).filter(
          ([key]) => owns(key.toLowerCase()),
        ),
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
        accountsOf(options).flatMap((account) => arnsIn(options, account).map((arn) => principalOf(arn))),
      );
  }
}

/** Whether a principal is an outsider, although decisions treat it like a service. Its requests have no keys about services. */
function isSomebody({ kind }: Who): boolean {
  return kind === 'tenant' || kind === 'anonymous';
}

/** The ARNs of the principals of an account that matter. */
function arnsIn(options: WorldOptions, account: string): readonly string[] {
  const { who, zone } = options;
  const own = (name: string) => `arn:${zone.partition}:iam::${account}:${name}`;
  if (who.kind === 'account' && who.name !== 'made') return [own(who.name)];
  const made = kinds.flatMap(({ service, kind, name }) => {
    const form = template(`arn:${zone.partition}:${service}::${account}:${kind}`, ...name);
    const samples = samplesFor(options, ['aws:principalarn'], form);
    // In an account that is named, a name that is pinned is one role. So is its root user.
    return who.kind === 'account' ? chosen(samples) : textsOf(samples);
  });
  const users = samplesFor(options, ['aws:username'], template(holes.session));
  const named = (who.kind === 'account' ? chosen(users) : textsOf(users)).map((name) => own(`user/${name}`));
  const others = who.kind === 'account' ? [] : [own('root')];
  const federated = `arn:${zone.partition}:sts::${account}:federated-user/outsider`;
  const plain = [...plainNames.map(own), federated, ...others];
  return distinct([...plain, ...made, ...named]).filter(
    (arn) => !arn.endsWith('/') && !(who.kind === 'account' && arn.endsWith(':root')),
  );
}

function principalOf(arn: string, uniqueId?: string, session: string = fresh.session): Principal {
  const { partition, accountId } = parseArn(arn);
  const name = arn.split('/').at(-1) ?? '';
  if (nameIn(arn) === 'root') {
    return {
      type: 'Root',
      accountId,
      principalArn: arn,
      arn,
      userId: accountId,
      tags: {},
    } satisfies RootUser;
  }
  if (/^(?:federated-)?user\//.test(nameIn(arn))) {
    const userId = isFederated(arn) ? `${accountId}:${name}` : (uniqueId ?? fresh.userId);
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

const isFederated = (arn: string) => nameIn(arn).startsWith('federated-user/');

/**
 * Whether a principal can ask for an action: neither a root user nor a federated user can assume a role. Sources:
 * the refusal of STS, "Roles may not be assumed by root accounts.", and
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html: "You cannot call any STS operations except
 * GetCallerIdentity"
 */
export function canAsk(principal: Principal | ServicePrincipal, action: string): boolean {
  if (!action.startsWith('sts:') || principal.type === 'Service') return true;
  return principal.type !== 'Root' && !isFederated(principal.principalArn);
}

/** The condition keys that follow from a principal. Decisions take a federated user for a user; it has another type, and no user name. */
function keysOf(principal: Principal | ServicePrincipal): ConditionKeys {
  const { 'aws:username': name, ...keys } = principalContext(principal);
  if (principal.type !== 'User' || !isFederated(principal.arn)) {
    return name === undefined ? keys : { ...keys, 'aws:username': name };
  }
  return { ...keys, 'aws:PrincipalType': 'FederatedUser' };
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
    const sessions = textsOf(samplesFor(options, ['aws:userid'], template(`${id}:`, holes.session)));
    const values = isUser
      ? [who.uniqueId ?? fresh.userId]
      : distinct([`${id}:${fresh.session}`, ...sessions]);
    return dimensionOf('aws:userid', values);
  }
  // Of a role, a user, a federated user and a root user.
  const forms = [
    template('AROA', holes.uniqueId, ':', holes.session),
    template('AIDA', holes.uniqueId),
    template(holes.account, ':', holes.session),
    template(holes.account),
  ];
  const samples = joined(forms.map((form) => samplesFor(options, ['aws:userid'], form)));
  return dimensionOf(
    'aws:userid',
    distinct([`${fresh.roleId}:${fresh.session}`, fresh.userId, ...chosen(samples, idOf)]),
  );
}
