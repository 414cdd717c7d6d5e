import { accountOf, parseArn } from '../arn.ts';
import { type ConditionKeys, principalContext } from '../decision/principal-context.ts';
import type { AssumedRole, IamUser, Principal, RootUser, ServicePrincipal } from '../principal.ts';
import {
  choicesOf,
  chosen,
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
import type { KeyChoices, PossibleRequestsOptions, Requester } from './kinds.ts';
import { freeParts, textForm } from './sample.ts';

/**
 * The kinds of principals that sign, with the forms of their `aws:PrincipalArn`. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
const kinds = [
  { service: 'iam', kind: 'role/', name: [freeParts.name] },
  { service: 'iam', kind: 'user/', name: [freeParts.name] },
  { service: 'sts', kind: 'federated-user/', name: [freeParts.session] },
  { service: 'iam', kind: 'root', name: [] },
] as const;

/** The accounts of the stranger. */
export function accountsOf(options: PossibleRequestsOptions): readonly string[] {
  const { requester, knownAccounts, conditionsByKey } = options;
  if (requester.kind === 'account') return [requester.accountId];
  if (requester.kind === 'one') return [accountOf(requester.arn)];
  const known = new Set([knownAccounts.accountId, ...knownAccounts.callerAccounts]);
  const own = chosen(samplesFor(options, ['aws:principalaccount'], textForm(freeParts.account)));
  const arns = chosen(
    joined(
      kinds.map(({ service, kind, name }) =>
        samplesFor(
          options,
          ['aws:principalarn'],
          textForm(`arn:${knownAccounts.partition}:${service}::`, freeParts.account, ':', kind, ...name),
        ),
      ),
    ),
    accountOf,
  );
  const named = JSON.stringify([...conditionsByKey.values()].flat().map(({ values }) => values));
  return distinct([...fresh.accounts, ...own, ...arns.map(accountOf)]).filter(
    (each) => !known.has(each) && !named.includes(each),
  );
}

/** Who signs. */
export function principals(options: PossibleRequestsOptions): KeyChoices {
  const { requester } = options;
  const owns = owning(
    'aws:principalarn',
    'aws:principalaccount',
    'aws:principaltype',
    'aws:username',
    'aws:principalisawsservice',
    'aws:principalservicename',
    'aws:principalservicenameslist',
  );
  const some = (found: readonly (Principal | ServicePrincipal)[]): KeyChoices => ({
    owns,
    options: within(options, found).map((principal) => ({
      principal,
      context: Object.fromEntries(
        Object.entries(principal.type === 'Service' && isSomebody(requester) ? {} : keysOf(principal)).filter(
          ([key]) => owns(key.toLowerCase()),
        ),
      ),
    })),
  });
  switch (requester.kind) {
    case 'anonymous':
      return some([{ type: 'Service', service: 'anonymous' }]);
    case 'tenant':
      return some([{ type: 'Service', service: requester.provider }]);
    case 'service':
      return some(requester.services.map((service) => ({ type: 'Service', service })));
    case 'one':
      return some(
        [fresh.session, ...requester.sessions].map((session) =>
          principalOf(requester.arn, requester.uniqueId, session),
        ),
      );
    default:
      return some(
        accountsOf(options).flatMap((account) => arnsIn(options, account).map((arn) => principalOf(arn))),
      );
  }
}

/** Whether a principal is an outsider, although decisions treat it like a service. Its requests have no keys about services. */
function isSomebody({ kind }: Requester): boolean {
  return kind === 'tenant' || kind === 'anonymous';
}

/** The ARNs of the principals of an account that matter. */
function arnsIn(options: PossibleRequestsOptions, account: string): readonly string[] {
  const { requester, knownAccounts } = options;
  const own = (name: string) => `arn:${knownAccounts.partition}:iam::${account}:${name}`;
  if (requester.kind === 'account' && requester.name !== 'made') return [own(requester.name)];
  const made = kinds.flatMap(({ service, kind, name }) => {
    const form = textForm(`arn:${knownAccounts.partition}:${service}::${account}:${kind}`, ...name);
    const samples = samplesFor(options, ['aws:principalarn'], form);
    // In an account that is named, a name that is pinned is one role. So is its root user.
    return requester.kind === 'account' ? chosen(samples) : textsOf(samples);
  });
  const users = samplesFor(options, ['aws:username'], textForm(freeParts.session));
  const named = (requester.kind === 'account' ? chosen(users) : textsOf(users)).map((name) =>
    own(`user/${name}`),
  );
  const others = requester.kind === 'account' ? [] : [own('root')];
  const federated = `arn:${knownAccounts.partition}:sts::${account}:federated-user/outsider`;
  const plain = [...plainNames.map(own), federated, ...others];
  return distinct([...plain, ...made, ...named]).filter(
    (arn) => !arn.endsWith('/') && !(requester.kind === 'account' && arn.endsWith(':root')),
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
    type: 'AssumedRole',
    accountId,
    principalArn: arn,
    tags: {},
    roleName: name,
    roleId,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${session}`,
    userId: `${roleId}:${session}`,
    sessionName: session,
    issuedAt: new Date(0),
    sessionPolicies: [],
    transitiveTagKeys: [],
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
export function userIds(options: PossibleRequestsOptions): KeyChoices {
  const { requester } = options;
  const owns = owning('aws:userid');
  if (!isSigner(requester)) return { owns, options: [{ context: {} }] };
  const idOf = (text: string) => text.split(':')[0] ?? '';
  if (requester.kind === 'one') {
    const id = requester.uniqueId ?? fresh.roleId;
    const isUser = nameIn(requester.arn).startsWith('user/');
    const sessions = textsOf(samplesFor(options, ['aws:userid'], textForm(`${id}:`, freeParts.session)));
    const values = isUser
      ? [requester.uniqueId ?? fresh.userId]
      : distinct([`${id}:${fresh.session}`, ...sessions]);
    return choicesOf('aws:userid', values);
  }
  // Of a role, a user, a federated user and a root user.
  const forms = [
    textForm('AROA', freeParts.uniqueId, ':', freeParts.session),
    textForm('AIDA', freeParts.uniqueId),
    textForm(freeParts.account, ':', freeParts.session),
    textForm(freeParts.account),
  ];
  const samples = joined(forms.map((form) => samplesFor(options, ['aws:userid'], form)));
  return choicesOf(
    'aws:userid',
    distinct([`${fresh.roleId}:${fresh.session}`, fresh.userId, ...chosen(samples, idOf)]),
  );
}
