import type { NamedPolicy } from '@cross-account-api/iam';
import type { KnownAccounts, Outsider, Witness } from '@cross-account-api/iam/witness';
import type { Example, FindingCode, Severity } from './finding.ts';
import { conditionKeysOf, statementsIn } from './statements.ts';

/** The request of a witness, with the condition keys that matter: those that the policy mentions, and for whom a service acts. */
export function exampleOf({ request }: Witness, policy: NamedPolicy): Example {
  const { principal, action, resource, context } = request;
  const mentioned = new Set([...statementsIn(policy).flatMap(conditionKeysOf), 'aws:sourceaccount']);
  const shown = Object.entries(context).filter(([key]) => mentioned.has(key.toLowerCase()));
  return { principal: nameOf(principal), action, resource, context: Object.fromEntries(shown) };
}

function nameOf(principal: Witness['request']['principal']): string {
  return principal.type === 'Service' ? principal.service : principal.principalArn;
}

/** Whom a statement admits, in words. */
export interface Admitted {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The subject of a sentence, e.g. `Any role or user of any AWS account`. */
  readonly who: string;
  /** Whether its own account must allow it, too. */
  readonly needsOwnPolicy: boolean;
  /** Whether anybody in the world is among them: `isPublic` of IAM Access Analyzer. */
  readonly isPublic: boolean;
}

/**
 * Whom a statement admits, and how severe it is. Outsiders of both accounts and of their organization are the worst; then a third account, an
 * organization, a network or the whole account of the caller; then names in an account, and the account itself.
 */
export function admittedBy({ outsider, request }: Witness, knownAccounts: KnownAccounts): Admitted {
  const own = { needsOwnPolicy: true, isPublic: false } as const;
  switch (outsider.kind) {
    case 'anybody':
      return anybody(outsider, nameOf(request.principal));
    case 'network':
      return {
        code: 'whole-network',
        severity: 'medium',
        needsOwnPolicy: true,
        isPublic: false,
        who: outsider.isAnonymous === true ? 'Anybody in a network' : 'Any role or user in a network',
      };
    case 'organization':
      return {
        code: 'whole-organization',
        severity: 'medium',
        ...own,
        who: `${through(outsider)}Any account of organization ${outsider.organizationId}`,
      };
    case 'provider':
      return {
        code: 'open-identity-provider',
        severity: 'medium',
        needsOwnPolicy: false,
        isPublic: false,
        who: `Everybody with a token of ${outsider.provider}`,
      };
    case 'account': {
      const isOwn = outsider.accountId === knownAccounts.accountId;
      return {
        code: 'whole-account',
        severity: isOwn ? 'low' : 'medium',
        ...own,
        who: `${through(outsider)}Every ${outsider.service === undefined ? 'role and user' : 'resource'} of account ${outsider.accountId}`,
      };
    }
    case 'names':
      return {
        code: 'role-name-pattern',
        severity: 'low',
        ...own,
        who: `Whoever names roles or users in account ${outsider.accountId}, e.g. ${nameOf(request.principal)},`,
      };
  }
}

function anybody(outsider: Extract<Outsider, { kind: 'anybody' }>, name: string): Admitted {
  const open = { severity: 'high', needsOwnPolicy: false, isPublic: true } as const;
  if (outsider.provider !== undefined) {
    return {
      code: 'open-identity-provider',
      ...open,
      who: `Everybody with a token of ${outsider.provider}, whoever their organization is,`,
    };
  }
  if (outsider.service !== undefined) {
    return { code: 'trusts-everyone', ...open, who: `${outsider.service}, for anybody of any AWS account,` };
  }
  if (outsider.isAnonymous === true)
    return { code: 'trusts-everyone', ...open, who: 'Anybody on the Internet' };
  return { code: 'trusts-everyone', ...open, who: `Any role or user of any AWS account, e.g. ${name},` };
}

function through({ service }: { readonly service?: string | undefined }): string {
  return service === undefined ? '' : `${service}, for somebody: `;
}
