import { isAccountId, type PolicyDocument } from '@cross-account-api/iam';
import { isObject } from '../core/is-object.ts';
import type { PolicyPrincipals } from '../core/policy-principals.ts';
import { malformedPolicy } from './errors.ts';
import { parseIdentityArn } from './identifiers.ts';

interface PrincipalLookup {
  uniqueId(arn: string): string | undefined;
  arn(uniqueId: string): string | undefined;
  hasAccount(accountId: string): boolean;
}

const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z2-7]{17}$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;
const FEDERATED =
  /^(?:arn:aws:iam::\d{12}:(?:saml-provider|oidc-provider)\/.{1,256}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;

/**
 * Binds principals to unique IDs, and shows them by ARN. Caches shown policies until `principalsChanged`.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
export class PrincipalBinding implements PolicyPrincipals {
  readonly #lookup: PrincipalLookup;
  /** By bound policy. Always the same object, because evaluation caches parsed policies by document. */
  #shown = new WeakMap<PolicyDocument, PolicyDocument>();

  constructor(lookup: PrincipalLookup) {
    this.#lookup = lookup;
  }

  bindPrincipals(document: PolicyDocument): PolicyDocument {
    return mapPrincipals(document, (type, principal) => {
      const bound = bind(type, principal, this.#lookup);
      if (bound !== undefined) return bound;
      // IAM writes the type in capitals: "AWS", "SERVICE", "FEDERATED".
      throw malformedPolicy(
        `Invalid principal in policy: "${type.toUpperCase()}":"${principal.slice(0, 2048)}"`,
      );
    });
  }

  /** The unique ID of a deleted role or user stays in the policy, and matches no principal. */
  showPrincipals(document: PolicyDocument): PolicyDocument {
    const shown =
      this.#shown.get(document) ??
      mapPrincipals(document, (type, principal) =>
        type === 'AWS' && UNIQUE_ID.test(principal) ? (this.#lookup.arn(principal) ?? principal) : principal,
      );
    this.#shown.set(document, shown);
    return shown;
  }

  /** Must be called whenever a role or user is created, moved or deleted. */
  principalsChanged(): void {
    this.#shown = new WeakMap();
  }
}

/** @returns `undefined` for a principal that does not exist or cannot exist */
function bind(type: string, principal: string, lookup: PrincipalLookup): string | undefined {
  if (type === 'Service') return SERVICE.test(principal) ? principal : undefined;
  if (type === 'Federated') return FEDERATED.test(principal) ? principal : undefined;
  if (type === 'CanonicalUser' || (type === 'AWS' && principal === '*')) return principal;
  if (type !== 'AWS') return undefined;
  if (isAccountId(principal)) return `arn:aws:iam::${principal}:root`;
  if (UNIQUE_ID.test(principal)) return lookup.arn(principal) === undefined ? undefined : principal;
  const arn = parseIdentityArn(principal);
  if (arn?.kind === 'role' || arn?.kind === 'user') {
    // An account outside local AWS may be another team's: what is named in it is taken to exist. Nobody here has its identities.
    return lookup.hasAccount(arn.accountId) ? lookup.uniqueId(principal) : principal;
  }
  // A session's ARN stays: the session need not exist yet, and its ARN lacks the role's path.
  return arn?.kind === 'root' || arn?.kind === 'assumed-role' ? principal : undefined;
}

type PrincipalMapping = (type: string, principal: string) => string;

function mapPrincipals(document: PolicyDocument, map: PrincipalMapping): PolicyDocument {
  const statements = mapEach(document.Statement, (statement) =>
    isObject(statement)
      ? mapEntries(statement, (element, principals) =>
          /^(Not)?Principal$/.test(element) && isObject(principals)
            ? mapEntries(principals, (type, values) =>
                mapEach(values, (value) => (typeof value === 'string' ? map(type, value) : value)),
              )
            : principals,
        )
      : statement,
  );
  return { ...document, Statement: statements };
}

function mapEach(value: unknown, map: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(map) : map(value);
}

function mapEntries(object: Record<string, unknown>, map: (key: string, value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}
